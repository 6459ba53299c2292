"""Duplicates, reorderings, edits, decisions, closing, withdrawal and lost hints in any order: what must always hold."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.domain.application import Answer, Application, LineManager, Status
from shared.domain.approval import ManagerAnswer
from shared.domain.references import Link, Purpose
from shared.ports import Cell
from shared.services.base.links import own_page
from shared.stores.applications import Applications
from shared.stores.names import TableName
from tests.factories import command
from tests.world import PROGRAMME, World, answers, mentee

PEOPLE = {"amara": answers, "tom": mentee}
TAKEN = {"Booked", "Place held", "Place offered"}
APPROVALS = {"approval request", "approval reminder"}


class AnyOrder(RuleBasedStateMachine):
    """One small cohort, and everything that can happen to it."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.bodies: list[bytes] = []
        self.versions: Counter[str] = Counter()
        self.seen_letters = 0
        self.seen_told = 0
        self.commands = 0
        self.taken: Counter[str] = Counter()
        self.capacities_changed = False
        self.run(self.world.tick())

    def run[T](self, work: Awaitable[T]) -> T:
        async def working() -> T:
            return await work

        return asyncio.run(working())

    async def _applications(self) -> list[Application]:
        table = Applications(self.world.tables(TableName.APPLICATIONS))
        return [application async for application in table.all(PROGRAMME)]

    def applications(self) -> list[Application]:
        return self.run(self._applications())

    # -- what happens

    @rule(
        who=st.sampled_from(sorted(PEOPLE)),
        role=st.sampled_from(["mentor", "mentee"]),
        older=st.integers(0, 90),
        lose=st.booleans(),
    )
    def a_form_arrives(self, who: str, role: str, older: int, lose: bool) -> None:
        """A new form, or an edit of one that was sent before; it may have been on its way for a while."""
        response = f"{who}-{role}"
        self.versions[response] += 1
        given = PEOPLE[who](role=role, training_session=f"{role}-training-1")
        given["job_title"] = f"Job {self.versions[response]}"
        at = self.world.clock.now() - timedelta(minutes=older)
        content = self.run(self.world.submit(given, response_id=response, submitted_at=at, run=False))
        self.bodies.append(self.world.bodies.kept[content].data)
        if lose:
            self.world.wakeups.submissions.clear()
        self.run(self.world.run())

    @precondition(lambda self: self.bodies)
    @rule(data=st.data())
    def an_earlier_delivery_is_repeated(self, data: st.DataObject) -> None:
        self.run(self.world.deliver(data.draw(st.sampled_from(self.bodies))))

    @precondition(lambda self: any(a.requests for a in self.applications()))
    @rule(data=st.data(), answer=st.sampled_from(list(Answer)), named=st.booleans(), lose=st.booleans())
    def a_manager_answers(self, data: st.DataObject, answer: Answer, named: bool, lose: bool) -> None:
        """Through the link of any request that was ever made, also one that was passed on or answered."""
        application = data.draw(st.sampled_from([a for a in self.applications() if a.requests]))
        request = data.draw(st.sampled_from(application.requests))
        link = Link(Purpose.DECISION, PROGRAMME, application.reference, request.link, str(request.number))
        token = self.world.tokens(link)
        page = self.run(self.world.app.approval.page(token))
        if page is None:
            return
        right = LineManager("Right Manager", f"right{request.number}@example.nhs.uk") if named else None
        self.run(self.world.app.approval.answer(token, ManagerAnswer(answer, page.revision, right_manager=right)))
        if lose:
            self.world.wakeups.mailboxes.clear()
        self.run(self.world.run())

    @precondition(lambda self: any(a.status is Status.APPROVED for a in self.applications()))
    @rule(data=st.data(), number=st.integers(1, 2))
    def somebody_takes_another_date(self, data: st.DataObject, number: int) -> None:
        application = data.draw(st.sampled_from([a for a in self.applications() if a.status is Status.APPROVED]))
        token = self.world.tokens(own_page(application))
        self.run(self.world.app.own_pages.choose_session(token, f"{application.role}-training-{number}"))
        self.run(self.world.run())

    @rule(capacity=st.sampled_from([1, 2, ""]), number=st.integers(1, 2), role=st.sampled_from(["mentor", "mentee"]))
    def the_places_of_a_session_are_limited(self, capacity: int | str, number: int, role: str) -> None:
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": f"{role}-training-{number}", "Capacity": capacity}
        self.run(self.world.type_in(TableName.SESSIONS, row))
        self.capacities_changed = True
        self.run(self.world.later(minutes=5))

    @precondition(lambda self: any(a.status is Status.APPROVED for a in self.applications()))
    @rule(data=st.data(), number=st.integers(1, 2), leave=st.booleans())
    def somebody_joins_or_leaves_a_waiting_list(self, data: st.DataObject, number: int, leave: bool) -> None:
        application = data.draw(st.sampled_from([a for a in self.applications() if a.status is Status.APPROVED]))
        token = self.world.tokens(own_page(application))
        pages = self.world.app.own_pages
        session = f"{application.role}-training-{number}"
        self.run(pages.leave_list(token, session) if leave else pages.join_list(token, session))
        self.run(self.world.run())

    @precondition(lambda self: any(a.status is not Status.ERASED for a in self.applications()))
    @rule(data=st.data(), surname=st.sampled_from(["Jones", "Okafor", "Ng"]))
    def somebody_corrects_their_name(self, data: st.DataObject, surname: str) -> None:
        application = data.draw(st.sampled_from([a for a in self.applications() if a.status is not Status.ERASED]))
        token = self.world.tokens(own_page(application))
        given = {"full_name": f"Amara {surname}", "job_title": "Nurse", "band": "6"}
        self.run(self.world.app.own_pages.correct(token, given))
        self.run(self.world.run())

    @precondition(lambda self: any(a.status is not Status.ERASED for a in self.applications()))
    @rule(data=st.data(), take_back=st.booleans())
    def somebody_asks_for_deletion(self, data: st.DataObject, take_back: bool) -> None:
        application = data.draw(st.sampled_from([a for a in self.applications() if a.status is not Status.ERASED]))
        token = self.world.tokens(own_page(application))
        self.run(self.world.app.own_pages.ask_for_deletion(token, take_back=take_back))
        self.run(self.world.run())

    @precondition(lambda self: any(a.status is not Status.ERASED for a in self.applications()))
    @rule(data=st.data())
    def somebody_withdraws(self, data: st.DataObject) -> None:
        application = data.draw(st.sampled_from([a for a in self.applications() if a.status is not Status.ERASED]))
        self.run(self.world.app.own_pages.withdraw(self.world.tokens(own_page(application))))
        self.run(self.world.run())

    @precondition(lambda self: self.applications())
    @rule(data=st.data(), words=st.sampled_from(["resend approval", "approve late", "admit", "withdraw", "erase"]))
    def an_administrator_types_a_command(self, data: st.DataObject, words: str) -> None:
        application = data.draw(st.sampled_from(self.applications()))
        self.commands += 1
        self.run(command(self.world, words, application.reference, key=str(self.commands)))

    @rule(hours=st.sampled_from([0.01, 0.1, 1, 30, 24 * 4, 24 * 20]))
    def time_passes(self, hours: float) -> None:
        self.run(self.world.later(hours=hours))

    @rule(day=st.integers(1, 28), month=st.integers(2, 4))
    def the_closing_date_is_moved(self, day: int, month: int) -> None:
        closes = datetime(2026, month, day, 23, 59, 59, tzinfo=UTC)
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "ClosesAt": closes}
        self.run(self.world.type_in(TableName.PROGRAMMES, row))
        self.run(self.world.later(minutes=5))

    @rule()
    def every_hint_is_lost(self) -> None:
        self.world.wakeups.submissions.clear()
        self.world.wakeups.mailboxes.clear()

    # -- what always holds

    @invariant()
    def one_application_per_person_and_role(self) -> None:
        live = [(a.person.email.casefold(), a.role) for a in self.applications() if a.person.email and a.role]
        assert [key for key, count in Counter(live).items() if count > 1] == []

    @invariant()
    def nobody_is_beyond_the_capacity_who_was_not_before_it(self) -> None:
        """A smaller capacity sends nobody away; apart from that no place is given twice."""
        taken = Counter(str(b["Session"]) for b in self.world.rows(TableName.BOOKINGS) if b["Status"] in TAKEN)
        for row in self.world.rows(TableName.SESSIONS):
            session, capacity = str(row["RowKey"]), row.get("Capacity")
            over = isinstance(capacity, int) and taken[session] > capacity
            assert not over or self.capacities_changed or taken[session] <= self.taken[session], session
        self.taken, self.capacities_changed = taken, False

    @invariant()
    def only_who_waits_or_has_a_place_stands_in_a_session(self) -> None:
        approved = {a.reference for a in self.applications() if a.status is Status.APPROVED}
        standing = {str(b["Reference"]) for b in self.world.rows(TableName.BOOKINGS) if b["Status"] != "Cancelled"}
        assert standing <= approved

    @invariant()
    def everybody_is_booked_under_their_present_name(self) -> None:
        names = {a.reference: a.person.full_name for a in self.applications()}
        standing = [b for b in self.world.rows(TableName.BOOKINGS) if b["Status"] != "Cancelled"]
        assert [b["RowKey"] for b in standing if b["FullName"] != names[str(b["Reference"])]] == []

    @invariant()
    def one_decision_is_in_force(self) -> None:
        decided = {Status.APPROVED: Answer.APPROVE, Status.DECLINED: Answer.DECLINE}
        for application in self.applications():
            if application.status in decided:
                assert application.request is not None
                assert application.request.answer is decided[application.status]
            assert [r for r in application.requests[:-1] if r.answer is Answer.APPROVE and r.answered_at is None] == []

    @invariant()
    def nobody_is_mailed_twice(self) -> None:
        keys = Counter(letter.key for letter in self.world.mailbox.sent)
        assert [key for key, count in keys.items() if count > 1] == []

    @invariant()
    def no_manager_is_asked_after_an_answer(self) -> None:
        by_reference = {application.reference: application for application in self.applications()}
        for row in self.world.rows(TableName.MESSAGES):
            if row["Kind"] not in APPROVALS or not isinstance(row.get("SentAt"), datetime):
                continue
            application = by_reference[str(row["Reference"])]
            request = next((r for r in application.requests if str(r.number) == str(row["Detail"])), None)
            if request is not None and request.answered_at is not None:
                assert row["SentAt"] <= request.answered_at, f"{row['RowKey']} left after the answer"  # type: ignore[operator]

    @invariant()
    def calendars_hear_of_each_change_once(self) -> None:
        holds: dict[tuple[str, str], bool] = {}
        for event, email, what in self.world.calendar.told:
            if what == "invited":
                assert not holds.get((event, email)), "invited twice"
                holds[event, email] = True
            elif what in {"removed", "cancelled"}:
                assert holds.get((event, email)), "removed without an invite"
                holds[event, email] = False

    @invariant()
    def nobody_who_left_is_invited(self) -> None:
        told = self.world.calendar.told[self.seen_told :]
        self.seen_told = len(self.world.calendar.told)
        invited = {email for _, email, what in told if what == "invited"}
        approved = {a.person.email for a in self.applications() if a.status is Status.APPROVED}
        assert invited <= approved

    def teardown(self) -> None:
        """In the end everything comes to rest, and every body that arrived was taken in."""
        if not hasattr(self, "world"):
            return
        for _ in range(8):
            self.run(self.world.later(minutes=10))
        waiting = {"Preparing", "Draft made", "Handed over"}
        assert [row["RowKey"] for row in self.world.rows(TableName.MESSAGES) if row["Status"] in waiting] == []
        taken = {row["RowKey"] for row in self.world.rows(TableName.SUBMISSIONS)}
        assert set(self.world.bodies.kept) <= taken


AnyOrder.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
test_whatever_the_order = AnyOrder.TestCase
