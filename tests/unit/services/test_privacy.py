"""What people say about their lives stays in one table, and names stay out of logs, queues, jobs and blob names."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.application import Answer, LineManager
from shared.domain.fields import FIELDS, Reads
from shared.domain.pairs import CheckInAnswer
from shared.stores.names import TableName
from tests.factories import GRACE, command, everything, manager_says, own_link
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers, cohort_7, mentee, token

LIVED = ["canary-about-you", "canary-access-needs", "canary-rather-not", "Religion", "religion", "LGBTQ"]
PERSONAL = [
    "Zebedee Canary",
    "zebedee.canary@example.nhs.uk",
    "Quentin Boss",
    "quentin.boss@example.nhs.uk",
    "Rhoda Chief",
    "rhoda.chief@example.nhs.uk",
    "canary-job-title",
    "canary-organisation",
    "canary-team",
    "canary-place",
    "canary-reason",
    "canary-note",
    "canary-check-in",
    "Tom Hughes",
    "tom.hughes@example.nhs.uk",
]


class Life:
    """A whole life in the programme, watched from outside."""

    def __init__(self) -> None:
        self.world = World()
        self.queued: list[str] = []
        self.form: dict[str, object] = {}
        self.tables: dict[str, str] = {}
        self._watch_queues()

    def _watch_queues(self) -> None:
        wakeups = self.world.wakeups
        submission, mailbox_worker = wakeups.submission, wakeups.mailbox

        async def noted_submission(programme: str, source: str, content: str) -> None:
            self.queued.append(f"{source} {programme} {content}")
            await submission(programme, source, content)

        async def noted_mailbox(queue: str, *, after: float = 0) -> None:
            self.queued.append(queue)
            await mailbox_worker(queue, after=after)

        wakeups.submission = noted_submission  # type: ignore[method-assign]
        wakeups.mailbox = noted_mailbox  # type: ignore[method-assign]

    def look(self) -> None:
        """Keep what stands in each table now."""
        for name, rows in everything(self.world).items():
            self.tables[name] = self.tables.get(name, "") + str(rows)

    async def run(self) -> "Life":
        world = self.world
        email = PERSONAL[1]
        form = self.form = answers(
            full_name=PERSONAL[0],
            email=email,
            manager_name=PERSONAL[2],
            manager_email=PERSONAL[3],
            job_title="canary-job-title",
            organisation="canary-organisation",
            about_you="canary-about-you",
            access_needs="canary-access-needs",
            rather_not_with="canary-rather-not",
            cover=True,
            team="canary-team",
            place="canary-place",
            way_of_meeting="online",
            could_take_two=True,
            topics=["religion", "lgbtq_plus"],
        )
        await world.tick()
        await world.submit({**form, "manager_email": "nobody"}, response_id="a", submitted_at=NINE)
        self.look()
        world.clock.advance(timedelta(hours=1))
        await world.submit(form, response_id="a")
        await world.submit({**form, "band": "6"}, response_id="b", submitted_at=NINE + timedelta(hours=2))
        await world.submit(mentee(), response_id="c")
        await world.deliver(b'{"form_id": "other", "answers": {"full_name": "Zebedee Canary"}}')
        await world.deliver(b'{"full_name": "Zebedee Canary", "about_you": "canary-about-you"')
        await world.later(days=3)
        await manager_says(
            world, PERSONAL[3], Answer.NOT_MY_REPORT, right_manager=LineManager(PERSONAL[4], PERSONAL[5])
        )
        await manager_says(world, PERSONAL[5], Answer.DECLINE, reason="canary-reason", note="canary-note")
        await manager_says(world, PERSONAL[5], Answer.APPROVE, reason="canary-reason", note="canary-note")
        await manager_says(world, GRACE)
        await world.app.own_pages.choose_session(own_link(world, email), "mentor-training-2")
        await world.run()
        self.look()
        await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
        row = {
            "PartitionKey": PROGRAMME,
            "RowKey": "pair-1",
            "Mentor": str(world.application(Role="mentor")["RowKey"]),
            "Mentee": str(world.application(Role="mentee")["RowKey"]),
            "StartDate": "2026-04-20",
            "Status": "confirmed",
        }
        await world.type_in(TableName.PAIRS, row)
        await world.later(minutes=5)
        await world.tick(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
        link = token(world.letters(email, "Meeting 1")[0], "checkins")
        await world.app.checkins.answer(
            link, CheckInAnswer(met=True, met_on=date(2026, 5, 1), rating=3, note="canary-check-in", wants_to_talk=True)
        )
        await world.app.tick.daily()
        await world.later(minutes=5)
        self.look()
        await command(world, "withdraw", row["Mentor"])
        await world.later(minutes=5)
        self.look()
        await command(world, "erase", row["Mentor"], key="2")
        await world.later(minutes=5)
        self.look()
        return self


class Records(logging.Handler):
    """Keeps every record, formatted with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record) + str(record.args))


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[Life, list[str]]]:
    records, ours = Records(), logging.getLogger("shared")
    level = ours.level
    ours.addHandler(records)
    ours.setLevel(logging.DEBUG)
    try:
        yield asyncio.run(Life().run()), records.lines
    finally:
        ours.removeHandler(records)
        ours.setLevel(level)


def found(words: list[str], *texts: str) -> list[str]:
    return [word for word in words if any(word.casefold() in text.casefold() for text in texts)]


def test_the_life_touches_every_part(watched: tuple[Life, list[str]]) -> None:
    life, lines = watched

    kinds = set(life.world.kinds_sent())
    assert kinds >= {
        "application received",
        "needs correction",
        "approval request",
        "approval reminder",
        "manager changed",
        "application declined",
        "application approved",
        "introduction",
        "check-in",
        "daily digest",
        "submission parked",
        "closing summary",
        "application withdrawn",
        "release not needed",
    }
    assert len(lines) > 20
    assert "canary-about-you" in life.tables["LivedExperience"]


def test_everything_that_people_type_into_a_form_is_looked_for(watched: tuple[Life, list[str]]) -> None:
    life, _ = watched
    typed = {Reads.LINE, Reads.LINES, Reads.ADDRESS}
    asked = {q.field for q in cohort_7().questions if q.sees is None and q.for_role != "mentee"}
    # A pay band is a number of one digit, which stands everywhere.
    fields = {name for name in asked - {"band"} if FIELDS[name].reads in typed}

    unseen = [name for name in sorted(fields) if not {*LIVED, *PERSONAL} & {str(life.form.get(name))}]

    assert unseen == [], (
        "give it a word in `form`, and the word to PERSONAL or LIVED, in tests/unit/services/test_privacy.py"
    )


def test_no_manager_reads_a_word_of_lived_experience(watched: tuple[Life, list[str]]) -> None:
    life, _ = watched
    texts = [f"{m.subject} {m.html}" for m in life.world.mailbox.sent for to in m.to if to in (*PERSONAL[3:6:2], GRACE)]

    assert len(texts) >= 5
    assert found([*LIVED, "canary-reason", "canary-note", "canary-check-in"], *texts) == []


def test_no_mail_at_all_quotes_lived_experience(watched: tuple[Life, list[str]]) -> None:
    life, _ = watched

    words = [*LIVED[:3], "canary-team", "canary-place", "canary-note"]
    assert found(words, *(f"{m.subject} {m.html}" for m in life.world.mailbox.sent)) == []


def test_the_digest_names_no_words_of_a_check_in(watched: tuple[Life, list[str]]) -> None:
    life, _ = watched

    assert found(["canary-check-in"], *(m.html for m in life.world.mailbox.sent_to(ADMINISTRATORS))) == []


@pytest.mark.parametrize("table", [name.value for name in TableName if name is not TableName.LIVED_EXPERIENCE])
def test_lived_experience_stands_in_no_other_table(watched: tuple[Life, list[str]], table: str) -> None:
    life, _ = watched

    assert found(LIVED, life.tables[table]) == []


@pytest.mark.parametrize("table", ["Messages", "Alarms", "Audit", "Links", "Responses", "Submissions"])
def test_names_addresses_and_answers_stand_in_no_technical_table(watched: tuple[Life, list[str]], table: str) -> None:
    life, _ = watched

    assert found([*PERSONAL, *LIVED], life.tables[table]) == []


def test_logs_queue_messages_and_blob_names_hold_nothing_about_people(watched: tuple[Life, list[str]]) -> None:
    life, lines = watched

    assert found([*PERSONAL, *LIVED], *lines) == []
    assert found([*PERSONAL, *LIVED], *life.queued, *life.world.bodies.kept) == []


def test_no_token_of_a_link_stands_in_a_table_or_a_log(watched: tuple[Life, list[str]]) -> None:
    life, lines = watched
    tokens = {
        link.partition("?")[0]
        for m in life.world.mailbox.sent
        for part in m.html.split('href="')[1:]
        for link in [part.partition('"')[0].rpartition("/")[2]]
        if len(link) == 43
    }

    assert len(tokens) >= 5
    assert found(sorted(tokens), *lines, *life.queued, *life.tables.values()) == []
