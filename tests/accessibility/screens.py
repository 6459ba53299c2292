"""Every page that people can come to, in every state it has, and how each is reached.

``arrange`` plays the story up to the link on the pipeline in memory and returns the path; ``act`` does the rest in
the browser, as a person would. A page that is added to the app is added here: ``test_screens`` fails for a door or a
template that no screen reaches.
"""

import json
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

from shared.domain.application import Answer, LineManager, Status
from shared.domain.cohort_model import Releaser, State, Unit
from shared.domain.draft import MOST_TRIES
from shared.domain.earlier import Details, Earlier
from shared.domain.pairs import PartnerAnswer
from shared.domain.programme import Programme
from shared.errors import TemporaryFailure
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, TOM, approved_pair, command, manager_says, own_link, with_model
from tests.own_questions import asking_more, evaluation
from tests.visitor import come_to, just_sent
from tests.world import NINE, PROGRAMME, World, answers, cohort_7, mentee, token


@dataclass(frozen=True)
class Kept:
    """A path for a browser that has been here before, with the cookie that it keeps."""

    path: str
    cookie: str


type Arrange = Callable[[World], Coroutine[Any, Any, str | Kept]]
type Act = Callable[[Page], None]

DEADLINE_OVER = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
CLOSED = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
ALL_OVER = datetime(2027, 3, 15, 15, 0, tzinfo=UTC)
FULL, OTHER = "mentor-training-1", "mentor-training-2"
THANKS = "Thank you for taking part"
AFTER_SENDING = ("sent", "equality")


UNDECIDED = {"area": "northamptonshire", "sector": "other_healthcare"}


def stay(_page: Page) -> None:
    """Nothing more to do: the page is the one that the link opens."""


@dataclass(frozen=True)
class Screen:
    """A page in one state, by its template. ``title`` is what its title says before the programme's name."""

    template: str
    state: str
    title: str
    arrange: Arrange
    act: Act = stay

    @property
    def name(self) -> str:
        """For people who read a list of tests."""
        return f"{self.template}, {self.state}"

    @property
    def is_error(self) -> bool:
        """Whether the page says that something in a form is wrong."""
        return self.title.startswith("Error: ")


# -- stories


async def asked(world: World) -> str:
    """A mentor has applied; the manager's link."""
    await world.submit()
    return f"/decisions/{token(world.letters(PRIYA.email, 'release')[-1], 'decisions')}"


async def told(world: World) -> str:
    """The manager has approved and the applicant knows it, so nothing can be corrected."""
    path = await asked(world)
    await manager_says(world, PRIYA.email)
    return path


async def passed_on(world: World) -> str:
    """The manager has said who the right manager is."""
    path = await asked(world)
    await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT, right_manager=LineManager("Grace Bell", GRACE))
    return path


async def replaced(world: World) -> str:
    """The applicant has named another manager since."""
    path = await asked(world)
    await world.app.own_pages.name_manager(own_link(world, AMARA), LineManager("Grace Bell", GRACE))
    await world.run()
    return path


async def not_needed(world: World) -> str:
    """The applicant has since given an area that this cohort is not for."""
    await world.submit(response_id="one")
    path = f"/decisions/{token(world.letters(PRIYA.email, 'release')[-1], 'decisions')}"
    await world.submit(answers(area="elsewhere"), response_id="one", submitted_at=NINE + timedelta(hours=1))
    return path


async def too_late(world: World) -> str:
    """The manager opens the link after the last day."""
    path = await asked(world)
    await world.tick(DEADLINE_OVER)
    return path


async def withdrawn_since(world: World) -> str:
    """The applicant has withdrawn since the manager was asked."""
    path = await asked(world)
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    return path


def own(world: World, email: str = AMARA, step: str = "") -> str:
    """The path of a person's own page."""
    return f"/me/{own_link(world, email)}" + (f"?step={step}" if step else "")


def applied(step: str = "", status: Status = Status.AWAITING_MANAGER, **changes: object) -> Arrange:
    """Somebody has applied with these answers, and has come to this; their own page."""

    async def arrange(world: World) -> str:
        await world.tick()
        await world.submit(answers(**changes))
        assert world.application()["Status"] == status
        return own(world, step=step)

    return arrange


async def wrong_manager(world: World) -> str:
    """The page on which an answer that could not be accepted is asked again."""
    await world.submit(answers(manager_email="not an address"))
    return own(world, step="mend")


async def new_address(world: World) -> str:
    """The link to confirm another address that was asked for on the own page."""
    await world.submit()
    found = await world.app.own_pages.behind_now(own_link(world, AMARA))
    assert found is not None
    assert not await world.app.addresses.ask(*found, "amara.new@example.org", who="the applicant")
    await world.run()
    return f"/me/{token(world.letters('amara.new@example.org')[-1], 'me')}"


async def new_address_of_before(world: World) -> str:
    """The same link, when two weeks have passed."""
    path = await new_address(world)
    world.clock.advance(timedelta(days=15))
    return path


def answered(answer: Answer, **more: Any) -> Arrange:
    """The manager has answered; the applicant's own page."""

    async def arrange(world: World) -> str:
        await world.tick()
        await world.submit()
        await manager_says(world, PRIYA.email, answer, **more)
        return own(world)

    return arrange


async def mentee_approved(world: World) -> str:
    """A mentee who has not chosen a date has a place."""
    await world.tick()
    await world.submit(mentee(training_session=None))
    await manager_says(world, GRACE)
    return own(world, TOM)


def recurring(then: Arrange) -> Arrange:
    """The peer support meetings go on for ever, and one has a date."""

    async def arrange(world: World) -> str | Kept:
        groups = [
            group.model_copy(update={"recurring": True, "how_often": "every 2 months", "sessions": group.sessions[:1]})
            if group.id == "peer-support"
            else group
            for group in cohort_7().groups
        ]
        world.files.change(PROGRAMME, groups=tuple(group.with_next() for group in groups))
        return await then(world)

    return arrange


async def late(world: World) -> str:
    """The application came after closing."""
    await world.tick(CLOSED)
    await world.submit()
    return own(world)


async def lapsed(world: World) -> str:
    """Nobody answered in time."""
    await world.submit()
    await world.tick(DEADLINE_OVER)
    return own(world)


async def withdrawn(world: World) -> str:
    """The person has withdrawn."""
    await withdrawn_since(world)
    return own(world)


async def deletion_asked(world: World) -> str:
    """The person has asked for deletion."""
    await answered(Answer.APPROVE)(world)
    await world.app.own_pages.ask_for_deletion(own_link(world, AMARA))
    await world.run()
    return own(world)


async def full_session(world: World, *, waits: bool) -> str:
    """One place in a session, and it is taken; Amara has the other date, and may wait for this one."""
    await world.tick()
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": FULL, "Capacity": 1})
    await world.submit(answers(full_name="Ann Lee", email="ann.lee@example.nhs.uk", manager_email=GRACE))
    await manager_says(world, GRACE)
    await world.submit(answers(training_session=OTHER))
    await manager_says(world, PRIYA.email)
    if waits:
        await world.app.own_pages.join_list(own_link(world, AMARA), FULL)
        await world.run()
    return own(world)


async def full(world: World) -> str:
    """A session is full, and there is a list to join."""
    return await full_session(world, waits=False)


async def waiting(world: World) -> str:
    """On the waiting list."""
    return await full_session(world, waits=True)


async def offered(world: World) -> str:
    """A place has come free and is kept."""
    path = await waiting(world)
    await world.app.own_pages.withdraw(own_link(world, "ann.lee@example.nhs.uk"))
    await world.later(minutes=5)
    return path


async def before_a_session(world: World) -> str:
    """The day before a session: attendance can be confirmed."""
    await answered(Answer.APPROVE)(world)
    await world.tick(datetime(2026, 3, 25, 9, 0, tzinfo=UTC))
    return own(world)


async def expired(world: World) -> str:
    """The link is older than the programme's end."""
    path = await asked(world)
    await world.tick(ALL_OVER)
    return path


async def own_expired(world: World) -> str:
    """The own page's link is older than the programme's end."""
    await expired(world)
    return own(world)


async def own_replaced(world: World) -> str:
    """A newer link has been sent."""
    path = await own_expired(world)
    await world.app.own_pages.send_new_link(own_link(world, AMARA))
    await world.run()
    return path


async def own_replaced_before(world: World) -> str:
    """A newer link was sent yesterday."""
    path = await own_replaced(world)
    world.clock.advance(timedelta(days=1))
    return path


async def full_meanwhile(world: World) -> str:
    """Somebody else has taken the last place of the date that was chosen, before the manager answered."""
    await world.tick()
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": FULL, "Capacity": 1})
    await world.submit()
    await world.submit(answers(full_name="Ann Lee", email="ann.lee@example.nhs.uk", manager_email=GRACE))
    await manager_says(world, GRACE)
    return own(world)


async def cut_short(world: World) -> str:
    """Half the link is missing."""
    return (await asked(world))[:30]


async def nowhere(_world: World) -> str:
    """A link that was never made."""
    return f"/me/{'x' * 43}"


async def storage_away(world: World) -> str:
    """Storage does not answer."""
    path = await asked(world)

    async def fail(*_arguments: object) -> None:
        raise TemporaryFailure("storage does not answer")

    world.tables(TableName.LINKS).get = fail  # type: ignore[assignment, method-assign]  # as a broken line would
    return path


async def met(world: World) -> str:
    """A pair has had time for a first meeting; the mentor's link to the check-in."""
    mentor, mentee_ = await approved_pair(world)
    pair = {"Mentor": mentor, "Mentee": mentee_, "StartDate": "2026-04-20", "Status": "confirmed"}
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", **pair})
    await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    return f"/checkins/{token(world.letters(AMARA, 'Meeting 1')[0], 'checkins')}"


async def evaluated(world: World) -> str:
    """A pair of a programme with evaluation questions is half way; the mentor's link to them."""
    world.files.change(PROGRAMME, evaluation=evaluation())
    await met(world)
    await world.tick(datetime(2026, 7, 20, 9, 0, tzinfo=UTC))
    return f"/evaluations/{token(world.letters(AMARA, 'Half way')[0], 'evaluations')}"


async def partner_offered(world: World) -> str:
    """Both of a pair have been told of each other; the mentor's link to say yes or no."""
    mentor, mentee_ = await approved_pair(world)
    world.clock.set(datetime(2026, 4, 15, 9, 0, tzinfo=UTC))
    pair = {"Mentor": mentor, "Mentee": mentee_, "StartDate": "2026-05-04", "Status": "offered"}
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", **pair})
    await world.later(minutes=5)
    return f"/partner/{token(world.letters(AMARA, 'A partner for you')[0], 'partner')}"


async def partner_shown(world: World) -> str:
    """The own page of somebody who has been told of a partner."""
    await partner_offered(world)
    return f"/me/{own_link(world, AMARA)}"


async def partner_confirmed(world: World) -> str:
    """Nobody has said no in time."""
    path = await partner_offered(world)
    for day in (21, 22):
        await world.tick(datetime(2026, 4, day, 9, 0, tzinfo=UTC))
    return path


async def partner_unsettled(world: World) -> str:
    """Somebody would like to talk first, and the last day to say no is over."""
    path = await partner_offered(world)
    await world.app.partners.answer(path.rpartition("/")[2], PartnerAnswer.TALK)
    await world.tick(datetime(2026, 4, 22, 9, 0, tzinfo=UTC))
    return path


async def left_out(world: World) -> str:
    """Pairs were published, and the mentor is in none of them."""
    mentor, _ = await approved_pair(world)
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": mentor}
    await world.type_in(TableName.APPLICATIONS, {**row, "LeftOutAt": datetime(2026, 4, 15, 9, 0, tzinfo=UTC)})
    return f"/me/{own_link(world, AMARA)}"


async def parted(world: World) -> str:
    """The pair has ended since."""
    path = await met(world)
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", "Status": "ended"})
    await world.later(minutes=5)
    return path


def at_the_end(step: str = "") -> Arrange:
    """The programme is over for a mentor who was trained and met four times."""

    async def arrange(world: World) -> str:
        path = await met(world)
        for row in world.rows(TableName.CHECK_INS):
            if int(str(row["Meeting"])) <= 4:
                await world.type_in(TableName.CHECK_INS, {**row, "Met": "yes", "Status": "Answered"})
        world.clock.set(datetime(2026, 12, 15, 9, 0, tzinfo=UTC))
        assert path
        return own(world, step=step)

    return arrange


def wishes(page: Page) -> None:
    """Choose what to be told of, and save it."""
    page.get_by_label("Tell me when the next cohort opens").check()
    page.get_by_role("button", name="Save what I would like").click()


async def took_part_before(_world: World) -> str:
    """Where people of an earlier cohort ask for a link."""
    return f"/returning/{PROGRAMME}"


def took_part_at(now: datetime) -> Arrange:
    """The same page at another time."""

    async def arrange(world: World) -> str:
        world.clock.set(now)
        return await took_part_before(world)

    return arrange


async def date_cancelled(world: World) -> Kept:
    """The date that was chosen has been cancelled before the answers were checked."""
    kept = await filled_in(world, "check")
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": FULL, "Status": "cancelled"})
    return kept


async def many_asked(world: World) -> str:
    """Several people have been asked to release one."""
    await applied()(world)
    for n in range(4):
        manager = LineManager("Jo", f"jo{n}@example.org")
        await world.app.own_pages.name_manager(own_link(world, AMARA), manager)
    return own(world)


def in_their_name(step: str = "change", state: Arrange | None = None, **changes: object) -> Arrange:
    """Somebody has filled in the form with the address of a person who has applied."""

    async def arrange(world: World) -> str:
        await (state or applied())(world)
        world.clock.advance(timedelta(hours=1))
        await world.submit(answers(manager_name="Jo Boss", topics=["gender"], about_you="Other words.", **changes))
        return f"{own(world)}?step={step}" if step else own(world)

    return arrange


async def twice_in_their_name(world: World) -> str:
    """Two such forms wait."""
    await in_their_name()(world)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(job_title="Matron"))
    return f"{own(world)}?step=change"


async def no_programme(_world: World) -> str:
    """A programme that is not there."""
    return "/returning/no-such-programme"


async def known(world: World) -> str:
    """The link to stored details."""
    details = Details("Amara Okafor", AMARA, "Nurse", "5", "Trust", "nhs", "llr", "Priya Shah", PRIYA.email)
    await world.app.earlier.bring_in([Earlier(details, "cohort 6", date(2027, 3, 31))])
    programme = world.app.returning.programme(PROGRAMME)
    assert programme is not None
    await world.app.returning.ask(programme, AMARA)
    await world.run()
    return f"/welcome-back/{token(world.letters(AMARA, 'Your details')[-1], 'welcome-back')}"


async def known_late(world: World) -> str:
    """Applications have closed since the link was sent."""
    world.clock.set(CLOSED - timedelta(days=3))
    path = await known(world)
    await world.tick(CLOSED)
    return path


async def known_too_early(world: World) -> str:
    """Applications have not opened yet."""
    world.clock.set(datetime(2026, 1, 20, 9, 0, tzinfo=UTC))
    return await known(world)


async def known_too_late(world: World) -> str:
    """Late applications are no longer taken either."""
    world.clock.set(DEADLINE_OVER + timedelta(days=5))
    return await known(world)


async def known_expired(world: World) -> str:
    """The link has run out."""
    path = await known(world)
    await world.later(days=20)
    return path


def at_page(page: str, **changes: object) -> Arrange:
    """Our own form, filled in up to this page with these answers."""

    async def arrange(world: World) -> Kept:
        await world.tick()
        return await filled_in(world, page, **changes)

    return arrange


def at_own_question(question: str) -> Arrange:
    """A question of the programme's own, as one of every type is asked."""

    async def arrange(world: World) -> Kept:
        world.files.change(PROGRAMME, questions=asking_more().questions)
        visitor = await come_to(world, "check")
        return Kept(f"/apply/{PROGRAMME}/question-{question}", visitor.cookie)

    return arrange


async def filled_in(world: World, page: str, **changes: object) -> Kept:
    """A browser on this page of the form."""
    visitor = (await just_sent(world, **changes))[0] if page in AFTER_SENDING else await come_to(world, page, **changes)
    return Kept(f"/apply/{PROGRAMME}/{page}", visitor.cookie)


def form_at(now: datetime) -> Arrange:
    """The first page of the form at a time."""

    async def arrange(world: World) -> str:
        await world.tick(now)
        return f"/apply/{PROGRAMME}"

    return arrange


def first_page_after(page: str) -> Arrange:
    """The first page for somebody who had come as far as this one."""

    async def arrange(world: World) -> Kept:
        return replace(await filled_in(world, page), path=f"/apply/{PROGRAMME}")

    return arrange


async def changed_elsewhere(world: World) -> Kept:
    """The check was left with other answers than there are by now."""
    kept = await filled_in(world, "declaration")
    return replace(kept, path=f"{kept.path}?seen=other")


async def used_already(world: World) -> str:
    """The first page was used before, in another browser; nothing here makes one, so the answer is put in its place."""

    async def again(*_arguments: object) -> bool:
        return False

    world.app.own_form._counter.is_first_use = again  # type: ignore[assignment, method-assign]
    return f"/apply/{PROGRAMME}"


def at_whose(page: str) -> Arrange:
    """The question whose draft it is, for somebody who comes after one who had come as far as this page."""

    async def arrange(world: World) -> Kept:
        return replace(await filled_in(world, page), path=f"/apply/{PROGRAMME}/continue")

    return arrange


async def at_delete(world: World) -> Kept:
    """The question whether what was typed is to be deleted."""
    return replace(await filled_in(world, "topics"), path=f"/apply/{PROGRAMME}/delete")


async def tried_too_often(world: World) -> Kept:
    """One wrong address is left to be tried."""
    visitor = await come_to(world, "topics")
    for number in range(MOST_TRIES - 1):
        await visitor.press("continue", {"address": f"x{number}@example.org"})
    return Kept(f"/apply/{PROGRAMME}/continue", visitor.cookie)


async def few_places(world: World) -> Kept:
    """The question for a session, of which one is full and the other nearly."""
    await world.tick()
    for session, capacity in ((FULL, 1), (OTHER, 2)):
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": session, "Capacity": capacity}
        await world.type_in(TableName.SESSIONS, row)
    await world.submit(answers(full_name="Ann Lee", email="ann.lee@example.nhs.uk", manager_email=GRACE))
    await manager_says(world, GRACE)
    return await filled_in(world, "training-session")


async def closed_meanwhile(world: World) -> Kept:
    """The form closed while it was filled in."""
    world.clock.set(CLOSED - timedelta(minutes=50))
    kept = await filled_in(world, "declaration")
    await world.tick(CLOSED)
    return kept


async def very_many_asked(world: World) -> str:
    """Very many addresses were typed from one network; nothing here names one, so the answer is put in its place."""

    async def refuse(*_arguments: object, **_more: object) -> bool:
        return False

    world.app.returning.ask = refuse  # type: ignore[method-assign]
    return f"/returning/{PROGRAMME}"


async def answers_gone(_world: World) -> str:
    """A page of the form in a browser that keeps no draft."""
    return f"/apply/{PROGRAMME}/topics"


async def sent_long_ago(_world: World) -> str:
    """The page after sending, in a browser whose draft is over."""
    return f"/apply/{PROGRAMME}/sent"


async def no_page(_world: World) -> str:
    """An address of the form that never was a page."""
    return f"/apply/{PROGRAMME}/nope"


async def no_form(_world: World) -> str:
    """The form of a programme that is not there."""
    return "/apply/no-such-programme"


async def erased(world: World) -> str:
    """Everything about the person is gone."""
    await world.submit()
    path = own(world)
    await command(world, "erase", str(world.application()["RowKey"]))
    return path


# -- what people do in the browser


def press(name: str) -> Act:
    """Press a button that leads to the next page, or back to this one."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name).first.click()

    return act


def choose(label: str) -> Act:
    """Tick a radio button or a box."""

    def act(page: Page) -> None:
        page.get_by_label(label, exact=True).first.check()

    return act


def fill(label: str, text: str) -> Act:
    """Fill in a field."""

    def act(page: Page) -> None:
        page.get_by_label(label, exact=True).fill(text)

    return act


def unfold(words: str) -> Act:
    """Open what is folded away."""

    def act(page: Page) -> None:
        page.get_by_text(words, exact=True).click()

    return act


def in_turn(*acts: Act) -> Act:
    """One after the other."""

    def act(page: Page) -> None:
        for each in acts:
            each(page)

    return act


def from_another_site(page: Page) -> None:
    """Send the form from a page of somebody else's, which is where a forged one comes from."""
    target = page.url
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{target}"><button>Win a prize</button></form>')
    page.get_by_role("button").click()
    page.wait_for_url(target)


def open_download(page: Page) -> None:
    """Save the file with one's own data, and open it from the disk."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data", exact=True).click()
    file = Path(tempfile.mkdtemp()) / download.value.suggested_filename
    download.value.save_as(file)
    page.goto(file.as_uri())


def check_first(role: Literal["radio", "checkbox"]) -> Act:
    """Tick the first of its kind."""

    def act(page: Page) -> None:
        page.get_by_role(role).first.check()

    return act


def press_last(page: Page) -> None:
    """Press the last button of the page."""
    with page.expect_navigation():
        page.get_by_role("button").last.click()


def answer_the_welcome(page: Page) -> None:
    """Answer what is asked anew, as a mentor."""
    page.locator("input[name=role]").first.check()
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    for agreed in ("manager_agreed", "consent"):
        page.locator(f"input[name={agreed}]").first.check()
    press_last(page)


SEND = press("Send my answer")
DECISION = "Can you release Amara Okafor?"
ANSWERED = "Your answer about Amara Okafor"
MOOT = "Your answer is not needed any more"
OWN = "Your application"
AGAIN = "Did you fill in the form again?"
CONTINUE = press("Continue")
OFFER = "Is this partner right for you?"
SAYS_YES = in_turn(choose("Yes"), SEND)
SAYS_TALK = in_turn(choose("I would like to talk to somebody first"), SEND)
SAYS_NO = in_turn(choose("No, I would rather meet somebody else"), SEND)
MEETING = "How was meeting 1 of 6?"
BEFORE = "I took part before"
WRONG_MANAGER = in_turn(
    choose("I am not their line manager"), fill("Their work email address (optional)", "grace"), SEND
)
APPROVES = in_turn(choose("Yes, I approve the time away"), SEND)
DECLINES = in_turn(choose("No, I cannot release them"), fill("Reason (optional)", "Short of staff"), SEND)


def declines_elsewhere(page: Page) -> None:
    """Answer in another window, while this one still shows the question."""
    other = page.context.new_page()
    other.goto(page.url)
    DECLINES(other)
    other.close()


NAMES_NOBODY = in_turn(unfold("Name your line manager"), fill("Your line manager's name", "Jo"), press("Ask this line"))
NAMES_ANOTHER = in_turn(
    unfold("Name your line manager"),
    fill("Your line manager's name", "Jo"),
    fill("Your line manager's work email address", "jo@example.org"),
    press("Ask this line"),
)
CHANGES_DATE = in_turn(check_first("radio"), press("Save this date"))
ABOUT = "What you told us about yourself"
MENDS = in_turn(
    fill("What is your line manager's work email address?", "boss@example.nhs.uk"), press("Send my corrections")
)
TELLS_TOO_MUCH = in_turn(
    fill("Do you have any access or support needs we should know about? (optional)", "x" * 4100), press("Save")
)
FORGETS_NAME = in_turn(fill("Your full name", ""), press("Save my details"))
WANTS_TO_TALK = in_turn(choose("Yes"), choose("Very good"), choose("I would like to talk to someone privately"), SEND)
ASKS = in_turn(fill("The email address you used then", AMARA), press_last)

CONTINUE = press("Continue")
CURLY = in_turn(lambda page: page.locator("#email").fill("o\u2019brien@trust.example"), CONTINUE)
WRONG_ADDRESS = in_turn(fill("The email address that you gave in the application", "x@example.org"), CONTINUE)
FORM = "Apply to take part"
NOT_YET = "This cohort is not open to everybody yet"
DECIDES = "The programme team looks at your application first"
MENTEE: dict[str, object] = {"role": "mentee", "training_session": "mentee-training-1"}
TOO_LONG = in_turn(lambda page: page.locator("textarea").fill("long " * 900), CONTINUE)
FAR_TOO_LONG = in_turn(lambda page: page.locator("textarea").fill("long " * 60_000), CONTINUE)
QUESTIONS = (
    ("area", "Where do you work? (question 1 of 16)"),
    ("sector", "What type of organisation do you work for? (question 2 of 16)"),
    ("role", "Which role would you like? (question 3 of 16)"),
    ("time", "Reverse mentor: what it takes"),
    ("full-name", "What is your full name? (question 4 of 16)"),
    ("email", "What is your work email address? (question 5 of 16)"),
    ("job-title", "What is your job title? (question 6 of 16)"),
    ("band", "What is your Agenda for Change band or grade? (question 7 of 16)"),
    ("organisation", "Your organisation (question 8 of 16)"),
    ("manager", "Your line manager (question 9 of 16)"),
    ("topics", "Topics (question 11 of 16)"),
    ("about-you", "Why would you like to take part? (question 12 of 16)"),
    ("meeting", "Meeting your partner (question 13 of 16)"),
    ("access-needs", "Do you have any access or support needs we should know about? (question 14 of 16)"),
    ("training-session", "Reverse mentors: which training date do you prefer? (question 15 of 16)"),
    ("previous-participant", "Have you taken part in an earlier cohort? (question 16 of 16)"),
    ("check", "Check your answers"),
    ("declaration", "Declaration"),
)
TITLES = dict(QUESTIONS)
OWN_QUESTIONS = {
    "meals": "What do you eat? (question 17 of 23)",
    "matters": "What matters most to you? (question 18 of 23)",
    "begins": "From which day could you begin? (question 20 of 23)",
    "hopes": "What do you hope for? (question 21 of 23)",
}


def same_twice(page: Page) -> None:
    """Give the first and the second place to one option."""
    for box in page.locator("select").all()[:2]:
        box.select_option("share")


LONG_ANSWER = in_turn(choose("No"), lambda page: page.locator("textarea").fill("long " * 900), press("Send my answers"))
TWICE = in_turn(same_twice, CONTINUE)
AGREED = (
    "Have you agreed with your line manager that you can be released for the dates of your role? (question 10 of 16)"
)


def in_state(state: State) -> Arrange:
    """The first page of a programme without a cohort that takes anybody."""

    async def arrange(world: World) -> str:
        with_model_of(world, state=state)
        await world.tick()
        return f"/apply/{PROGRAMME}"

    return arrange


def with_model_of(world: World, **changes: object) -> Programme:
    """The programme of the world, with some of its model changed."""
    programme = with_model(cohort_7(), **changes)
    world.files.change(PROGRAMME, model=programme.model)
    return programme


def interested(state: State = State.INTEREST) -> Arrange:
    """The page on which people ask to hear of the next cohort."""

    async def arrange(world: World) -> str:
        with_model_of(world, state=state)
        await world.tick()
        return f"/interest/{PROGRAMME}"

    return arrange


async def on_the_list(world: World) -> str:
    """The link of somebody who waits to hear of the next cohort."""
    await world.tick()
    asked_for = {"full_name": "Amara Okafor", "email": AMARA, "role": "mentor", "consent": "yes"}
    await world.app.interest.take(PROGRAMME, asked_for)
    await world.run()
    return f"/leave/{token(world.letters(AMARA, 'applications open')[-1], 'leave')}"


def invited(*, closed: bool = False) -> Arrange:
    """The link with which the people of an admitted board begin the form."""

    async def arrange(world: World) -> str:
        programme = with_model_of(world, unit=Unit.BOARD, released_by=Releaser.SPONSOR)
        asked_of_sponsors = {"full_name", "email", "organisation", "consent"}
        world.files.change(PROGRAMME, questions=tuple(q for q in programme.questions if q.field in asked_of_sponsors))
        told = {
            field: answer for field, answer in answers(role="sponsor").items() if field in {*asked_of_sponsors, "role"}
        }
        body = {"form_id": PROGRAMME, "response_id": "one", "answers": told}
        await world.receive(json.dumps(body).encode(), programme=PROGRAMME, source="own")
        await command(world, "admit", str(world.application()["RowKey"]))
        if closed:
            await world.tick(DEADLINE_OVER + timedelta(days=5))
        return f"/join/{token(world.letters(AMARA, 'confirmed')[-1], 'join')}"

    return arrange


INTERESTED = in_turn(
    fill("Your name", "Amara Okafor"),
    fill("Your email address", AMARA),
    choose("I do not know yet"),
    choose("Yes, write to me when applications open"),
    press_last,
)
NEXT_COHORT = "Hear about the next cohort"
SCREENS = (
    Screen("apply-front", "no cohort", "Applications are not open", in_state(State.INTEREST)),
    Screen("apply-front", "completed", "This cohort is completed", in_state(State.COMPLETED)),
    Screen("interest", "open", NEXT_COHORT, interested()),
    Screen("interest", "while a cohort is open", NEXT_COHORT, interested(State.OPEN)),
    Screen("interest", "nothing said", f"Error: {NEXT_COHORT}", interested(), press_last),
    Screen("interest", "noted", "We have noted that", interested(), INTERESTED),
    Screen("interest", "completed", "This cohort is completed", interested(State.COMPLETED)),
    Screen("interest-leave", "asked", "Do you want to leave the list?", on_the_list),
    Screen("interest-leave", "left", "You are not on the list", on_the_list, press_last),
    Screen("join", "open", "You are invited to take part", invited()),
    Screen("join", "closed", "Applications have closed", invited(closed=True)),
    Screen("apply-front", "soon", "Applications open soon", form_at(datetime(2026, 1, 20, 9, 0, tzinfo=UTC))),
    Screen("apply-front", "open", FORM, form_at(NINE)),
    Screen("apply-front", "late", "Applications have closed", form_at(CLOSED)),
    Screen("apply-front", "closed", "Applications have closed", form_at(DEADLINE_OVER + timedelta(days=5))),
    Screen("apply-front", "half done", FORM, first_page_after("organisation")),
    Screen("apply-front", "sent", FORM, first_page_after("sent")),
    *(Screen("apply-page", page, title, at_page(page)) for page, title in QUESTIONS),
    *(Screen("apply-page", f"own {name}", title, at_own_question(name)) for name, title in OWN_QUESTIONS.items()),
    Screen("apply-page", "own ranking twice", f"Error: {OWN_QUESTIONS['matters']}", at_own_question("matters"), TWICE),
    Screen("apply-page", "manager agreed", AGREED, at_page("manager-agreed")),
    Screen("apply-page", "started", TITLES["area"], form_at(NINE), press("Start now")),
    Screen("apply-page", "no area", f"Error: {TITLES['area']}", at_page("area"), CONTINUE),
    Screen("apply-page", "no name", f"Error: {TITLES['full-name']}", at_page("full-name"), CONTINUE),
    Screen("apply-page", "no manager", f"Error: {TITLES['manager']}", at_page("manager"), CONTINUE),
    Screen("apply-page", "no topics", f"Error: {TITLES['topics']}", at_page("topics"), CONTINUE),
    Screen("apply-page", "too long", f"Error: {TITLES['about-you']}", at_page("about-you"), TOO_LONG),
    Screen("apply-page", "nothing declared", "Error: Declaration", at_page("declaration"), press("Accept and send")),
    Screen(
        "apply-page", "not yet", "This cohort is not open to everybody yet", at_page("eligibility", area="elsewhere")
    ),
    Screen("apply-page", "decides", DECIDES, at_page("eligibility", **UNDECIDED)),
    Screen("apply-page", "mentee's time", "Reverse mentee: what it takes", at_page("time", **MENTEE)),
    Screen("apply-page", "few places", TITLES["training-session"], few_places),
    Screen("apply-page", "date cancelled", f"Error: {TITLES['training-session']}", date_cancelled),
    Screen("apply-page", "closed meanwhile", "Declaration", closed_meanwhile),
    Screen("apply-page", "changed meanwhile", "Check your answers", changed_elsewhere),
    Screen("apply-page", "mend offered", f"Error: {TITLES['email']}", at_page("email"), CURLY),
    Screen("apply-front", "pressed again", FORM, used_already, press("Start now")),
    Screen("apply-continue", "asked", "Is this your application?", at_whose("topics")),
    Screen("apply-continue", "wrong", "Error: Is this your application?", at_whose("topics"), CONTINUE),
    Screen("apply-continue", "no address", "We cannot tell whose application this is", at_whose("full-name")),
    Screen("apply-delete", "asked", "Do you want to delete what was typed?", at_delete),
    Screen("apply-deleted", "deleted", "What was typed is deleted", at_delete, press("Yes, delete")),
    Screen("apply-deleted", "tried too often", "What was typed is deleted", tried_too_often, WRONG_ADDRESS),
    Screen("apply-sent", "just sent", "We have your application", at_page("sent")),
    Screen(
        "apply-sent",
        "equality questions answered",
        "We have your application",
        at_page("equality"),
        in_turn(choose("Female"), press("Send my answers")),
    ),
    Screen("apply-equality", "open", "Equality questions", at_page("equality")),
    Screen(
        "apply-equality",
        "why",
        "Equality questions",
        at_page("equality"),
        unfold("Why we ask, and what happens to your answers"),
    ),
    Screen("apply-lost", "answers gone", "Your answers are not here any more", answers_gone),
    Screen("apply-lost", "sent long ago", "This page is not here any more", sent_long_ago),
    Screen("apply-lost", "no such page", "There is no page at this address", no_page),
    Screen("message", "far too long", "What you sent is too long", at_page("about-you"), FAR_TOO_LONG),
    Screen("message", "no such form", "There is no programme at this address", no_form),
    Screen("decision", "open", DECISION, asked),
    Screen("decision", "nothing chosen", f"Error: {DECISION}", asked, SEND),
    Screen("decision", "wrong address", f"Error: {DECISION}", asked, WRONG_MANAGER),
    Screen("decision", "approved", ANSWERED, asked, APPROVES),
    Screen("decision", "declined", ANSWERED, asked, DECLINES),
    Screen("decision", "told", ANSWERED, told),
    Screen("decision", "not taken", f"Error: {ANSWERED}", asked, in_turn(declines_elsewhere, APPROVES)),
    Screen("decision", "not needed", "Your answer is not needed at the moment", not_needed),
    Screen("decision", "passed on", MOOT, passed_on),
    Screen("decision", "replaced", MOOT, replaced),
    Screen("decision", "closed", "The time to answer has passed", too_late),
    Screen("decision", "withdrawn", MOOT, withdrawn_since),
    Screen("own", "awaiting manager", OWN, applied()),
    Screen("own", "naming a manager", OWN, applied(), unfold("Name your line manager")),
    Screen("own", "wrong manager's address", f"Error: {OWN}", applied(), NAMES_NOBODY),
    Screen("own", "many managers asked", f"Error: {OWN}", many_asked, NAMES_ANOTHER),
    Screen("own", "date filled up", OWN, full_meanwhile),
    Screen("own", "no manager", OWN, answered(Answer.NOT_MY_REPORT)),
    Screen("own", "needs correction", OWN, applied(status=Status.NEEDS_CORRECTION, manager_email="priya.shah")),
    Screen("own", "needs a decision", OWN, applied(status=Status.NEEDS_DECISION, **UNDECIDED)),
    Screen("own", "not this cohort", OWN, applied(status=Status.NOT_THIS_COHORT, area="elsewhere")),
    Screen("own", "late", OWN, late),
    Screen("own", "approved mentor", OWN, answered(Answer.APPROVE)),
    Screen("own", "approved, with recurring sessions", OWN, recurring(answered(Answer.APPROVE))),
    Screen("own", "approved mentee", OWN, mentee_approved),
    Screen("own", "session changed", OWN, mentee_approved, CHANGES_DATE),
    Screen("own", "declined", OWN, answered(Answer.DECLINE, reason="Short of staff")),
    Screen("own", "lapsed", OWN, lapsed),
    Screen("own", "withdrawn", OWN, withdrawn),
    Screen("own", "session full", OWN, full),
    Screen("own", "joined the list", OWN, full, press("Join the waiting list")),
    Screen("own", "waiting", OWN, waiting),
    Screen("own", "place offered", OWN, offered),
    Screen("own", "place taken", OWN, offered, press("Take the place")),
    Screen("own", "attendance", OWN, before_a_session),
    Screen("own", "will attend", OWN, before_a_session, press("I will be there")),
    Screen("own", "details", "Correct your details", applied("details")),
    Screen("own", "details wrong", "Error: Correct your details", applied("details"), FORGETS_NAME),
    Screen("own", "address", "Use another email address", applied("address")),
    Screen("own", "address wrong", "Error: Use another email address", applied("address"), press("Send the email")),
    Screen("own-answers", "mend", "Correct your answers", wrong_manager),
    Screen("own-answers", "mend wrong", "Error: Correct your answers", wrong_manager, press("Send my corrections")),
    Screen("own-answers", "mended", "Thank you", wrong_manager, MENDS),
    Screen("own-answers", "about", ABOUT, applied("about")),
    Screen("own-answers", "about saved", ABOUT, applied("about"), press("Save")),
    Screen("own-answers", "about wrong", f"Error: {ABOUT}", applied("about"), TELLS_TOO_MUCH),
    Screen("own-address", "asked", "Is this your new email address?", new_address),
    Screen("own-address", "done", "Your new email address is in use", new_address, press("Yes, use this address")),
    Screen("own-address", "ended", "This address cannot be used", new_address_of_before),
    Screen("own", "details saved", OWN, applied("details"), press("Save my details")),
    Screen("own", "withdraw?", "Do you want to withdraw your application?", applied("withdraw")),
    Screen(
        "own", "withdraw, unsure", "Error: Do you want to withdraw your application?", applied("withdraw"), CONTINUE
    ),
    Screen(
        "own", "just withdrawn", OWN, applied("withdraw"), in_turn(choose("Yes, withdraw my application"), CONTINUE)
    ),
    Screen("own", "delete?", "Do you want us to delete your data?", applied("delete")),
    Screen("own", "delete, unsure", "Error: Do you want us to delete your data?", applied("delete"), CONTINUE),
    Screen("own", "deletion just asked", OWN, applied("delete"), in_turn(choose("Yes, delete my data"), CONTINUE)),
    Screen("own", "deletion asked", OWN, deletion_asked),
    Screen("own", "a form waits", OWN, in_their_name("")),
    Screen("own-change", "one form", AGAIN, in_their_name()),
    Screen("own-change", "two forms", AGAIN, twice_in_their_name),
    Screen("own-change", "with a mistake", AGAIN, in_their_name(job_title="")),
    Screen("own-change", "after withdrawing", AGAIN, in_their_name(state=withdrawn)),
    Screen("own-change", "after the yes", AGAIN, in_their_name(state=answered(Answer.APPROVE))),
    Screen("own-change", "nothing chosen", f"Error: {AGAIN}", in_their_name(), CONTINUE),
    Screen("own-change", "taken", "Thank you", in_their_name(), in_turn(choose("Yes, this was me"), CONTINUE)),
    Screen("own-change", "kept", "Thank you", in_their_name(), in_turn(choose("No, this was not me"), CONTINUE)),
    Screen("own", "at the end", "Your application", at_the_end()),
    Screen("own-end", "open", THANKS, at_the_end(step="end")),
    Screen("own-end", "saved", THANKS, at_the_end(step="end"), wishes),
    Screen("own-data", "saved as a file", "What we hold about you", answered(Answer.APPROVE), open_download),
    Screen("checkin", "open", MEETING, met),
    Screen("checkin", "nothing said", f"Error: {MEETING}", met, SEND),
    Screen("checkin", "saved", MEETING, met, WANTS_TO_TALK),
    Screen("checkin", "pair ended", MEETING, parted),
    Screen("evaluation", "open", "Half way", evaluated),
    Screen("evaluation", "left empty", "Thank you", evaluated, press_last),
    Screen("evaluation", "answered", "Thank you", evaluated, in_turn(check_first("radio"), press_last)),
    Screen("evaluation", "too long", "Error: Half way", evaluated, LONG_ANSWER),
    Screen("partner", "offered", OFFER, partner_offered),
    Screen("partner", "nothing chosen", f"Error: {OFFER}", partner_offered, SEND),
    Screen("partner", "yes", OFFER, partner_offered, SAYS_YES),
    Screen("partner", "no", "This match is not going ahead", partner_offered, SAYS_NO),
    Screen("partner", "would like to talk", OFFER, partner_offered, SAYS_TALK),
    Screen("partner", "not settled yet", OFFER, partner_unsettled),
    Screen("partner", "confirmed", "You are a pair", partner_confirmed),
    Screen("own", "with a partner", OWN, partner_shown),
    Screen("own", "pairs made, no partner yet", OWN, left_out),
    Screen("returning", "open", BEFORE, took_part_before),
    Screen("returning", "no address", f"Error: {BEFORE}", took_part_before, press_last),
    Screen("returning", "soon", "Applications open soon", took_part_at(datetime(2026, 1, 20, 9, 0, tzinfo=UTC))),
    Screen("returning", "late", BEFORE, took_part_at(CLOSED)),
    Screen("returning", "closed", "Applications have closed", took_part_at(DEADLINE_OVER + timedelta(days=5))),
    Screen("returning", "asked", "Check your email", took_part_before, ASKS),
    Screen(
        "message", "very many asked", "Very many links were asked for from your network today", very_many_asked, ASKS
    ),
    Screen("welcome-back", "open", "Welcome back", known),
    Screen("welcome-back", "nothing said", "Error: Welcome back", known, press_last),
    Screen("welcome-back", "sent", "We have your application", known, answer_the_welcome),
    Screen("welcome-back", "late", "Welcome back", known_late),
    Screen("welcome-back", "sent late", "We have your application", known_late, answer_the_welcome),
    Screen("welcome-back", "soon", "Applications open soon", known_too_early),
    Screen("welcome-back", "closed", "Applications have closed", known_too_late),
    Screen("expired", "own page", "This link has expired", own_expired),
    Screen("expired", "replaced before", "This link has been replaced", own_replaced_before),
    Screen("message", "new link sent", "We have sent you a new link", own_expired, press("Send me a new link")),
    Screen("message", "expired decision", "This link has expired", expired),
    Screen("message", "expired details", "This link has expired", known_expired),
    Screen("message", "replaced link", "This link has been replaced", own_replaced),
    Screen("message", "link cut short", "This link is not complete", cut_short),
    Screen("message", "unknown link", "This link does not work", nowhere),
    Screen("message", "erased", "This link does not work", erased),
    Screen("message", "no such programme", "There is no programme at this address", no_programme),
    Screen("message", "forged", "Please open the link from your mail", asked, from_another_site),
    Screen("message", "storage away", "Sorry, this is not working at the moment", storage_away),
)
