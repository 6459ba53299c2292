"""Every row mapping reads back what it wrote, on both kinds of table, and bears what people type into cells."""

import asyncio
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from azure.data.tables import EdmType, EntityProperty

from local.memory.tables import MemoryTable
from shared.adapters.table import AzureTable
from shared.domain import erasing
from shared.domain.answers import Problem
from shared.domain.application import (
    Answer,
    Application,
    Change,
    Event,
    LineManager,
    ManagerRequest,
    Person,
    Released,
    ReleasedDate,
    Status,
    Suggestion,
    Wait,
)
from shared.domain.arriving import Reception
from shared.domain.closing import ProgrammeRow, ProgrammeStatus, first_row
from shared.domain.cohort_model import Seat
from shared.domain.draft import ComesNext, begin, key_of
from shared.domain.earlier import Details, Earlier
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.equality import QUESTIONS, Box, EqualityAnswers
from shared.domain.fields import Told
from shared.domain.jobs import Job, LookAtPair, OfferPlaces, Reconcile
from shared.domain.lived_experience import LivedExperience
from shared.domain.mailbox import MailboxState
from shared.domain.outbox import CalendarState, Message, MessageStatus
from shared.domain.owed import About, Kind, To
from shared.domain.pairs import CheckIn, CheckInStatus, PairRow
from shared.domain.programme import Role, Sees, Session, SessionStatus
from shared.domain.references import Link, Purpose
from shared.domain.session_dates import taken_up
from shared.domain.suspicion import Doubt, HeldApplication
from shared.ports import Cell, Stored, Table
from shared.stores.applications import Applications
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.closed_answers import ClosedAnswers
from shared.stores.commands import Commands
from shared.stores.counters import DailyCounters
from shared.stores.drafts import Drafts
from shared.stores.earlier import EarlierParticipants
from shared.stores.equality import Monitoring, MonitoringBox
from shared.stores.jobs import Jobs
from shared.stores.links import Links
from shared.stores.lived_experience import LivedExperiences
from shared.stores.mailboxes import MailboxStates
from shared.stores.messages import CalendarStates, Messages
from shared.stores.organisations import Organisations
from shared.stores.pairs import Pairs
from shared.stores.programmes import ProgrammeRows
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions
from shared.stores.responses import Responses
from shared.stores.sessions import Sessions
from tests.world import PROGRAMME, cohort_7

NOW = datetime(2026, 2, 10, 9, 0, 0, 123456, tzinfo=UTC)
NINE = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
WORDS = 'Zoë O\'Hara, "Zo"; 50 % & <b>more</b>: yes\nand a second line'


HOUR = timedelta(hours=1)
TOLD = Told("hope", "What do you hope for?", WORDS, Sees.ADMINISTRATORS)


def filled[T](value: T) -> T:
    """The value, proved to have no field at its default: a new field must be added to these tests."""
    for field in fields(value):  # type: ignore[arg-type]
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert getattr(value, field.name) != default, f"{type(value).__name__}.{field.name} is at its default"
    return value


def full_application() -> Application:
    asked = filled(
        ManagerRequest(
            number=2,
            manager=filled(LineManager("Priya Shah", "priya.shah@example.nhs.uk")),
            asked_at=NOW + timedelta(days=2),
            link=3,
            answer=Answer.DECLINE,
            reason=WORDS,
            note=WORDS * 3,
            answered_at=NOW + timedelta(days=3),
            revision=4,
            bounced_at=NOW + timedelta(days=4),
        )
    )
    first = ManagerRequest(number=1, manager=LineManager("", "first@example.nhs.uk"), asked_at=NOW)
    released = ReleasedDate("mentor-training-1", NOW, NOW + timedelta(hours=3))
    return filled(
        Application(
            programme=PROGRAMME,
            reference="RM-7Q2K-X",
            role=Role.MENTEE,
            person=filled(Person(WORDS, "zoe@example.nhs.uk", "Nurse", "8a", "Example; Trust", "nhs", "llr")),
            manager=LineManager("Priya Shah", "priya.shah@example.nhs.uk"),
            status=Status.DECLINED,
            received_at=NOW,
            counts_from=NOW - timedelta(minutes=1),
            submitted_at=NOW - timedelta(minutes=2),
            manager_agreed=True,
            previous_participant=True,
            chosen=MappingProxyType({"mentee-training": ("mentee-training-1",), "peer-support": ("peer-2", "peer-5")}),
            requests=(first, asked),
            problems=(filled(Problem("band", "Your band", WORDS)), Problem("email", "E-mail", "Check it.")),
            flags=("First remark; with a semicolon.", WORDS),
            reason=WORDS,
            source="msforms",
            response_id="r'1",
            content="00ff",
            edits=5,
            responses=2,
            answers_from="00fe",
            changes=(filled(Change("00fd", NOW, NOW - HOUR, "typeform", "r/2", NOW + HOUR)),),
            changes_asked_at=NOW + HOUR,
            let_in_at=NOW + timedelta(days=1),
            closed_at=NOW + timedelta(days=9),
            waits_for_manager_name=True,
            own_link=6,
            replaced_by="RM-9999-Y",
            test=True,
            revised_at=NOW + timedelta(days=5),
            replies=7,
            replied_at=NOW + timedelta(days=8),
            replies_seen=("0123456789ab", "ba9876543210"),
            last_event=filled(Event(NOW + timedelta(days=7), "the form", "received", "Late")),
            suggestion=filled(Suggestion(Answer.APPROVE, 2, NOW + timedelta(days=6))),
            waits=(filled(Wait("peer-1", NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)), Wait("peer-2", NOW)),
            confirmed=MappingProxyType({"mentee-training-1": NOW, "peer-5": NOW + HOUR}),
            link_renewed_at=NOW + timedelta(days=10),
            erasure_asked_at=NOW + timedelta(days=11),
            assigned=MappingProxyType({"evaluation": ("evaluation-1",), "midway-reflections": ("midway-2",)}),
            pairs=MappingProxyType({"pair-01": date(2026, 4, 20), "Rutland, 2": date(2026, 5, 1)}),
            team="Ward 7, nights",
            place="Leicester",
            way_of_meeting="in_person",
            board_members="9",
            could_take_two=True,
            told=(TOLD,),
            released=(filled(Released(2, NOW, MappingProxyType({"mentor-training": (released,)}))),),
            no_partner_at=NOW + timedelta(days=12),
            left_out_at=NOW + timedelta(days=15),
            new_email="zoe.new@example.org",
            new_email_asked_at=NOW + timedelta(days=13),
            former_email="zoe.old@example.org",
            address_changed_at=NOW + timedelta(days=14),
            paired_before=date(2026, 4, 13),
        )
    )


async def test_an_application_comes_back_whole(table: Table) -> None:
    store, application = Applications(table), full_application()

    assert await store.add(application, "Nothing.")
    stored = await store.get(PROGRAMME, application.reference)

    assert stored is not None
    assert stored.value == application
    assert not await store.add(application, "Nothing.")


async def test_an_application_with_nothing_optional_comes_back_whole(table: Table) -> None:
    store = Applications(table)
    bare = Application(
        PROGRAMME, "RM-1", None, Person(), LineManager(), Status.NEEDS_CORRECTION, received_at=NOW, counts_from=NOW
    )
    await store.add(full_application(), "")
    await store.add(bare, "")

    stored = await store.get(PROGRAMME, "RM-1")

    assert stored is not None
    assert stored.value == bare


async def test_an_application_that_loses_everything_optional_keeps_none_of_it(table: Table) -> None:
    store, application = Applications(table), full_application()
    await store.add(application, "")
    stored = await store.get(PROGRAMME, application.reference)
    assert stored is not None
    bare = Application(
        PROGRAMME, application.reference, None, Person(), LineManager(), Status.ERASED, received_at=NOW, counts_from=NOW
    )

    assert await store.replace(bare, "", stored.etag)
    assert not await store.replace(application, "", stored.etag)

    again = await store.get(PROGRAMME, application.reference)
    assert again is not None
    assert again.value == bare


async def test_the_next_step_is_noted_beside_the_application(table: Table) -> None:
    store, application = Applications(table), full_application()
    await store.add(application, "Wait.")

    stored = await store.get(PROGRAMME, application.reference)
    assert stored is not None

    assert await store.replace(application, "Ask again.", stored.etag)

    again = await store.get(PROGRAMME, application.reference)
    assert again is not None
    assert again.value == application
    found = await table.get(PROGRAMME, application.reference)
    assert found is not None
    assert found.row["NextStep"] == "Ask again."


async def test_applications_are_listed_by_status_in_order_of_reference(table: Table) -> None:
    store, application = Applications(table), full_application()
    late = replace(application, reference="RM-0", status=Status.LATE)
    for one in (application, late, replace(application, programme="another-one")):
        await store.add(one, "")

    assert [one async for one in store.all(PROGRAMME)] == [late, application]
    assert [one async for one in store.all(PROGRAMME, status=Status.LATE)] == [late]


def full_message() -> Message:
    return filled(
        Message(
            programme=PROGRAMME,
            id="RM-7Q2K-X.approval-request.2",
            kind=Kind.APPROVAL_REMINDER,
            about=About.PAIR,
            subject="RM-7Q2K-X",
            to=To.MANAGER,
            due=NOW,
            detail="2",
            only_after="RM-7Q2K-X.approval-request.1",
            status=MessageStatus.HANDED_OVER,
            attempts=3,
            last_error=WORDS,
            graph_id="AAMk=",
            sent_at=NOW + timedelta(minutes=1),
            generation=4,
            failures=5,
        )
    )


async def test_a_message_comes_back_whole(table: Table) -> None:
    store, message = Messages(table), full_message()
    assert await store.add(message)
    assert not await store.add(message)
    stored = await store.get(PROGRAMME, message.id)
    assert stored is not None
    assert stored.value == message

    bare = Message(PROGRAMME, message.id, Kind.RECEIVED, About.APPLICATION, "RM-7Q2K-X", To.APPLICANT, NINE)
    etag = await store.replace(bare, stored.etag)
    assert await store.replace(message, stored.etag) is None
    again = await store.get(PROGRAMME, message.id)
    assert again is not None
    assert (again.value, again.etag) == (bare, etag)


async def test_messages_are_found_by_subject_and_nobody_elses(table: Table) -> None:
    store, message = Messages(table), full_message()
    wanted = [replace(message, id=f"RM-1.{n}", subject="RM-1") for n in ("a", "b")]
    for one in (*wanted, replace(message, id="RM-10.a"), replace(message, id="RM-1", subject="RM-1")):
        await store.add(one)

    assert await store.of(PROGRAMME, "RM-1") == {one.id: one for one in wanted}


async def test_parked_messages_are_mails_and_not_events(table: Table) -> None:
    messages, states = Messages(table), CalendarStates(table)
    parked = replace(full_message(), status=MessageStatus.PARKED)
    await messages.add(parked)
    await messages.add(replace(parked, id="x.1", status=MessageStatus.SENT))
    await states.put(CalendarState(PROGRAMME, "peer-1", status=MessageStatus.PARKED), None)

    assert [one async for one in messages.parked(PROGRAMME)] == [parked]


async def test_a_calendar_state_comes_back_whole(table: Table) -> None:
    store = CalendarStates(table)
    state = filled(
        CalendarState(
            PROGRAMME,
            "mentor-training-1",
            event="AAMk=",
            content="c0ffee",
            attendees="decade",
            version=2,
            generation=3,
            cancelled=True,
            pending=True,
            attempts=4,
            status=MessageStatus.SENT,
            last_error=WORDS,
            seen="facade",
            seen_at=NOW,
            burst_at=NOW - timedelta(minutes=2),
            ours=frozenset({"00ff", "abcd"}),
            may_change=False,
        )
    )

    etag = await store.put(state, None)

    assert etag is not None
    assert await store.put(state, None) is None
    stored = await store.get(PROGRAMME, "mentor-training-1")
    assert stored is not None
    assert (stored.value, stored.etag) == (state, etag)
    bare = CalendarState(PROGRAMME, "mentor-training-1")
    assert await store.put(bare, etag) is not None
    assert await store.put(state, etag) is None
    other = CalendarState(PROGRAMME, "peer-1")
    await store.put(other, None)
    await Messages(table).add(replace(full_message(), id="session.1"))
    assert list(await store.all(PROGRAMME)) == [bare, other]


async def test_a_booking_comes_back_whole_and_keeps_its_invite(table: Table) -> None:
    store = Bookings(table)
    booking = filled(
        Booking(
            programme=PROGRAMME,
            session="peer-1",
            reference="RM-1",
            full_name=WORDS,
            email="zoe@example.nhs.uk",
            attendance="required",
            status=BookingStatus.WAITING,
            invited=3,
            event="AAMk=",
            response="accepted",
            confirmed=True,
            since=NOW,
            until=NOW + timedelta(hours=48),
            as_of=NOW,
            attended=True,
        )
    )
    await store.put(booking)
    await store.note_attended(PROGRAMME, "peer-1", "RM-1", attended=True)
    await store.note_invite(booking)
    await store.note_response(booking)
    found = await store.get(PROGRAMME, "peer-1", "RM-1")
    assert (found, found and found.as_of) == (booking, NOW)
    await store.note_response(replace(booking, invited=1, event=""))
    await store.note_invite(replace(booking, response=""))
    assert await store.get(PROGRAMME, "peer-1", "RM-1") == booking, "each writes its own columns alone"

    await store.put(replace(booking, status=BookingStatus.BOOKED, invited=0, event="", response=""))
    await store.put(replace(booking, session="peer-10"))

    expected = replace(booking, status=BookingStatus.BOOKED)
    assert await store.of_session(PROGRAMME, "peer-1") == (expected,)
    nothing = replace(expected, confirmed=False, since=None, until=None)
    await store.put(nothing)
    assert await store.of_session(PROGRAMME, "peer-1") == (nothing,)
    await store.remove(PROGRAMME, "peer-1", "RM-1")
    assert await store.get(PROGRAMME, "peer-1", "RM-1") is None


async def test_a_booking_of_an_older_state_never_takes_the_place_of_a_newer_one(table: Table) -> None:
    store = Bookings(table)

    def booking(status: BookingStatus, minutes: int) -> Booking:
        at = NOW + timedelta(minutes=minutes)
        return Booking(PROGRAMME, "peer-1", "RM-1", "Zoe", "zoe@example.nhs.uk", "required", status, as_of=at)

    async def stands() -> str:
        found = await store.get(PROGRAMME, "peer-1", "RM-1")
        return found.status if found else ""

    await store.put(booking(BookingStatus.CANCELLED, 0))
    assert await stands() == "", "what was deleted is not made again to say that it is cancelled"
    await store.put(booking(BookingStatus.BOOKED, 2))
    await store.put(booking(BookingStatus.CANCELLED, 1))
    assert await stands() == "Booked"
    await store.put(booking(BookingStatus.HELD, 2))
    assert await stands() == "Place held", "the same state may be written again"
    await store.put(booking(BookingStatus.CANCELLED, 3))
    await store.put(booking(BookingStatus.BOOKED, 2))
    assert await stands() == "Cancelled"
    await store.remove(PROGRAMME, "peer-1", "RM-1")


async def test_what_was_taken_in_is_not_called_parked_by_a_slower_hand(table: Table) -> None:
    store = Receptions(table)
    parked = Reception(PROGRAMME, "ab" * 32, "standard", NOW, "Parked", "why")
    taken = replace(parked, status="Taken in", reason="")

    await store.put(parked)
    await store.put(replace(parked, reason="why now"))
    again = await store.get(PROGRAMME, parked.content)
    await store.put(taken)
    await store.put(parked)

    assert again == replace(parked, reason="why now")
    assert await store.get(PROGRAMME, parked.content) == taken


async def test_a_job_of_ones_own_is_nobody_elses(table: Table) -> None:
    store = Jobs(table)
    job = Job("tick", NOW, Reconcile("RM-1"), PROGRAMME)
    one, other = await store.put_own(job), await store.put_own(job)

    await store.remove(other)
    left = await store.due("tick", NOW, 10)
    await store.remove(one)

    assert [found.value.hand for found in left] == [one.value.hand]
    assert list(await store.due("tick", NOW, 10)) == []


async def test_a_check_in_comes_back_whole(table: Table) -> None:
    store = CheckIns(table)
    expected = CheckIn(PROGRAMME, "pair-1", 2, Seat.MENTEE, "RM-1", NINE)
    answered = filled(
        replace(
            expected,
            status=CheckInStatus.ANSWERED,
            met=True,
            met_on=date(2026, 5, 14),
            rating=5,
            note=WORDS,
            wants_to_talk=True,
            answered_at=NOW,
        )
    )
    not_met = replace(expected, seat=Seat.MENTOR, meeting=10, status=CheckInStatus.ANSWERED, met=False)

    assert await store.add(expected)
    assert not await store.add(expected)
    assert await store.of_pair(PROGRAMME, "pair-1") == (expected,)
    stored = await store.get(PROGRAMME, expected.id)
    assert stored is not None
    assert await store.replace(answered, stored.etag)
    assert not await store.replace(expected, stored.etag)
    await store.add(not_met)
    await store.add(replace(expected, pair="pair-10"))

    assert await store.of_pair(PROGRAMME, "pair-1") == (answered, not_met)
    newest = await store.get(PROGRAMME, answered.id)
    assert newest is not None
    assert newest.value == answered
    assert await store.get(PROGRAMME, "pair-1.3.mentee") is None
    assert len((await store.readable(PROGRAMME))[0]) == 3

    await table.merge({"PartitionKey": PROGRAMME, "RowKey": answered.id, "Status": "done"})
    await store.empty(PROGRAMME, {"RM-1"})
    words: dict[str, Any] = {"met": None, "met_on": None, "rating": None, "note": "", "wants_to_talk": False}
    found, unreadable = await store.readable(PROGRAMME)
    assert unreadable == [answered.id]
    assert replace(not_met, **words) in found
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": answered.id, "Status": "Answered"})
    emptied = await store.get(PROGRAMME, answered.id)
    assert emptied is not None
    assert emptied.value == replace(answered, **words)


async def test_alarms_are_due_in_order_and_never_early(table: Table) -> None:
    store = Jobs(table)
    jobs = [
        Job("tick", NINE + timedelta(seconds=seconds), Reconcile(f"RM-{seconds}"), PROGRAMME)
        for seconds in (60, -3600, 0, 1, -1, 86_400)
    ]
    for job in (*jobs, replace(jobs[2], queue="mailbox 1")):
        await store.put(job)

    due = [one.value for one in await store.due("tick", NINE, 10)]

    assert due == [jobs[1], jobs[4], jobs[2]]
    assert [one.value for one in await store.due("tick", NINE, 2)] == [jobs[1], jobs[4]]
    assert await store.due("nobody", NINE, 10) == []
    assert await store.next_due("tick") == NINE - timedelta(hours=1)
    assert await store.next_due("nobody") is None


async def test_an_alarm_that_was_set_again_outlives_its_earlier_holder(table: Table) -> None:
    store = Jobs(table)
    job = Job("tick", NINE, OfferPlaces("peer-1"), PROGRAMME)
    first = await store.put(job)
    second = await store.put(job)

    await store.remove(first)
    assert [one.value for one in await store.due("tick", NINE, 10)] == [job]

    await store.remove(second)
    await store.remove(second)
    assert await store.due("tick", NINE, 10) == []


async def test_a_look_at_time_alone_does_not_take_the_place_of_one_at_unfinished_work(table: Table) -> None:
    store = Jobs(table)
    unfinished = Job("tick", NINE, Reconcile("K4Q-M7X-2P9-T"), PROGRAMME)
    timed = replace(unfinished, timed=True)
    for job in (unfinished, timed, timed):
        await store.put(job)

    due = await store.due("tick", NINE, 10)

    assert [job.value for job in due] == [unfinished, timed]
    await store.remove(due[1])
    assert [job.value for job in await store.due("tick", NINE, 10)] == [unfinished]


async def test_an_alarm_that_was_read_can_be_removed(table: Table) -> None:
    store = Jobs(table)
    await store.put(Job("tick", NOW, LookAtPair("pair-1"), PROGRAMME))

    for job in await store.due("tick", NOW, 10):
        await store.remove(job)

    assert await store.next_due("tick") is None


PAIR = PairRow(
    programme=PROGRAMME,
    key="1",
    mentor="RM-1",
    mentee="RM-2",
    start="2026-04-20",
    status="confirmed",
    remark=WORDS,
    known_as="pair-1",
    seen="00ff",
    confirmed_at=NOW,
    overruled="second pair",
    silence_known=True,
    names="Z. O'Hara with T. Hughes",
    round=2,
    cause="00fe",
    ended_by="00ff",
    offered_at=NOW - HOUR,
    answer_by=NOW + HOUR,
    declined_at=NOW + 2 * HOUR,
    ended_at=NOW + 3 * HOUR,
    mentor_says="no",
    mentee_says="yes",
    searched=True,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2026-04-20", "2026-04-20"),
        (datetime(2026, 4, 20, tzinfo=UTC), "2026-04-20"),
        ("next week", "next week"),
        (20260420, "20260420"),
        (None, ""),
    ],
)
async def test_a_pair_comes_back_as_it_was_typed(table: Table, typed: Cell, read: str) -> None:
    store = Pairs(table)
    keys: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "1"}
    await table.put(
        {
            **keys,
            "Mentor": "RM-1",
            "Mentee": "RM-2",
            "StartDate": typed,
            "Status": "confirmed",
            "Overruled": PAIR.overruled,
            "SilenceKnown": "yes",
            "Names": PAIR.names,
            "Round": PAIR.round,
            "Cause": PAIR.cause,
            "EndedBy": PAIR.ended_by,
            "DeclinedAt": PAIR.declined_at,
            "EndedAt": PAIR.ended_at,
            "MentorSays": PAIR.mentor_says,
            "MenteeSays": PAIR.mentee_says,
            "Searched": True,
        }
    )
    noted = filled(replace(PAIR, start=read or "-"))

    await store.note(noted)

    expected = replace(noted, start=read)
    assert list(await store.all()) == [expected]
    assert await store.find(PROGRAMME, "pair-1") == expected
    assert await store.find("another-one", "pair-1") is None
    found = await table.get(PROGRAMME, "1")
    assert found is not None
    assert found.row.get("StartDate") == typed


async def test_an_empty_pair_row_reads_as_empty_words(table: Table) -> None:
    await table.put({"PartitionKey": PROGRAMME, "RowKey": "1"})

    assert list(await Pairs(table).all()) == [PairRow(PROGRAMME, "1", "", "", "", "", "", "", "", None)]


STARTS = datetime(2026, 3, 26, 9, 30, tzinfo=UTC)
GOOD: dict[str, Cell] = {
    "StartsAt": STARTS,
    "EndsAt": STARTS + timedelta(hours=3),
    "Status": "confirmed",
    "Place": "Room 1",
    "Capacity": 12,
    "Printed": "Thursday 26 March, 9.30",
}


def session_row(key: str = "peer-1", **columns: Cell) -> dict[str, Cell]:
    return {"PartitionKey": PROGRAMME, "RowKey": key, **GOOD, **columns}


async def test_sessions_of_the_programme_come_back_as_they_are_in_its_file(table: Table) -> None:
    store, programme = Sessions(table), cohort_7()

    await store.add_missing(programme, {})
    await store.add_missing(programme, {})

    found = await store.all(PROGRAMME)
    sessions = [session for group in programme.groups for session in group.sessions]
    # The day that the file's words name is the file's alone.
    assert found == {s.id: s.model_copy(update={"taken_up": taken_up(s), "day": None}) for s in sessions}


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"Capacity": "12"},
        {"Capacity": " 12 "},
        {"Status": " Confirmed "},
        {"StartsAt": "2026-03-26T09:30:00Z"},
        {"StartsAt": " 2026-03-26T10:30+01:00"},
        {"EndsAt": "2026-03-26 12:30:00+00:00"},
    ],
)
async def test_a_session_may_be_typed_in_several_ways(table: Table, columns: dict[str, Cell]) -> None:
    await table.put({**session_row(), **columns})

    assert await Sessions(table).all(PROGRAMME) == {
        "peer-1": Session(
            id="peer-1",
            starts_at=STARTS,
            ends_at=STARTS + timedelta(hours=3),
            status=SessionStatus.CONFIRMED,
            place="Room 1",
            capacity=12,
            printed="Thursday 26 March, 9.30",
        )
    }


NONSENSE: dict[str, dict[str, Cell]] = {
    "words for a time": {"StartsAt": "tomorrow"},
    "a number for a time": {"StartsAt": 20260326},
    "yes for a time": {"EndsAt": True},
    "a time without a zone": {"StartsAt": "2026-03-26T09:30:00"},
    "a day": {"StartsAt": "2026-03-26"},
    "no start": {"StartsAt": None},
    "a cleared end": {"EndsAt": ""},
    "an end before the start": {"EndsAt": STARTS - timedelta(hours=1)},
    "no length": {"EndsAt": STARTS},
    "an end in another year": {"EndsAt": STARTS + timedelta(days=365)},
    "before the calendar": {"StartsAt": "0001-01-01T00:00:00Z", "EndsAt": "0001-01-01T01:00:00Z"},
    "before all time": {"StartsAt": "0001-01-01T00:00:00+14:00"},
    "after all time": {"EndsAt": "9999-12-31T23:59:59-05:00"},
    "no status": {"Status": None},
    "another word": {"Status": "maybe"},
    "a number for a status": {"Status": 1},
    "nobody fits in": {"Capacity": 0},
    "fewer than nobody": {"Capacity": -3},
    "words for a number": {"Capacity": "about twenty"},
    "part of a person": {"Capacity": 2.5},
    "a number beyond all bounds": {"Capacity": "9" * 5_000},
    "yes for a number": {"Capacity": True},
    "a power for a number": {"Capacity": "2²"},
}


@pytest.mark.parametrize("columns", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_holds_one_session_back_and_harms_no_other(table: Table, columns: dict[str, Cell]) -> None:
    store = Sessions(table)
    await table.put(session_row())
    await table.put({**session_row("peer-2"), **columns})

    found = await store.all(PROGRAMME)

    assert found["peer-1"].takes_place
    bad = found["peer-2"]
    assert (bad.status, bad.takes_place, bad.starts_at) == (SessionStatus.INVALID, False, None)
    assert bad.held_back
    await store.note(cohort_7(), bad)
    again = await table.get(PROGRAMME, "peer-2")
    assert again is not None
    assert {name: again.row.get(name) for name in columns} == columns
    assert again.row["Remark"] == bad.held_back


@pytest.mark.parametrize("key", ["Extra Session", "x", "peer_3", "übung"])
async def test_a_session_row_with_an_odd_key_harms_no_other(table: Table, key: str) -> None:
    await table.put(session_row())
    await table.put(session_row(key))

    found = await Sessions(table).all(PROGRAMME)

    assert found["peer-1"].takes_place
    assert key not in found or not found[key].takes_place


@pytest.mark.parametrize(
    ("status", "dated"),
    [(SessionStatus.TO_BE_CONFIRMED, False), (SessionStatus.CANCELLED, True), (SessionStatus.PROVISIONAL, True)],
)
async def test_a_session_without_need_of_a_time_is_not_held_back(
    table: Table, status: SessionStatus, *, dated: bool
) -> None:
    await table.put(session_row(Status=status.value))

    found = (await Sessions(table).all(PROGRAMME))["peer-1"]

    assert (found.status, found.held_back, found.starts_at is not None) == (status, "", dated)


@pytest.mark.parametrize(
    ("cell", "capacity"),
    [
        (EntityProperty(12, EdmType.INT64), 12),
        (12.0, 12),
        (EntityProperty("6ba7b810-9dad-11d1-80b4-00c04fd430c8", EdmType.GUID), None),
        (b"12", None),
    ],
    ids=["64 bits", "double", "guid", "bytes"],
)
async def test_a_number_typed_with_another_type_in_the_portal(
    azure_table: AzureTable, cell: Any, capacity: int | None
) -> None:
    """The portal asks for a type; a whole number is one whatever was picked."""
    await azure_table._client.create_entity({**session_row(), "Capacity": cell})

    found = (await Sessions(azure_table).all(PROGRAMME))["peer-1"]

    assert (found.capacity, found.takes_place) == (capacity, capacity is not None)


async def test_the_session_columns_of_administrators_stay(table: Table) -> None:
    store, programme = Sessions(table), cohort_7()
    await table.put(session_row())

    session = (await store.all(PROGRAMME))["peer-1"]
    await store.note(programme, session)
    await store.note_booked(PROGRAMME, "peer-1", 7)

    found = await table.get(PROGRAMME, "peer-1")
    assert found is not None
    assert {name: found.row[name] for name in GOOD} == GOOD
    assert (found.row["Booked"], found.row["LocalTime"]) == (7, "Thursday 26 March 2026, 9:30am to 12:30pm")


def programme_row() -> ProgrammeRow:
    return filled(
        ProgrammeRow(
            id=PROGRAMME,
            name=WORDS,
            status=ProgrammeStatus.CLOSED,
            opens_at_typed=NINE,
            opens_at_typed_is_nonsense=False,
            opens_at=NINE + timedelta(hours=1),
            closes_at_typed=NINE + timedelta(days=30),
            closes_at_typed_is_nonsense=False,
            closes_at=NINE + timedelta(days=31),
            remark=WORDS,
            last_summary_for=NINE + timedelta(days=32),
            sessions_seen="00ff",
            closes_at_seen="2026-03-12T09:00:00Z",
            sessions_known='{"mentor-training-1":{"place":"Room 9"}}',
            opens_at_local="9am on Monday 2 February 2026",
            closes_at_local="11:59pm on Thursday 12 March 2026",
            deletion="in words",
            waves_seen="baseline:0 end:6",
            keep_until=date(2028, 3, 31),
        )
    )


async def read(table: Table) -> ProgrammeRow:
    stored = await ProgrammeRows(table).get(PROGRAMME)
    assert stored is not None
    return stored.value


@pytest.mark.parametrize("make", [programme_row, lambda: first_row(cohort_7(), NOW)], ids=["filled", "first"])
async def test_a_programme_row_comes_back_whole(table: Table, make: Callable[[], ProgrammeRow]) -> None:
    row = make()

    assert await ProgrammeRows(table).add(row)

    assert await read(table) == row
    assert not await ProgrammeRows(table).add(row)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", None),
        ("2028-03-31", date(2028, 3, 31)),
        ("2028-03-31T10:00:00Z", date(2028, 3, 31)),
        (datetime(2028, 3, 31, 23, 0, tzinfo=UTC), date(2028, 3, 31)),
        ("for now", date.max),
        (2028, date.max),
    ],
)
async def test_until_when_everything_is_kept_is_read_as_people_type_it(
    table: Table, typed: Cell, kept: date | None
) -> None:
    await ProgrammeRows(table).add(programme_row())
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "KeepUntil": typed})

    assert (await read(table)).keep_until == kept


async def test_noting_a_programme_leaves_what_people_type(table: Table) -> None:
    row = programme_row()
    await ProgrammeRows(table).add(row)
    later = replace(
        row,
        status=ProgrammeStatus.OPEN,
        remark="",
        opens_at_typed=None,
        opens_at=None,
        closes_at_typed=None,
        closes_at=NOW,
        sessions_seen="11",
    )

    await ProgrammeRows(table).note(later)

    assert await read(table) == replace(later, opens_at_typed=row.opens_at_typed, closes_at_typed=row.closes_at_typed)


async def test_a_closing_date_that_is_taken_back_is_no_longer_in_force(table: Table) -> None:
    await ProgrammeRows(table).add(programme_row())

    await ProgrammeRows(table).note(replace(programme_row(), closes_at=None, last_summary_for=None))

    found = await read(table)
    assert (found.closes_at, found.last_summary_for) == (None, None)


@pytest.mark.parametrize(
    ("typed", "instant", "nonsense"),
    [
        (NINE, NINE, False),
        ("2026-02-10T09:00:00Z", NINE, False),
        (" 2026-02-10T10:00:00+01:00 ", NINE, False),
        (None, None, False),
        ("", None, False),
        ("  ", None, False),
        ("2026-02-10T09:00:00", None, True),
        ("2026-02-10", None, True),
        ("12 March", None, True),
        (12, None, True),
        (False, None, True),
        ("0001-01-01T00:00:00+14:00", None, True),
        ("9999-12-31T23:59:59-05:00", None, True),
    ],
)
async def test_a_closing_date_as_people_type_it(
    table: Table, typed: Cell, instant: datetime | None, *, nonsense: bool
) -> None:
    row = programme_row()
    await ProgrammeRows(table).add(row)
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "ClosesAt": typed})

    assert await read(table) == replace(row, closes_at_typed=instant, closes_at_typed_is_nonsense=nonsense)


@pytest.mark.parametrize(
    ("typed", "instant", "nonsense"),
    [
        (NINE, NINE, False),
        ("2026-02-10T09:00:00Z", NINE, False),
        (None, None, False),
        ("9 February 2026", None, True),
        ("2026-02-10T09:00:00", None, True),
    ],
)
async def test_an_opening_date_as_people_type_it(
    table: Table, typed: Cell, instant: datetime | None, *, nonsense: bool
) -> None:
    row = programme_row()
    await ProgrammeRows(table).add(row)
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "OpensAt": typed})

    assert await read(table) == replace(row, opens_at_typed=instant, opens_at_typed_is_nonsense=nonsense)


async def test_a_programme_row_from_before_the_opening_in_force_was_noted_is_read(table: Table) -> None:
    row = programme_row()
    await ProgrammeRows(table).add(row)
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "OpensAtInForce": None})

    assert await read(table) == replace(row, opens_at=None)


async def test_what_a_mailbox_remembers_comes_back_whole(table: Table) -> None:
    store = MailboxStates(table)
    assert await store.get("mentoring@example.org") == MailboxState("mentoring@example.org")
    state = filled(
        MailboxState(
            "mentoring@example.org",
            counted=(NOW, NOW + timedelta(seconds=60)),
            reserved=3,
            asked_at=NOW,
            quiet_until=NOW + timedelta(minutes=5),
            inbox_link="https://graph.example/delta?$deltatoken=1",
            failing_since=NOW,
        )
    )

    await store.note_inbox(state.mailbox, state.inbox_link)
    await store.note_pace(replace(state, inbox_link=""))

    assert await store.get(state.mailbox) == state
    await store.note_pace(MailboxState(state.mailbox))
    assert await store.get(state.mailbox) == MailboxState(state.mailbox, inbox_link=state.inbox_link)


async def test_a_reception_comes_back_whole(table: Table) -> None:
    store = Receptions(table)
    remarks = ("The form asks 'a'", "and 'b', line   - \"Zoë\"")
    one = filled(Reception(PROGRAMME, "00ff", "msforms", NOW, "Parked", WORDS, "RM-1", "r'1", True, remarks))
    other = replace(one, content="11", status="Taken in", form_remarks=())
    for reception in (other, one):
        await store.put(reception)

    assert await store.get(PROGRAMME, "00ff") == one
    assert [found async for found in store.parked(PROGRAMME)] == [one]
    assert [found async for found in store.not_fitting(PROGRAMME)] == [one]
    await store.remove(PROGRAMME, "00ff")
    assert await store.get(PROGRAMME, "00ff") is None


async def test_links_and_responses_and_domains_come_back(table: Table) -> None:
    link = Link(Purpose(next(iter(Purpose))), PROGRAMME, "RM-1", 3, "2")
    await Links(table).put("ab" * 32, link)
    assert await Links(table).find("ab" * 32) == link
    assert await Links(table).find("cd" * 32) is None

    assert await Responses(table).note(PROGRAMME, "msforms", "r/1?#", "RM-0", instead_of="")
    assert not await Responses(table).note(PROGRAMME, "msforms", "r/1?#", "RM-2", instead_of="")
    assert await Responses(table).note(PROGRAMME, "msforms", "r/1?#", "RM-1", instead_of="RM-0")
    assert not await Responses(table).note(PROGRAMME, "msforms", "r/1?#", "RM-2", instead_of="RM-0")
    assert await Responses(table).reference(PROGRAMME, "msforms", "r/1?#") == "RM-1"
    assert await Responses(table).reference(PROGRAMME, "standard", "r/1?#") == ""

    assert await Responses(table).claim(PROGRAMME, "own", "first", "RM-2") == "RM-2"
    assert await Responses(table).claim(PROGRAMME, "own", "first", "RM-3") == "RM-2"

    await Organisations(table).note(PROGRAMME, "Example Trust", "example.nhs.uk")
    await Organisations(table).note(PROGRAMME, "Example Trust", "example.org")
    assert await Organisations(table).domains(PROGRAMME, " example TRUST") == {"example.nhs.uk", "example.org"}


async def test_only_a_newer_version_of_lived_experience_replaces_it(table: Table) -> None:
    store = LivedExperiences(table, ClosedAnswers(MemoryTable()))
    newer = LivedExperience(PROGRAMME, "RM-1", ("race", "disability"), WORDS, "A ramp.", 2, "00ff")

    await store.put(newer)
    await store.put(replace(newer, about_you="older", version=1))

    found = await table.get(PROGRAMME, "RM-1")
    assert found is not None
    assert (found.row["Topics"], found.row["AboutYou"]) == ("race, disability", WORDS)
    assert await store.get(PROGRAMME, "RM-1") == newer
    assert await store.get(PROGRAMME, "RM-2") is None
    await store.put(replace(newer, about_you="newest", version=3))
    found = await table.get(PROGRAMME, "RM-1")
    assert found is not None
    assert found.row["AboutYou"] == "newest"
    assert await store.references(PROGRAMME) == {"RM-1"}
    await store.remove(PROGRAMME, "RM-1")
    assert await table.get(PROGRAMME, "RM-1") is None
    assert await store.references(PROGRAMME) == frozenset()


async def test_commands_are_new_until_they_have_a_result(table: Table) -> None:
    store = Commands(table)
    for key, status in (("2", None), ("1", ""), ("0", "Done"), ("3", "Refused")):
        row: dict[str, Cell] = {"PartitionKey": "anything", "RowKey": key, "Command": "erase", "Status": status}
        await table.put(row)

    new = await store.new()
    assert [command.key for command in new] == ["1", "2"]
    await table.merge({"PartitionKey": "anything", "RowKey": "3", "Reference": "d5d dsk fgv 9", "Note": "Ms Lee"})
    await store.forget(erasing.Person({"D5D-DSK-FGV-9"}))
    forgotten = await table.get("anything", "3")
    assert forgotten is not None
    assert (forgotten.row["Note"], forgotten.row["Status"]) == ("", "Refused")
    await store.finish(new[0], done=True, result="Erased.", at=NOW)
    assert [command.key for command in await store.new()] == ["2"]


async def test_somebody_of_an_earlier_cohort_comes_back_whole_until_their_last_day(table: Table) -> None:
    store = EarlierParticipants(table)
    details = Details(WORDS, "zoe@example.nhs.uk", WORDS, "6", WORDS, "nhs", "llr", WORDS, "boss@example.nhs.uk")
    zoe = Earlier(details, "cohort 6", date(2026, 12, 31))
    await store.put("K4Q", replace(zoe, cohort="cohort 5"))
    await store.put("K4Q", zoe)
    await store.put("M7X", replace(zoe, keep_until=date(2027, 1, 1)))

    assert await store.get("K4Q") == zoe
    assert await store.remove_older_than(date(2026, 12, 31)) == 0
    assert await store.remove_older_than(date(2027, 1, 1)) == 1
    assert await store.get("K4Q") is None
    await store.remove("M7X")
    assert await store.get("M7X") is None


async def test_drafts(table: Table) -> None:
    store = Drafts(table)
    secret, draft = begin(PROGRAMME, NOW)
    key = key_of(secret)
    assert key is not None
    long = "é\U0001f600" * 4_000
    answers = {"about_you": (long,), "topics": ("race", "gender"), "band": ()}
    full = replace(draft, answers=answers, checking=True, shown_at=NOW, doubts=(Doubt.TRAP, Doubt.FAST))

    assert await store.get(key) is None
    assert await store.add(key, draft)
    assert not await store.add(key, full)
    first = await store.get(key)
    assert first is not None
    assert first.value == draft
    assert await store.replace(key, full, first.etag)
    assert await store.replace(key, draft, first.etag) is None
    stored = await store.get(key)
    assert stored is not None
    assert stored.value == full
    sent = replace(
        full,
        answers={},
        submitted_at=NOW,
        reference="K4Q-M7X-2P9-T",
        unaccepted={"email": ("amara@",)},
        keep=True,
        used_at=NINE,
        tries=2,
        comes_next=ComesNext.LATE,
    )
    assert await store.replace(key, sent, stored.etag)
    last = await store.get(key)
    assert last is not None
    assert last.value == sent
    (row,) = [found.row async for found in table.query()]
    assert not any(word in str(row) for word in (long[:20], "race"))
    await store.remove(key)
    assert await store.get(key) is None


async def test_the_longest_answers_of_a_draft_fit_into_a_row(table: Table) -> None:
    store = Drafts(table)
    secret, draft = begin(PROGRAMME, NOW)
    key = key_of(secret)
    assert key is not None
    # Quotes take two characters each, as a smiley does; there are 19 fields.
    for character in ('"', "\U0001f600"):
        full = replace(draft, answers={f"field_{number}": (character * 8_000,) for number in range(19)})
        await store.remove(key)
        assert await store.add(key, full)
        stored = await store.get(key)
        assert stored is not None
        assert stored.value == full


async def test_drafts_go_when_their_hour_has_come(table: Table) -> None:
    store = Drafts(table)
    keys = []
    for hours in (0, 0, 1, 2):
        secret, draft = begin(PROGRAMME, NINE + timedelta(hours=hours))
        key = key_of(secret)
        assert key is not None
        await store.add(key, draft)
        keys.append(key)
    day = timedelta(hours=24)

    assert await store.remove_ended(NINE + day - timedelta(seconds=1), 10) == 0
    assert await store.remove_ended(NINE + day, 1) == 1
    assert await store.remove_ended(NINE + day + timedelta(minutes=59), 10) == 1
    assert [await store.get(key) is None for key in keys] == [True, True, False, False]
    assert await store.remove_ended(NINE + day + timedelta(hours=9), 10) == 2


async def test_quarantine(table: Table) -> None:
    store = Quarantine(table)
    held = HeldApplication(
        programme=PROGRAMME,
        content="ab" * 32,
        status="Waiting",
        why=WORDS,
        received_at=NOW,
        reference="K4Q-M7X-2P9-T",
        full_name=WORDS,
        email="zoe@example.nhs.uk",
        organisation=WORDS,
        manager_email="boss@example.nhs.uk",
    )
    await store.put(held)
    await store.put(replace(held, programme="another"))
    await store.put(replace(held, status="Accepted"))
    # A row that somebody added by hand is nobody's application.
    await table.put({"PartitionKey": PROGRAMME, "RowKey": "typed", "Status": "Waiting"})

    assert [one async for one in store.all(PROGRAMME)] == [replace(held, status="Accepted")]
    await store.remove(PROGRAMME, held.content)
    await store.remove(PROGRAMME, held.content)
    assert [one async for one in store.all(PROGRAMME)] == []
    assert [one async for one in store.all("another")] == [replace(held, programme="another")]


async def test_tallies(table: Table) -> None:
    store = DailyCounters(table)
    first, second = date(2026, 2, 10), date(2026, 2, 11)

    counts = [await store.add(first, key, most=5) for key in ("a", "a", "b")]
    assert counts == [1, 2, 1]
    at_once = await asyncio.gather(*(store.add(second, "a", most=5) for _ in range(12)))
    assert sum(count <= 5 for count in at_once) <= 5
    assert all(count <= 6 for count in at_once)
    assert await store.add(second, "a", most=5) == 6
    assert [await store.first(second, "c"), await store.first(second, "c")] == [True, False]
    assert await store.remove_before(first, 10) == 0
    assert await store.remove_before(second, 1) == 1
    assert await store.remove_before(second, 10) == 2
    assert await store.first(second, "c") is False


async def test_equality_answers_before_and_after_they_are_mixed(table: Table) -> None:
    box, mixed = MonitoringBox(table, (b"n" * 32, b"o" * 32)), Monitoring(table)
    everything = EqualityAnswers("0123", {question.id: question.options[0].text for question in QUESTIONS})
    one = EqualityAnswers("4567", {"religion": "Sikh"})
    full = Box((everything, one), (replace(one, id="89ab"),), frozenset({"2026021009.mark"}))

    assert await box.get("box") == Stored(Box(), "")
    assert await box.replace("box", full, "")
    assert not await box.replace("box", Box(), "")
    before = await box.get("box")
    assert before.value == full
    assert await box.replace("box", full, before.etag)
    assert not await box.replace("box", Box(), before.etag)
    assert (await box.get("box")).value == full
    # Until it is sealed anew, a box opens with the key that it was sealed with.
    newer = MonitoringBox(table, (b"x" * 32, b"n" * 32))
    assert (await newer.get("box")).value == full
    assert (await MonitoringBox(table, (b"x" * 32,)).get("box")).value == Box()
    many = Box(tuple(EqualityAnswers(f"{number:032x}", everything.answers) for number in range(2_000)))
    assert await box.replace("box", many, (await box.get("box")).etag)
    assert (await box.get("box")).value == many
    for _ in range(2):
        await mixed.add(PROGRAMME, everything)
    await mixed.add(PROGRAMME, one)
    assert [found async for found in mixed.all(PROGRAMME)] == [everything, one]
    assert [await mixed.holds(PROGRAMME), await mixed.holds("nobody")] == [True, False]
    await mixed.clear(PROGRAMME)
    assert not await mixed.holds(PROGRAMME)
    assert await mixed.holds("box")
