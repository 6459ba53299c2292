"""Who acts from outside in the full journey, as people do: they try again until they see that it worked."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from shared.composition.root import App
from shared.domain.application import Answer, Application
from shared.domain.approval import ManagerAnswer
from shared.domain.cohort_model import Seat
from shared.domain.pairs import CheckInAnswer, PartnerAnswer
from shared.domain.references import Link, Purpose
from shared.ports import Body, Clock, Found, Row
from shared.services.applications.changes import KEEP
from shared.services.base.links import decision_page, own_page
from shared.services.base.tokens import Tokens
from shared.stores.applications import Applications
from shared.stores.names import TableName
from tests.faults.place import Place
from tests.faults.seams import Seams
from tests.world import PROGRAMME, answers, mentee

AMARA = "amara.okafor@example.nhs.uk"
TOM = "tom.hughes@example.nhs.uk"

SAM = "sam.lee@example.nhs.uk"
KIM = "kim.roe@example.nhs.uk"

type Act = Callable[[App], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does. ``act`` says whether they saw that it worked; ``wait`` passes before it."""

    name: str
    act: Act
    wait: timedelta = timedelta(0)


class Cast:
    """Everybody, and what they hold in their hands: links from mails, references from tables."""

    def __init__(self, place: Place, clock: Clock, seams: Seams) -> None:
        self._place = place
        self._seams = seams
        self._clock = clock
        self._tokens: Tokens = place.tokens

    def journey(self) -> list[Step]:
        """The full journey: submit, approve, confirm and invite, reschedule, check in, withdraw."""
        return [
            Step("the mentor's form arrives", self.form_arrives(answers(), "response-1")),
            Step("the mentee's form arrives", self.form_arrives(mentee(), "response-2")),
            Step(
                "the mentor's form is edited",
                self.form_arrives(answers(job_title="Ward manager"), "response-1"),
                _MINUTE,
            ),
            Step("the mentor's manager approves", self.manager_answers(AMARA)),
            Step("the mentee's manager approves", self.manager_answers(TOM)),
            Step("the mentor takes another date", self.chooses(AMARA, "mentor-training-2"), _DAY),
            Step("an administrator moves that date", self.session_is_moved, _DAY),
            Step("an administrator types a pair", self.pair_is_typed, _DAY),
            Step("the pair is introduced", nothing, timedelta(days=69)),
            Step("the first check-in is asked for", nothing, timedelta(days=33)),
            Step("the mentor answers it", self.answers_check_in),
            Step("the mentee withdraws", self.withdraws(TOM), _DAY),
        ]

    def waiting_list(self) -> list[Step]:
        """A session with one place: it is given back, offered, left to run out, offered to the next and taken."""
        sam = answers(full_name="Sam Lee", email=SAM, manager_email="boss.sam@example.nhs.uk")
        kim = answers(full_name="Kim Roe", email=KIM, manager_email="boss.kim@example.nhs.uk")
        kim["training_session"] = "mentor-training-2"
        return [
            Step("an administrator limits the places", self.places_are_limited, _MINUTE),
            Step("the first form arrives", self.form_arrives(answers(), "response-1"), _MINUTE),
            Step("the first manager approves", self.manager_answers(AMARA)),
            Step("the second form arrives", self.form_arrives(sam, "response-2")),
            Step("the second manager approves, and the session is full", self.manager_answers(SAM)),
            Step("the third form arrives", self.form_arrives(kim, "response-3")),
            Step("the third manager approves", self.manager_answers(KIM)),
            Step("the third person waits for the full session", self.waits(KIM, "mentor-training-1"), _MINUTE),
            Step("the first person gives the place back", self.chooses(AMARA, "mentor-training-2"), _DAY),
            Step("the place is offered", nothing, timedelta(minutes=10)),
            Step("the second person lets the offer run out", nothing, timedelta(days=3)),
            Step("the place is offered again", nothing, timedelta(minutes=10)),
            Step("the third person takes the place", self.chooses(KIM, "mentor-training-1"), _MINUTE),
        ]

    def in_a_name(self) -> list[Step]:
        """Two forms come in the name of somebody who has applied: the first is theirs, the second is not."""
        mine = answers(job_title="Matron", manager_email="boss.sam@example.nhs.uk", topics=["gender"])
        return [
            Step("the form arrives", self.form_arrives(answers(), "response-1"), _MINUTE),
            Step("another form of theirs arrives", self.form_arrives(mine, "response-2"), _DAY),
            Step("they say that it is theirs", self.decides(AMARA, "response-2", theirs=True), _MINUTE),
            Step("the other manager approves", self.manager_answers(AMARA), _DAY),
            Step("a stranger's form arrives", self.form_arrives(answers(full_name="Zzq"), "response-3"), _DAY),
            Step("they say that it is not theirs", self.decides(AMARA, "response-3", theirs=False), _MINUTE),
        ]

    def pairs(self) -> list[Step]:
        """Pairs are drawn, published, declined, drawn again, talked over and confirmed; then nobody else is left."""
        sam = answers(full_name="Sam Lee", email=SAM, manager_email="boss.sam@example.nhs.uk")
        return [
            Step("the first form arrives", self.form_arrives(answers(), "response-1"), _MINUTE),
            Step("the second form arrives", self.form_arrives(sam, "response-2")),
            Step("the third form arrives", self.form_arrives(mentee(), "response-3")),
            *(Step(f"the manager of {one} approves", self.manager_answers(one)) for one in (AMARA, SAM, TOM)),
            Step("pairs are drawn", self.types("draw pairs", "c1"), _DAY),
            Step("pairs are published", self.types("publish pairs", "c2", note="1"), _MINUTE),
            Step("the mentor says no", self.says_of_partner("MentorSays", PartnerAnswer.NO), _DAY),
            Step("the next pair is published", self.types("publish pairs", "c3", note="1"), _MINUTE),
            Step("the mentor would like to talk", self.says_of_partner("MentorSays", PartnerAnswer.TALK), _DAY),
            Step("the mentor says yes", self.says_of_partner("MentorSays", PartnerAnswer.YES), _DAY),
            Step("the mentee says yes", self.says_of_partner("MenteeSays", PartnerAnswer.YES)),
            Step("it is taken up", nothing, _DAY),
            Step("another is looked for", self.types("find another", "c4", of=TOM), _MINUTE),
            Step("both have been told", nothing, 6 * _MINUTE),
            Step("there is nobody", self.types("no partner this time", "c5", of=TOM), _MINUTE),
        ]

    def types(self, words: str, key: str, *, note: str = "", of: str = "") -> Act:
        """An administrator types a command; the next tick carries it out."""

        async def act(_: App) -> bool:
            reference = (await self._unseen(self._application(of))).reference if of else ""
            columns = {"Command": words, "Reference": reference, "Note": note}
            await self._unseen(self._place.type_in(TableName.COMMANDS, key, columns))
            return True

        return act

    def says_of_partner(self, column: str, says: PartnerAnswer) -> Act:
        """One of the two whom the newest offer is about opens the link of the mail and answers."""

        async def act(app: App) -> bool:
            table = self._place.plain_table(TableName.PAIRS)
            rows = await self._unseen(_all(table.query(PROGRAMME)))
            row = max(rows, key=lambda one: str(one.get("OfferedAt") or ""))
            seat = Seat.MENTOR if column == "MentorSays" else Seat.MENTEE
            link = self._tokens(Link(Purpose.PARTNER, PROGRAMME, str(row["PairId"]), 1, seat))
            view = await app.partners.answer(link, says)
            return view is not None and view.says is says

        return act

    def decides(self, email: str, response_id: str, *, theirs: bool) -> Act:
        """The person opens the link of the mail; after a press that failed they find out where things stand."""

        async def act(app: App) -> bool:
            application = await self._unseen(self._application(email))
            link = self._tokens(own_page(application))
            change = next((c for c in application.changes if c.response_id == response_id), None)
            if change is None:
                await app.changes.answer(link, KEEP, "")
                return application.response_id == response_id or not theirs
            after = await app.changes.answer(link, change.content if theirs else KEEP, change.content)
            return after is not None and (after.taken or after.kept)

        return act

    async def places_are_limited(self, _: App) -> bool:
        await self._unseen(self._place.type_in(TableName.SESSIONS, "mentor-training-1", {"Capacity": 1}))
        return True

    def waits(self, email: str, session: str) -> Act:
        async def act(app: App) -> bool:
            link = self._tokens(own_page(await self._unseen(self._application(email))))
            page = await app.own_pages.join_list(link, session)
            return page is not None and any(s.waiting and s.id == session for g in page.groups for s in g.sessions)

        return act

    def form_arrives(self, given: dict[str, object], response_id: str) -> Act:
        """The provider delivers, and delivers again until it is told that the body is stored."""
        at = self._clock.now().isoformat()

        async def act(app: App) -> bool:
            payload = {"form_id": PROGRAMME, "response_id": response_id, "submitted_at": at, "answers": given}
            data = json.dumps(payload).encode()
            content = hashlib.sha256(data).hexdigest()
            await app.outside.bodies.keep(Body(content, PROGRAMME, "standard", self._clock.now(), data))
            await app.outside.wakeups.submission(PROGRAMME, "standard", content)
            return True

        return act

    async def _application(self, email: str) -> Application:
        table = Applications(self._place.plain_table(TableName.APPLICATIONS))
        return next(iter([a async for a in table.all(PROGRAMME) if a.person.email == email]))

    def manager_answers(self, email: str) -> Act:
        async def act(app: App) -> bool:
            application = await self._unseen(self._application(email))
            assert application.request is not None
            link = self._tokens(decision_page(application, application.request.number))
            page = await app.approval.page(link)
            if page is None:
                return False
            after = await app.approval.answer(link, ManagerAnswer(Answer.APPROVE, page.revision))
            return after is not None and after.answer is Answer.APPROVE

        return act

    def chooses(self, email: str, session: str) -> Act:
        async def act(app: App) -> bool:
            link = self._tokens(own_page(await self._unseen(self._application(email))))
            page = await app.own_pages.choose_session(link, session)
            return page is not None and any(s.chosen and s.id == session for g in page.groups for s in g.sessions)

        return act

    def withdraws(self, email: str) -> Act:
        async def act(app: App) -> bool:
            link = self._tokens(own_page(await self._unseen(self._application(email))))
            page = await app.own_pages.withdraw(link)
            return page is not None and page.status == "Withdrawn"

        return act

    async def session_is_moved(self, _: App) -> bool:
        start = "2026-04-14T12:00:00Z", "2026-04-14T15:00:00Z"
        columns = {"StartsAt": start[0], "EndsAt": start[1], "Place": "Room 5"}
        await self._unseen(self._place.type_in(TableName.SESSIONS, "mentor-training-2", columns))
        return True

    async def pair_is_typed(self, _: App) -> bool:
        mentor, mentee_ = await self._unseen(self._application(AMARA)), await self._unseen(self._application(TOM))
        columns = {
            "Mentor": mentor.reference,
            "Mentee": mentee_.reference,
            "StartDate": "2026-04-20",
            "Status": "confirmed",
        }
        await self._unseen(self._place.type_in(TableName.PAIRS, "pair-1", columns))
        return True

    async def answers_check_in(self, app: App) -> bool:
        pairs = self._place.plain_table(TableName.PAIRS)
        pair = str([found.row["PairId"] async for found in pairs.query(PROGRAMME)].pop())
        link = self._tokens(Link(Purpose.CHECK_IN, PROGRAMME, pair, 1, "1.mentor"))
        answer = CheckInAnswer(met=True, met_on=None, rating=5, note="", wants_to_talk=False)
        return await app.checkins.answer(link, answer)

    async def _unseen[T](self, look: Awaitable[T]) -> T:
        """What people read in their mails and type in the portal goes through no seam of the app."""
        self._seams.open = False
        try:
            return await look
        finally:
            self._seams.open = True


async def _all(found: AsyncIterator[Found]) -> list[Row]:
    return [one.row async for one in found]


async def nothing(_: App) -> bool:
    return True


_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
