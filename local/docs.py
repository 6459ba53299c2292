"""``python -m local.docs``: writes anew what the pages take from the code, between a mark and ``<!-- end -->``.

A test fails while a page is not as this would write it.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from local.memory.pipeline import Pipeline
from local.memory.process import ManualClock
from shared.programmes import shipped
from shared.proofread import load_programme
from shared.settings import Settings, Storage, WebhookSecrets

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# Nothing is sent by them: they only let the app be put together, to be asked which commands it has.
_SETTINGS = Settings(
    public_base_url=HttpUrl("https://mentoring.example.nhs.uk"),
    graph_base_url=HttpUrl("https://graph.example.nhs.uk/v1.0"),
    mailbox="mentoring@example.nhs.uk",
    admin_email="team@example.nhs.uk",
    token_key=SecretStr("a-key-for-no-link-0123456789abcdef01"),
    tick_schedule="0 */5 * * * *",
    daily_schedule="0 0 7 * * *",
)
_IN_PARTS = {"storage", "webhook_secrets"}


def _settings() -> str:
    """Every setting; the name of one without which the app does not start is bold."""
    lines = []
    for model in (Storage, Settings):
        for name, field in model.model_fields.items():
            if name not in _IN_PARTS:
                typed = f"`{field.validation_alias or name.upper()}`"
                without = f" (`{field.default}`)" if not field.is_required() and field.default else ""
                lines.append(f"- {f'**{typed}**' if field.is_required() else typed}: {field.description}{without}")
    first, *others = (f"__{name.upper()}`" for name in WebhookSecrets.model_fields)
    secrets = ", ".join([f"`WEBHOOK_SECRETS{first}", *(f"`…{name}" for name in others)])
    what = "live secrets of a form provider, with spaces between them; without one it is refused"
    return "\n".join([*lines, f"- {secrets}: {what}"])


def _commands() -> str:
    """Every command in the order in which people are told of them, with an example of what is typed."""
    programme = load_programme(shipped()[0])
    app = Pipeline(_SETTINGS, programme, clock=ManualClock(datetime(2026, 2, 9, 9, tzinfo=UTC))).app
    typed = [(verb, f" ({verb.as_typed})" if verb.as_typed else "") for verb in app.tick.commands.verbs]
    return "\n".join(f"- `{verb.word}`{beside}: {verb.does}" for verb, beside in typed)


WRITTEN: dict[str, Callable[[], str]] = {"settings": _settings, "commands": _commands}


def written(page: str) -> str:
    """Returns a page with everything between the marks as the code has it now."""
    return re.sub(
        rf"(?s)(<!-- ({'|'.join(WRITTEN)}) -->\n).*?(<!-- end -->)",
        lambda mark: f"{mark[1]}{WRITTEN[mark[2]]()}\n{mark[3]}",
        page,
    )


def pages() -> list[Path]:
    """Returns every page that may have marks."""
    return sorted(DOCS.rglob("*.md"))


def main() -> None:
    """Write every page anew."""
    for page in pages():
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
