"""Proof-reading answers whatever it is given, and never raises."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.proofread.broken import TEXT, read

LINES = TEXT.splitlines()
EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What turns up in programme files, and what breaks them.
PARTS = st.sampled_from(
    [
        "",
        "~",
        "null",
        "yes",
        "[]",
        "{}",
        "- ",
        ": ",
        "'",
        '"',
        "\t",
        "2026",
        "31 June",
        "25:00",
        "tbc",
        "*a",
        "&a 1",
        "!!int",
    ]
)


@EXAMPLES
@given(st.text(st.characters(), max_size=200))
def test_any_text_gets_findings(text: str) -> None:
    reading = read(text)

    assert reading.programme is None
    assert reading.findings


@EXAMPLES
@given(
    st.integers(0, len(LINES) - 1),
    st.one_of(PARTS, st.text(max_size=30)),
    st.sampled_from(["value", "end", "line", "drop"]),
)
def test_a_changed_line_never_raises_and_errors_refuse(place: int, words: str, how: str) -> None:
    line = LINES[place]
    new = {"value": f"{line.partition(':')[0]}: {words}", "end": f"{line}{words}", "line": words, "drop": ""}[how]

    reading = read("\n".join([*LINES[:place], new, *LINES[place + 1 :]]))

    assert (reading.programme is None) == any(finding.severity == "error" for finding in reading.findings)
    assert all(1 <= finding.line <= len(LINES) + 31 and finding.mend for finding in reading.findings)


@EXAMPLES
@given(
    st.recursive(
        st.one_of(PARTS, st.text("abc: -", max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["id", "sessions", "date", "a"]), inner, max_size=3),
        ),
        max_leaves=8,
    ),
    st.sampled_from(
        [
            "roles",
            "groups",
            "form",
            "eligibility",
            "topics",
            "meetings",
            "approval",
            "closes",
            "accepted",
            "notes",
        ]
    ),
)
def test_any_shape_under_a_known_key_never_raises(shape: object, key: str) -> None:
    text = f"programme: some-id\nname: Name\nmodel: reverse\n{key}: {shape!r}\n"

    assert read(text).findings
