"""Every provider's reader and proof, on any bytes: an application, or a reason in words; no other error."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import fit
from shared.contracts.provider import SendsBatches
from shared.contracts.registry import provider
from shared.domain.answers import check
from shared.errors import NoApplication, RejectedRequest, UnreadableSubmission
from tests.fuzz.inputs import bodies, texts
from tests.senders import ALL
from tests.senders.form import with_every_form

NOW = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)


def try_parser(source: str, cases: int, *, same: bool) -> Counter[str]:
    """What came of so many bodies. ``same``: those of the last time again. Raises what a reader raises."""
    known, programme, came = provider(source), with_every_form(), Counter[str]()
    assert known is not None
    header = ALL[source].header or "x-webhook-secret"

    @settings(
        max_examples=cases, derandomize=same, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(body=bodies(source), proof=texts | st.text(max_size=200))
    def one(body: bytes, proof: str) -> None:
        came["cases"] += 1
        try:
            known.authenticate(headers={header: proof}, body=body, secrets=["x" * 40, "whsec_" + "A" * 40], now=NOW)
        except RejectedRequest as exc:
            came[f"refused with {exc.status}"] += 1
        for row in known.apart(body) if isinstance(known, SendsBatches) else ():
            assert row.startswith(b"[")
        try:
            submission = known.parse(body, programme)
        except UnreadableSubmission:
            came["unreadable"] += 1
        except NoApplication:
            came["no application"] += 1
        else:
            came["read"] += 1
            came["valid"] += check(programme, submission.answers).answers is not None
            assert sum(map(len, fit.remarks(programme, submission))) < 20_000

    one()
    return came
