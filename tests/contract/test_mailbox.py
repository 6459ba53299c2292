"""What ``Mailbox`` promises: the stand-in of the unit tests, and the Graph adapter."""

from dataclasses import replace
from uuid import uuid4

import pytest

from local.memory.exchange import FakeMailbox
from shared.adapters.graph import GraphConnection, GraphMailbox
from shared.errors import AlreadyGone, PermanentFailure, TemporaryFailure
from shared.ports import Letter, Mailbox
from tests.contract.waiting import until
from tests.graph.stand_in import MAILBOX, Inbox, StandIn

# The SDK's own code calls what the SDK has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")


@pytest.fixture(params=["fake", "graph"])
def mailbox(request: pytest.FixtureRequest) -> Mailbox:
    if request.param == "fake":
        return FakeMailbox()
    request.getfixturevalue("graph")
    return GraphMailbox(request.getfixturevalue("connection"), MAILBOX)


def a_letter(key: str = "", *to: str) -> Letter:
    return Letter(
        key or str(uuid4()), to or ("priya.shah@example.nhs.uk",), "Züri's request", "<p>Hello <b>Priya</b></p>"
    )


async def has_left(mailbox: Mailbox, key: str) -> bool:
    written = await mailbox.find(key)
    return written is None or not written.is_draft


async def are_left(mailbox: Mailbox, expected: dict[str, str]) -> bool:
    return {draft.graph_id: draft.about for draft in await mailbox.drafts()} == expected


async def test_answers_go_where_the_settings_say(graph: StandIn, connection: GraphConnection) -> None:
    written = await GraphMailbox(connection, MAILBOX, reply_to="team@example.nhs.uk").draft(a_letter())
    plain = await GraphMailbox(connection, MAILBOX).draft(a_letter())

    held = {one["immutableId"]: one["replyTo"] for one in graph.held()["messages"]}
    addresses = [[each["emailAddress"]["address"] for each in held[one.graph_id]] for one in (written, plain)]
    assert addresses == [["team@example.nhs.uk"], []]


async def test_an_unknown_key_finds_nothing(mailbox: Mailbox) -> None:
    await mailbox.draft(a_letter())

    assert await mailbox.find(str(uuid4())) is None


@pytest.mark.parametrize("key", ["o'hara' or 1 eq 1 or 'a' eq '", "'", "a & b = c # d + e %41"])
async def test_an_odd_key_matches_nothing_else(mailbox: Mailbox, key: str) -> None:
    await mailbox.draft(a_letter())

    assert await mailbox.find(key) is None


async def test_a_draft_is_found_by_its_key(mailbox: Mailbox) -> None:
    letter, other = a_letter(), a_letter()

    written = await mailbox.draft(letter)
    await mailbox.draft(other)

    assert written.is_draft
    assert await mailbox.find(letter.key) == written
    assert await mailbox.find(letter.key.upper()) == written


async def test_a_sent_mail_is_found_and_is_no_draft(mailbox: Mailbox) -> None:
    letter = a_letter()
    written = await mailbox.draft(letter)

    await mailbox.send(written.graph_id)

    await until(lambda: has_left(mailbox, letter.key))
    found = await mailbox.find(letter.key)
    assert found is not None
    assert (found.graph_id, found.is_draft) == (written.graph_id, False)


async def test_a_second_send_of_one_draft_is_refused(mailbox: Mailbox) -> None:
    letter = a_letter()
    written = await mailbox.draft(letter)
    await mailbox.send(written.graph_id)

    with pytest.raises((AlreadyGone, PermanentFailure)):
        await mailbox.send(written.graph_id)
    await until(lambda: has_left(mailbox, letter.key))
    with pytest.raises((AlreadyGone, PermanentFailure)):
        await mailbox.send(written.graph_id)


async def test_what_never_was_cannot_be_sent(mailbox: Mailbox) -> None:
    with pytest.raises(AlreadyGone):
        await mailbox.send("AAkALgAAAAAAHYQDEapmNoSuchMessage")


async def test_what_has_left_outweighs_a_draft_beside_it(mailbox: Mailbox) -> None:
    key = str(uuid4())
    sent = await mailbox.draft(a_letter(key))
    await mailbox.send(sent.graph_id)
    await until(lambda: has_left(mailbox, key))

    others = [await mailbox.draft(a_letter(key)) for _ in range(2)]

    found = await mailbox.find(key)
    assert found is not None
    assert (found.graph_id, found.is_draft) == (sent.graph_id, False)
    assert set(found.spare) == {other.graph_id for other in others}


async def test_one_of_several_drafts_is_found_and_the_others_are_spare(mailbox: Mailbox) -> None:
    key = str(uuid4())
    drafts = {(await mailbox.draft(a_letter(key))).graph_id for _ in range(2)}

    found = await mailbox.find(key)

    assert found is not None
    assert found.is_draft
    assert found.graph_id not in found.spare
    assert {found.graph_id, *found.spare} == drafts


async def test_drafts_that_were_left_say_what_they_are_about(mailbox: Mailbox) -> None:
    about = "llr-rmi-2026-c7 RM-7Q2K-X.received 1"
    left = await mailbox.draft(replace(a_letter(), about=about))
    sent = await mailbox.draft(replace(a_letter(), about="another one"))
    discarded = await mailbox.draft(replace(a_letter(), about="a third"))
    await mailbox.draft(a_letter())
    await mailbox.send(sent.graph_id)
    await mailbox.discard(discarded.graph_id)

    await until(lambda: are_left(mailbox, {left.graph_id: about}))


async def test_a_discarded_draft_is_not_found_and_not_sent(mailbox: Mailbox) -> None:
    """A draft that were found again would be sent with what it said when it was put away."""
    letter = a_letter()
    written = await mailbox.draft(letter)

    await mailbox.discard(written.graph_id)

    assert await mailbox.find(letter.key) is None
    with pytest.raises((AlreadyGone, PermanentFailure)):
        await mailbox.send(written.graph_id)


async def test_discarding_again_is_fine(mailbox: Mailbox) -> None:
    written = await mailbox.draft(a_letter())

    await mailbox.discard(written.graph_id)
    await mailbox.discard(written.graph_id)
    await mailbox.discard("AAkALgAAAAAAHYQDEapmNoSuchMessage")


async def test_discarding_leaves_the_others(mailbox: Mailbox) -> None:
    one, other = a_letter(), a_letter()
    written = await mailbox.draft(one)
    kept = await mailbox.draft(other)

    await mailbox.discard(written.graph_id)

    assert await mailbox.find(other.key) == kept


async def test_discarding_what_has_been_handed_over_does_not_stop_it(
    graph: StandIn, inbox: Inbox, connection: GraphConnection
) -> None:
    mailbox, letter = GraphMailbox(connection, MAILBOX), a_letter()
    written = await mailbox.draft(letter)
    await mailbox.send(written.graph_id)
    await until(lambda: has_left(mailbox, letter.key))

    await mailbox.discard(written.graph_id)

    assert len(inbox.wait_for(1)) == 1


async def test_a_mail_arrives_as_it_was_written(graph: StandIn, inbox: Inbox, connection: GraphConnection) -> None:
    mailbox = GraphMailbox(connection, MAILBOX)
    letter = a_letter("", "priya.shah@example.nhs.uk", "grace.bell@example.nhs.uk")
    written = await mailbox.draft(letter)
    await mailbox.send(written.graph_id)

    (mail,) = inbox.wait_for(1)

    assert mail["Subject"] == letter.subject
    assert {address.addr_spec for address in mail["To"].addresses} == set(letter.to)
    body = mail.get_body(("html",))
    assert body is not None
    assert "<b>Priya</b>" in body.get_content()
    assert mail["Message-ID"] == f"<{letter.key}@{MAILBOX.rpartition('@')[2]}>"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply, DR, RN, NRN"
    assert mail["x-mentoring-key"] == letter.key


@pytest.mark.parametrize("fault", ["effect_then_503", "effect_then_drop"])
async def test_a_draft_whose_answer_was_lost_is_found(graph: StandIn, connection: GraphConnection, fault: str) -> None:
    mailbox, letter = GraphMailbox(connection, MAILBOX), a_letter()
    graph.control("POST", "faults", {"match": "POST .*/messages", "fault": fault})

    with pytest.raises(TemporaryFailure):
        await mailbox.draft(letter)

    found = await mailbox.find(letter.key)
    assert found is not None
    assert found.is_draft


async def test_a_mail_whose_id_changes_when_it_leaves_is_found_by_its_key(
    graph: StandIn, connection: GraphConnection
) -> None:
    graph.control("POST", "switches", {"new_id_on_send": True})
    mailbox, letter = GraphMailbox(connection, MAILBOX), a_letter()
    written = await mailbox.draft(letter)

    await mailbox.send(written.graph_id)
    await until(lambda: has_left(mailbox, letter.key))

    found = await mailbox.find(letter.key)
    assert found is not None
    assert (found.is_draft, found.graph_id == written.graph_id) == (False, False)


async def test_a_mail_that_was_taken_may_come_with_a_request_to_wait(
    graph: StandIn, connection: GraphConnection
) -> None:
    mailbox, letter = GraphMailbox(connection, MAILBOX), a_letter()
    written = await mailbox.draft(letter)
    fault = {"match": "POST .*/send", "fault": "accepted_with_retry_after", "retry_after": 9}
    graph.control("POST", "faults", fault)

    assert await mailbox.send(written.graph_id) == 9
    await until(lambda: has_left(mailbox, letter.key))
