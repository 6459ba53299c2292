"""Draws the pictures of docs/forms/pictures: what an administrator types where. ``python -m tests.diagrams``.

They are drawings and say so: no provider's page is copied, and those pages change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

PICTURES = Path(__file__).parents[1] / "docs" / "forms" / "pictures"
_ADDRESS = "https://mentoring.example.nhs.uk/webhooks/{}/llr-rmi-2026-c7"
_WIDTH, _PANEL, _GAP = 980, 600, 24
_BLUE, _DARK, _PALE, _LINE, _GREEN = "#005eb8", "#212b32", "#f0f4f5", "#aeb7bd", "#007f3b"


@dataclass(frozen=True, slots=True)
class Panel:
    """A page of the provider: where it is, what is typed into which field, which button is pressed."""

    where: str
    fields: tuple[tuple[str, str], ...]
    button: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """The pages to fill in, and what happens when somebody then sends the form."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    after: tuple[str, ...]


_SAME = "the same secret as in WEBHOOK_SECRETS__{}"
_SENT, _STORED = "Somebody sends the form", "The whole body is stored, and the provider hears 200"
_DONE = "Within seconds: a row in Applications, and the first mails"
_SIGNED = (_SENT, "The signature is checked over the bytes as they came", _STORED, _DONE)
_SECRET = (_SENT, "The secret in the header is compared", _STORED, _DONE)

DIAGRAMS = (
    Diagram(
        "microsoft-forms",
        "Microsoft Forms: a Power Automate flow of three steps",
        (
            Panel("1  When a new response is submitted", (("Form Id", "your form"),)),
            Panel(
                "2  Get response details",
                (("Form Id", "the same form"), ("Response Id", "Response Id, from step 1")),
            ),
            Panel(
                "3  HTTP",
                (
                    ("Method", "POST"),
                    ("URI", _ADDRESS.format("msforms")),
                    ("Header x-webhook-secret", _SAME.format("MSFORMS")),
                    ("Body", "formId, responseId and the whole body of step 2"),
                    ("Settings", "retry: exponential, 12 times. Secure inputs and outputs: on"),
                ),
                "Save",
            ),
        ),
        _SECRET,
    ),
    Diagram(
        "typeform",
        "Typeform: Connect, Webhooks",
        (
            Panel(
                "Connect  >  Webhooks  >  Add a webhook",
                (("Endpoint", _ADDRESS.format("typeform")),),
                "Save webhook",
            ),
            Panel(
                "Webhooks  >  Edit",
                (("Secret", _SAME.format("TYPEFORM")), ("SSL verification", "on")),
                "Switch on",
            ),
        ),
        _SIGNED,
    ),
    Diagram(
        "tally",
        "Tally: Integrations, Webhooks",
        (
            Panel(
                "Integrations  >  Webhooks  >  Connect",
                (("Endpoint URL", _ADDRESS.format("tally")), ("Signing secret", _SAME.format("TALLY"))),
                "Connect",
            ),
        ),
        _SIGNED,
    ),
    Diagram(
        "jotform",
        "Jotform: Settings, Integrations, Webhooks",
        (
            Panel(
                "Settings  >  Integrations  >  Webhooks",
                (("Add WebHook", _ADDRESS.format("jotform") + "/SECRET"), ("SECRET", _SAME.format("JOTFORM"))),
                "Complete integration",
            ),
        ),
        (_SENT, "The secret at the end of the address is compared", _STORED, _DONE),
    ),
    Diagram(
        "google-forms",
        "Google Forms: a script of its own",
        (
            Panel("Form  >  three dots  >  Apps Script", (("Code.gs", "the whole of docs/forms/google.gs"),), "Save"),
            Panel(
                "Project Settings  >  Script Properties",
                (("WEBHOOK_ADDRESS", _ADDRESS.format("google")), ("WEBHOOK_SECRET", _SAME.format("GOOGLE"))),
                "Save script properties",
            ),
            Panel("Editor", (("Function to run, once", "connect"),), "Run"),
        ),
        _SECRET,
    ),
    Diagram(
        "smartsurvey",
        "SmartSurvey: My Account, Webhooks",
        (
            Panel(
                "My Account  >  Webhooks  >  Add a Webhook",
                (
                    ("Events", "response completed, response updated"),
                    ("Post To URL", _ADDRESS.format("smartsurvey")),
                    ("Format", "JSON"),
                ),
                "Create Webhook",
            ),
            Panel("The webhook's page", (("Signature Key", "copy it into WEBHOOK_SECRETS__SMARTSURVEY"),)),
        ),
        (
            "Once a minute: up to 1,000 responses in one request",
            "The signature is checked over the bytes as they came",
            "Each response is stored alone, so a bad one stops no other",
            "Within minutes: a row in Applications for each",
        ),
    ),
    Diagram(
        "gravity-forms",
        "Gravity Forms: the form's Webhooks feed",
        (
            Panel(
                "Form settings  >  Webhooks  >  Add New",
                (
                    ("Request URL", _ADDRESS.format("gravity")),
                    ("Request Method", "POST"),
                    ("Request Format", "JSON"),
                    ("Request Headers", "x-webhook-secret: as in WEBHOOK_SECRETS__GRAVITY"),
                    ("Request Body", "All Fields"),
                ),
                "Save Settings",
            ),
        ),
        _SECRET,
    ),
    Diagram(
        "govuk-forms",
        "GOV.UK Forms: files in a bucket, brought in by a command",
        (
            Panel(
                "GOV.UK Forms team sets up your form",
                (("Submissions go to", "your own S3 bucket"), ("Format", "JSON")),
            ),
            Panel(
                "A machine that reads the bucket, as often as you like",
                (
                    ("1", "aws s3 sync s3://YOUR-BUCKET folder"),
                    ("2", "python -m shared.govuk folder --programme ID"),
                ),
            ),
        ),
        (
            "Somebody sends the form, and GOV.UK Forms writes a file",
            "The command reads it; one brought in before changes nothing",
            "The whole file is stored, as a webhook's body would be",
            _DONE,
        ),
    ),
)


def drawn(diagram: Diagram) -> str:
    """The picture as SVG, with its words for whoever cannot see it."""
    panels, height = _panels(diagram.panels)
    steps, reach = _steps(diagram.after)
    height = max(height, reach) + 60
    told = "; ".join(
        f"{panel.where}: {', '.join(f'{name}: {value}' for name, value in panel.fields)}" for panel in diagram.panels
    )
    about = f'role="img" aria-labelledby="t d" font-family="Arial, sans-serif" fill="{_DARK}"'
    foot = "A drawing, not a screenshot: the provider\u2019s own page looks different, and changes."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {about}>',
            f'<title id="t">{escape(diagram.title)}</title>',
            f'<desc id="d">{escape(told)}. Then: {escape("; ".join(diagram.after))}.</desc>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
            _text(24, 40, diagram.title, size=22, bold=True),
            *panels,
            *steps,
            _text(24, height - 18, foot, size=13),
            "</svg>",
            "",
        ]
    )


def _panels(panels: Sequence[Panel]) -> tuple[list[str], int]:
    found: list[str] = []
    top = 64
    for panel in panels:
        body: list[str] = []
        at = top + 64
        for name, value in panel.fields:
            body.append(_text(44, at, name, size=14, bold=True))
            lines = wrap(value, 76, break_on_hyphens=False)
            tall = 14 + 20 * len(lines)
            body.append(_box(44, at + 8, _PANEL - 40, tall, _DARK))
            body += [_text(54, at + 28 + 20 * place, line, size=15) for place, line in enumerate(lines)]
            at += tall + 34
        if panel.button:
            wide = 32 + 9 * len(panel.button)
            body.append(f'<rect x="44" y="{at - 12}" width="{wide}" height="36" rx="4" fill="{_GREEN}"/>')
            body.append(_text(60, at + 12, panel.button, size=15, bold=True, colour="#fff"))
            at += 44
        height = at - top - 8
        found.append(
            f'<rect x="24" y="{top}" width="{_PANEL}" height="{height}" rx="6" fill="{_PALE}" stroke="{_LINE}"/>'
        )
        found.append(f'<path d="M24 {top + 38}v-32a6 6 0 0 1 6-6h{_PANEL - 12}a6 6 0 0 1 6 6v32z" fill="{_BLUE}"/>')
        found.append(_text(44, top + 25, panel.where, size=16, bold=True, colour="#fff"))
        found += body
        top += height + _GAP
    return found, top - _GAP


def _steps(steps: Sequence[str]) -> tuple[list[str], int]:
    """What happens afterwards, one box below the other."""
    left, top, wide = 24 + _PANEL + 48, 64, _WIDTH - _PANEL - 96
    found = [_text(left, top + 18, "Then, each time", size=16, bold=True)]
    top += 36
    for place, words in enumerate(steps):
        lines = wrap(words, 33)
        tall = 24 + 20 * len(lines)
        if place:
            middle = left + wide // 2
            found.append(
                f'<path d="M{middle} {top - 20}v10m-6 -2l6 8l6 -8" stroke="{_BLUE}" stroke-width="2.5" fill="none"/>'
            )
        found.append(_box(left, top, wide, tall, _BLUE, round_=6))
        found += [_text(left + 16, top + 25 + 20 * row, line, size=15) for row, line in enumerate(lines)]
        top += tall + 24
    return found, top - 24


def _box(x: int, y: int, width: int, height: int, line: str, round_: int = 0) -> str:
    shape = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}"'
    return f'<rect {shape} fill="#fff" stroke="{line}" stroke-width="1.5"/>'


def _text(x: int, y: int, words: str, *, size: int, bold: bool = False, colour: str = "") -> str:
    weight = ' font-weight="700"' if bold else ""
    fill = f' fill="{colour}"' if colour else ""
    return f'<text x="{x}" y="{y}" font-size="{size}"{weight}{fill}>{escape(words)}</text>'


def pictures() -> Iterator[tuple[Path, str]]:
    """Every picture: its file and what stands in it."""
    for diagram in DIAGRAMS:
        yield PICTURES / f"{diagram.name}.svg", drawn(diagram)


def draw() -> None:
    """Write every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path, text in pictures():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw()
