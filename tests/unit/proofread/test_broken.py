"""One broken copy of the shipped programme for each check: severity, line and words."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.domain.programme import SessionStatus
from shared.proofread import ProgrammeRefused, Severity, load_programme
from tests.unit.proofread.broken import FILE, TEXT, changed, line_of, new_findings, read


@dataclass(frozen=True)
class Break:
    """``old`` becomes ``new``; a finding on the line of ``at`` (``new`` if not given) says ``says``."""

    name: str
    old: str
    new: str
    severity: Severity
    subject: str
    says: str
    at: str = ""

    def __str__(self) -> str:
        return self.name


TRAINING = "{id: mentor-training-1, date: Thursday 26th March, time: 9.30 - 12.30}"
PEER_1 = "{id: peer-1, date: Tuesday 23rd June, time: 10.00 - 11.30}"
PEER_5 = "{id: peer-5, date: Friday 16th October, time: 14.30 - 16.00}"
CLOSES = "closes: Thursday 12th March 2026"
P1, P5 = "groups.peer-support.peer-1", "groups.peer-support.peer-5"

BREAKS = [
    # Waiting lists and links
    Break("offer too long", "  offer hours: 48 ", "  offer hours: 400 ", "error", "waiting list.offer hours",
          "A place would be kept for 400 hours, and everybody else on the list would wait as long."),
    Break("no hours", "  offer hours: 48 ", "  offer hours: 0 ", "error", "waiting list.offer hours", "0"),
    Break("unknown waiting key", "  offer hours: 48 ", "  offer hour: 48 ", "error", "waiting list.offer hour",
          "offer hours"),
    Break("days in words", "  days after end: 90 ", "  days after end: ninety ", "error", "links.days after end",
          "ninety"),
    # Dates and times
    Break("closing weekday", CLOSES, "closes: Friday 12th March 2026", "error", "closes",
          "12 March 2026 is a Thursday, not a Friday. Find out which is right: 'Thursday 12 March "
          "2026' if the date is, 'Friday 13 March 2026' may be meant if the weekday is."),
    Break("closing weekday twice", CLOSES, "closes: [Thursday 12 March 2026, Saturday 12 March 2026]",
          "error", "closes", "is a Thursday, not a Saturday"),
    Break("two closing days", CLOSES, "closes: [Thursday 12 March 2026, Friday 13 March 2026]", "error",
          "closes", "'Friday 13 March 2026' is another day or time than before"),
    Break("opening weekday", "opens: Monday 2 February 2026", "opens: Tuesday 2 February 2026", "error",
          "opens", "2 February 2026 is a Monday, not a Tuesday"),
    Break("session weekday", PEER_1, PEER_1.replace("Tuesday", "Wednesday"), "held back", P1,
          "23 June 2026 is a Tuesday, not a Wednesday"),
    Break("no weekday", PEER_1, PEER_1.replace("Tuesday ", ""), "warning", P1,
          "no weekday, so it cannot be checked. If it is right, write 'Tuesday 23 June 2026'"),
    Break("no closing weekday", CLOSES, "closes: 12 March 2026", "warning", "closes", "has no weekday"),
    Break("impossible session day", PEER_1, PEER_1.replace("Tuesday 23rd", "31"), "held back", P1,
          "There is no 31 June 2026."),
    Break("impossible closing day", CLOSES, "closes: Tuesday 31 June 2026", "error", "closes",
          "There is no 31 June 2026."),
    Break("impossible time", PEER_1, PEER_1.replace("10.00", "25:00"), "held back", P1,
          "25:00 is not a time."),
    Break("impossible closing time", CLOSES, CLOSES + " at 25:00", "error", "closes",
          "25:00 is not a time."),
    Break("closing at midnight", CLOSES, CLOSES + ", midnight", "error", "closes", "either end of the day"),
    Break("unreadable time", PEER_1, PEER_1.replace("10.00 - 11.30", "in the morning"), "held back", P1,
          "'in the morning' cannot be read as a start and an end"),
    Break("misspelt month", PEER_1, PEER_1.replace("June", "Jume"), "held back", P1,
          "'Jume' is not a month. Did you mean 'June'?"),
    Break("misspelt weekday", PEER_1, PEER_1.replace("Tuesday", "Tusday"), "held back", P1,
          "'Tusday' is not a weekday. Did you mean 'Tuesday'?"),
    Break("no date", PEER_1, "{id: peer-1, time: 10.00 - 11.30}", "held back", P1,
          "The session has no date."),
    Break("no time", PEER_1, "{id: peer-1, date: Tuesday 23rd June}", "held back", P1,
          "The session has no time."),
    Break("closing before opening", CLOSES, "closes: Thursday 1 January 2026", "error", "closes",
          "would close on Thursday 1 January 2026, before they open"),
    Break("start and end the same", PEER_1, PEER_1.replace("11.30", "10.00"), "held back", P1,
          "it starts and ends at 10am."),
    Break("end before start", PEER_5, PEER_5.replace("16.00", "13.00"), "held back", P5,
          "it ends (1pm) before it starts (2:30pm). The other 4 sessions last 1 hour 30 minutes, "
          "so it may be '2:30pm to 4pm' (if the start is right) or '11:30am to 1pm' (if the end is "
          "right)."),
    Break("only one other session", TRAINING, TRAINING.replace("12.30", "8.30"), "held back",
          "groups.mentor-training.mentor-training-1",
          "The other session lasts 3 hours, so it may be '9:30am to 12:30pm' (if the start is "
          "right) or '5:30am to 8:30am' (if the end is right)."),
    Break("a time that the clocks skip", PEER_1,
          "{id: peer-1, date: Sunday 29th March, time: 1:30am - 3am}", "held back", P1,
          "1:30am on Sunday 29 March 2026 does not exist: the clocks go forward"),
    Break("a time that comes twice", PEER_1, "{id: peer-1, date: Sunday 25 October, time: 1.15 - 2.45}",
          "held back", P1, "1:15am on Sunday 25 October 2026 happens twice: the clocks go back"),
    Break("a deadline that the clocks skip", CLOSES, "closes: Sunday 29 March 2026, 1:30am", "error",
          "closes", "does not exist: the clocks go forward"),
    Break("a deadline that comes twice", CLOSES, "closes: Sunday 25 October 2026 at 1:30am", "error",
          "closes", "happens twice: the clocks go back"),
    Break("at night", PEER_1, PEER_1.replace("10.00 - 11.30", "1.00 - 2.30"), "warning", P1,
          "The session is at 1am to 2:30am, outside 7am to 9pm"),
    Break("before closing", PEER_1, "{id: peer-1, date: Thursday 12 March, time: 10.00 - 11.30}", "warning",
          P1, "begins before applications close on Thursday 12 March 2026"),
    Break("overlap", PEER_1, "{id: peer-1, date: Monday 13 April, time: 15.30 - 17.00}", "warning", P1,
          "overlaps with 'mentor-training-2'"),
    # Ids and references
    Break("session id twice", PEER_1, PEER_1.replace("peer-1", "peer-2"), "error",
          "groups.peer-support.peer-2", "'peer-2' is used twice (first on line",
          at="{id: peer-2, date: Thursday 23rd July"),
    Break("group id twice", "  - id: celebration\n", "  - id: evaluation\n", "error", "groups.evaluation",
          "'evaluation' is used twice", at="  - id: evaluation\n    title: Celebration"),
    Break("bad id", PEER_1, PEER_1.replace("peer-1", "Peer_1"), "error", "groups.peer-support.Peer_1.id",
          "'Peer_1' cannot be an id"),
    Break("unknown group", "length: 3 hours, group: mentor-training}",
          "length: 3 hours, group: mentor-trainin}", "error", "roles.mentor.time.training",
          "There is no group 'mentor-trainin'. Did you mean 'mentor-training'?"),
    Break("group of another role", "length: 3 hours, group: mentor-training}",
          "length: 3 hours, group: mentee-training}", "error", "roles.mentor.time.training",
          "The group 'mentee-training' is not for the role 'mentor'."),
    Break("unknown role", "for: [mentor, mentee]", "for: [mentor, mente]", "error",
          "groups.celebration.for", "'mente' is not a role. Did you mean 'mentee'?"),
    Break("option of no session", "        mentor-training-2: Monday", "        mentor-training-3: Monday",
          "error", "form.questions.training_session.mentor.options.mentor-training-3",
          "There is no session 'mentor-training-3'. Did you mean 'mentor-training-2'?"),
    Break("option of the other role", "        mentor-training-2: Monday",
          "        mentee-training-2: Monday", "error",
          "form.questions.training_session.mentor.options.mentee-training-2",
          "The session 'mentee-training-2' is not for the role 'mentor'."),
    Break("option of a session that is held back", TRAINING, TRAINING.replace("Thursday", "Friday"),
          "warning",
          "form.questions.training_session.mentor.options.mentor-training-1",
          "which has no time or is cancelled", at="        mentor-training-1: Thursday"),
    Break("question for a role and for all", "training_session\n      for role: mentor\n", "training_session\n",
          "error",
          "form.questions.training_session.mentee", "fill the same answer",
          at="training_session\n      for role: mentee"),
    Break("way of meeting that is none", "        either: Either", "        both: Either", "error",
          "form.questions.way_of_meeting.options.both", "not an answer that the app knows for 'way_of_meeting'"),
    Break("time that no line counts", "      - {id: midway-reflections, title: Midway reflections, ",
          "      #", "warning", "groups.midway-reflections", "no line of its 'time' counts it",
          at="  - id: midway-reflections"),
    Break("key without a provider's form", "        typeform: job_title",
          "        typeform: job_title\n        own: x",
          "warning", "form", "There are keys for 'own'", at="\nform:"),
    Break("option at another time", "Monday 13 April 2026, 1pm to 4pm", "Monday 13 April 2026, 2pm to 5pm",
          "warning", "form.questions.training_session.mentor.options.mentor-training-2",
          "but the session is on Monday 13 April 2026, 1pm to 4pm"),
    Break("session not offered", "        mentor-training-2: Monday 13 April 2026, 1pm to 4pm\n", "",
          "warning", "groups.mentor-training.mentor-training-2", "but not this one",
          at="{id: mentor-training-2"),
    Break("topic not offered", "        gender: Gender\n", "", "error", "form.questions.topics",
          "The topic 'gender' is not an option", at="    - field: topics"),
    Break("option of no topic", "  gender: Gender\n\n", "\n", "error",
          "form.questions.topics.options.gender", "'gender' is not a topic.",
          at="        gender: Gender\n"),
    Break("option of no role", "        mentee: Reverse mentee\n", "        mente: Reverse mentee\n",
          "error", "form.questions.role.options.mente", "'mente' is not a role. Did you mean 'mentee'?"),
    Break("unknown field", "field: job_title", "field: job_tittle", "error",
          "form.questions.job_tittle.field", "Did you mean 'job_title'?"),
    Break("needed question", "field: full_name", "field: band", "error", "form.questions.band",
          "'band' is used twice", at="field: band\n      title:\n        - What is your Agenda"),
    # Eligibility
    Break("area that is not offered", "        elsewhere: Somewhere else", "        abroad: Somewhere else",
          "error", "eligibility.elsewhere.nhs", "The area 'elsewhere' is not an option",
          at="    sectors: [nhs, other_healthcare, social_care, local_authority, vcse]\n    answer: "
          "not this"),
    Break("area without a rule", "        elsewhere: Somewhere else",
          "        elsewhere: Somewhere else\n        abroad: Abroad", "error", "eligibility",
          "There is no answer for the area 'abroad' and nhs, other_healthcare, social_care, "
          "local_authority and vcse.", at="\neligibility:"),
    Break("sector without a rule", "sectors: [local_authority, vcse]", "sectors: [vcse]", "error",
          "eligibility", "There is no answer for the area 'northamptonshire' and local_authority.",
          at="\neligibility:"),
    Break("rule given twice", "sectors: [local_authority, vcse]", "sectors: [nhs, local_authority, vcse]",
          "error", "eligibility.northamptonshire.nhs", "is used twice (first on line"),
    Break("sector that is not offered", "sectors: [social_care]", "sectors: [social_care, police]", "error",
          "eligibility.northamptonshire.police", "The sector 'police' is not an option"),
    # Hours
    Break("total of hours", "    required time: 9 hours\n", "    required time: 9.5 hours\n", "error",
          "roles.mentor.required time",
          "'9 hours 30 minutes' is written, but the lines of 'time' that are not optional add up "
          "to 9 hours."),
    Break("length of a session", PEER_1, PEER_1.replace("11.30", "12.00"), "warning",
          "roles.mentor.time.peer-support",
          "'9 hours' is written, but the sessions of 'peer-support' come to 9 hours 30 minutes.",
          at="{id: peer-support, title"),
    Break("length of one of the sessions", TRAINING, TRAINING.replace("12.30", "12.00"), "warning",
          "roles.mentor.time.training", "but a session of 'mentor-training' lasts 2 hours 30 minutes",
          at="{id: training, title: Training, length: 3 hours"),
    Break("meetings", "  count: 6\n", "  count: 5\n", "error", "roles.mentor.time.meetings",
          "'6 hours' is written, but 5 meetings of 1 hour come to 5 hours",
          at="title: Meetings with the mentee"),
    Break("optional time for a required group", "group: mentor-training}",
          "group: mentor-training, optional: yes}", "error", "roles.mentor.time.training",
          "The time is optional, but the group 'mentor-training' is required."),
    Break("time that is no length", "length: 6 hours}\n      - {id: peer",
          "length: six}\n      - {id: peer", "error", "roles.mentor.time.meetings.length",
          "'six' is not a length of time", at="length: six"),
    # Policies and contacts
    Break("reminders out of order", "reminder days: [3, 7] ", "reminder days: [7, 3] ", "error",
          "approval.reminder days", "The reminders are not in order."),
    Break("reminder at once", "reminder days: [3, 7] ", "reminder days: [0, 7] ", "error",
          "approval.reminder days", "The reminders are not in order."),
    Break("reminder too late", "reminder days: [3, 7] ", "reminder days: [3, 70] ", "warning",
          "approval.reminder days", "it is never sent"),
    Break("reminder before opening", "before closing: 2 ", "before closing: 60 ", "warning",
          "approval.reminder days before closing", "before applications open"),
    Break("grace past the first session", "grace days: 7 ", "grace days: 14 ", "warning",
          "approval.grace days",
          "counts until Thursday 26 March 2026, but the first required session is on Thursday 26 "
          "March 2026"),
    Break("silent before the nudge", "silent after days: 12 ", "silent after days: 4 ", "error",
          "check-ins.silent after days", "silent after 4 days, but the nudge goes out after 5"),
    Break("mailbox", "returning participants: [lpt.edi@nhs.net]",
          "returning participants: [lpt.edi at nhs.net]", "error", "contacts.returning participants",
          "'lpt.edi at nhs.net' is not a mail address"),
    # The form
    Break("key twice", "        typeform: job_title", "        typeform: role", "error",
          "form.questions.job_title.keys.typeform",
          "The key 'role' of 'typeform' is used by form.questions.role too.",
          at="        typeform: role\n        tally: question_OiETXt"),
    Break("key missing", "        tally: question_OiETXt\n", "", "warning", "form.questions.job_title",
          "no key for 'tally'", at="    - field: job_title"),
    Break("form without an id", "    tally: wLLRc7\n", "", "warning", "form",
          "There are keys for 'tally', but its form has no id.", at="\nform:"),
    Break("options alike", "        false: Not yet", "        false: ' yes! '", "error",
          "form.questions.manager_agreed.options.false", "'yes!' cannot be told from the words of 'true'"),
    Break("other than yes or no", "        false: Not yet", "        later: Not yet", "error",
          "form.questions.manager_agreed.options.later",
          "'later' is not an answer to a question of yes or no"),
    Break("choice without options", "      options:\n        true: I agree\n", "", "error",
          "form.questions.consent", "has no options", at="    - field: consent"),
    Break("question type", "type: email\n      required: yes\n      keys:\n        msforms: r50",
          "type: e-mail\n      required: yes\n      keys:\n        msforms: r50", "error",
          "form.questions.email.type", "Did you mean 'email'?", at="type: e-mail"),
    *(
        Break(f"optional {field}", f"{above}\n      required: yes", f"{above}\n      required: NO", "error",
              f"form.questions.{field}.required", f"'{field}' can never be optional", at="required: NO")
        for field, above in (
            ("full_name", "- Your full name\n      type: text"),
            ("email", "- Your work email address\n      type: email"),
            ("role", "- I would like to be a...\n      type: choice"),
            ("consent", "may be used to match me with a partner\n      type: yes or no"),
        )
    ),
    # The file itself
    Break("unknown key", "cohort: 7\n", "cohrot: 7\n", "error", "cohrot",
          "'cohrot' is not known here. Did you mean 'cohort'?"),
    Break("underscore in a key", "    attend: any of", "    if_not_chosen: ask\n    attend: any of",
          "error", "groups.peer-support.if_not_chosen", "Did you mean 'if not chosen'?",
          at="if_not_chosen"),
    Break("key twice in a row", "cohort: 7\n", "cohort: 7\ncohort: 8\n", "error", "cohort",
          "'cohort' is written twice (first on line", at="cohort: 8"),
    Break("option twice", "        false: Not yet", "        true: Not yet", "error",
          "form.questions.manager_agreed.options.true", "'true' is written twice"),
    Break("missing key", "    attend: any of\n", "", "error", "groups.peer-support.attend",
          "'attend' is missing", at="  - id: peer-support"),
    Break("recurring in other words", "    note: these are optional", "    recurring: sometimes", "error",
          "groups.peer-support.recurring", "'sometimes' does not say that it recurs", at="recurring: sometimes"),
    Break("a choice without an end", "    attend: any of", "    attend: one of\n    recurring: every 2 months", "error",
          "groups.peer-support.attend", "a group that goes on for ever", at="attend: one of\n    recurring"),
    Break("not yes or no", "    required: no\n    note: these are optional",
          "    required: maybe\n    note: x", "error", "groups.peer-support.required",
          "a question of yes or no, not 'maybe'", at="required: maybe"),
    Break("a list for a text", "cohort: 7\n", "cohort: [7]\n", "error", "cohort",
          "takes one text, not a list"),
    Break("mailbox", "time zone: Europe/London", "mailbox: the team", "error", "mailbox",
          "'the team' is not a mail address"),
    Break("time zone", "time zone: Europe/London", "time zone: Europe/Lundon", "error", "time zone",
          "'Europe/Lundon' is not a time zone"),
    Break("tag", "cohort: 7\n", "cohort: !!python/object/apply:os.system ['true']\n", "error", "file",
          "A text begins with '!'"),
    Break("alias", "cohort: 7\n", "cohort: *seven\n", "error", "file", "A text begins with '*' or '&'"),
    Break("anchor", "cohort: 7\n", "cohort: &seven 7\n", "error", "file", "A text begins with '*' or '&'"),
    Break("tab", "  form support:", "\tform support:", "error", "file", "indented with the Tab key"),
    Break("curly quotes", '"Reverse mentors: which training date do you prefer?"\n      type',
          "\u201cReverse mentors: which training date do you prefer?\u201d\n      type", "error", "file",
          "curly quotation marks", at="title: \u201cReverse"),
    Break("colon in a text", "cohort: 7\n", "cohort: 7: 8\n", "error", "file",
          "There is a ':' where none can be."),
    Break("second document", "cohort: 7\n", "cohort: 7\n---\na: b\n", "error", "file", "a second document",
          at="---"),
    Break("bad character", "cohort: 7\n", "cohort: \x00\n", "error", "file",
          "a character that is not text"),
    Break("model of the values", "cohort: 7\n", "cohort: 0\n", "error", "cohort",
          "not a whole number of 1 or more"),
    Break("capacity", PEER_1, PEER_1.replace("}", ", capacity: 0}"), "error", P1 + ".capacity",
          "not a whole number of 1 or more"),
    Break("status", PEER_1, PEER_1.replace("}", ", status: invalid}"), "error", P1 + ".status",
          "'invalid' is not one of the answers"),
]  # fmt: skip


@pytest.mark.parametrize("case", BREAKS, ids=str)
def test_a_broken_copy_is_found_out(case: Break) -> None:
    text = changed(case.old, case.new)

    findings = new_findings(text)

    matching = [f for f in findings if (f.severity, f.subject) == (case.severity, case.subject)]
    assert [f for f in matching if case.says in f"{f.what} {f.mend}"], findings
    found = next(f for f in matching if case.says in f"{f.what} {f.mend}")
    assert (found.file, found.line) == (FILE, line_of(case.at or case.new.strip("\n"), text))
    assert (read(text).programme is None) == any(f.severity == "error" for f in findings)


@pytest.mark.parametrize("case", [case for case in BREAKS if case.severity == "held back"], ids=str)
def test_a_session_that_cannot_be_right_is_held_back_alone(case: Break) -> None:
    programme = read(changed(case.old, case.new)).programme

    assert programme is not None
    session = programme.session(case.subject.rpartition(".")[2])
    assert session is not None
    assert (session.status, session.starts_at, session.ends_at) == (SessionStatus.INVALID, None, None)
    assert case.says in session.held_back
    invalid = [s.id for g in programme.groups for s in g.sessions if s.status is SessionStatus.INVALID]
    assert sorted(invalid) == sorted({session.id, "peer-4"})


def test_most_breaks_give_one_finding_and_no_echo() -> None:
    echoes = {case.name: len(new_findings(changed(case.old, case.new))) for case in BREAKS}

    assert sum(count == 1 for count in echoes.values()) >= len(BREAKS) * 3 // 4, echoes


def test_without_a_year_sessions_are_held_back_and_a_closing_date_is_refused() -> None:
    without = changed("\nyear: 2026\n", "\n")

    findings = new_findings(without)

    assert [f.what for f in findings if f.severity == "held back"] == ["The date has no year."] * 13
    offered = [f for f in findings if f.severity == "warning"]
    assert len(offered) == 4
    assert all("which has no time or is cancelled" in f.what for f in offered)
    refused = new_findings(changed("closes: Thursday 12th March 2026", "closes: Thursday 12th March", text=without))
    assert [(f.severity, f.line, f.what) for f in refused if f.subject == "closes"] == [
        ("error", line_of("closes: Thursday 12th March", without), "The date has no year.")
    ]


def test_a_form_without_a_needed_question_is_refused() -> None:
    start, end = TEXT.index("    - field: full_name"), TEXT.index("    - field: email")
    text = TEXT[:start] + TEXT[end:]

    assert [(f.severity, f.line, f.what) for f in new_findings(text)] == [
        ("error", line_of("\nform:", text), "No question fills 'full_name'.")
    ]


def test_a_role_that_is_not_described_cannot_have_sessions_or_questions() -> None:
    start, end = TEXT.index("  mentee:\n    title"), TEXT.index("# The sessions, in groups")

    found = {f.subject: f.what for f in new_findings(TEXT[:start] + TEXT[end:]) if f.severity == "error"}

    assert found == {
        **{
            f"groups.{group}": "The group is for 'mentee', which is not described under 'roles'."
            for group in ("mentee-training", "midway-reflections", "evaluation", "celebration")
        },
        "form.questions.role.options.mentee": "'mentee' is not a role.",
        "form.questions.training_session.mentee": (
            "The question is for 'mentee', which is not described under 'roles'."
        ),
    }


def test_the_slower_parser_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        TEXT,
        *(changed(case.old, case.new) for case in BREAKS[::8]),
        changed("cohort: 7\n", "cohort: [7\n"),
    ]
    fast = [[(f.line, f.subject) for f in read(text).findings] for text in texts]

    monkeypatch.delattr("yaml.CSafeLoader")

    assert [[(f.line, f.subject) for f in read(text).findings] for text in texts] == fast


def test_date_and_time_of_one_session_are_told_together() -> None:
    text = changed(PEER_1, "{id: peer-1, date: Wednesday 23rd June, time: 25.00 - 11.30}")

    assert [f.what for f in new_findings(text)] == [
        "23 June 2026 is a Tuesday, not a Wednesday.",
        "25.00 is not a time.",
    ]


@pytest.mark.parametrize(
    "words", ["date: tbc", "date: Tuesday 23 June, time: TBC", "date: to be confirmed, time: 10am to 11am"]
)
def test_to_be_confirmed_is_no_mistake_if_it_is_written(words: str) -> None:
    reading = read(changed(PEER_1, f"{{id: peer-1, {words}}}"))

    assert reading.programme is not None
    session = reading.programme.session("peer-1")
    assert session is not None
    assert (session.status, session.starts_at) == (SessionStatus.TO_BE_CONFIRMED, None)
    assert [f.severity for f in reading.findings if f.severity != "warning"] == ["held back"]


def test_alternatives_may_be_at_the_same_time_and_so_may_other_roles() -> None:
    same_day = changed("date: Tuesday 14th April, time: 13.00 - 14.00", "date: Friday 27th March, time: 11.30 - 12.30")
    other_role = changed(
        "date: Monday 13th April, time: 13.00 - 16.00", "date: Tuesday 14th April, time: 12.00 - 15.00"
    )

    assert [f for text in (same_day, other_role) for f in new_findings(text) if "overlaps" in f.what] == []


def test_options_may_have_further_spellings() -> None:
    reading = read(changed("        false: Not yet", "        false: [Not yet, 'No']"))

    assert reading.programme is not None
    question = next(q for q in reading.programme.questions if q.field == "manager_agreed")
    assert (question.options[1].text, question.options[1].aliases) == ("Not yet", ("No",))


def test_an_accepted_warning_is_kept_apart_with_its_name_and_reason() -> None:
    broken = changed("grace days: 7 ", "grace days: 14 ")
    warning = new_findings(broken)[0]
    entry = (
        f'accepted:\n  - about: {warning.subject}\n    warning: "{warning.what}"\n'
        "    by: Priya Shah\n    on: Monday 2 February 2026\n    why: The manager mails are fast.\n"
    )

    reading = read(f"{broken}\n{entry}")

    assert new_findings(f"{broken}\n{entry}") == []
    assert [(a.finding, a.by, a.on) for a in reading.accepted] == [(warning, "Priya Shah", "Monday 2 February 2026")]
    stale = new_findings(f"{TEXT}\n{entry}")
    assert [(f.severity, f.subject) for f in stale] == [("warning", "accepted.approval.grace days")]


def test_an_open_ended_programme_without_dates_and_sessions_loads() -> None:
    time = "[{id: meetings, title: Meetings, length: 6 hours}]"

    reading = read(
        "programme: open-1\nname: Reverse Mentoring\nmodel: reverse\n"
        "contacts: {form support: [team@nhs.net]}\n"
        "meetings: {count: 6, length: 1 hour, months: 6}\n"
        f"roles:\n  mentor: {{title: Mentor, time: {time}, required time: 6 hours}}\n"
        "eligibility: [{area: here, sectors: nhs, answer: eligible}]\n"
        "form:\n  questions:\n"
        "  - {field: full_name, title: Name, type: text, required: yes}\n"
        "  - {field: email, title: Address, type: email, required: yes}\n"
        "  - {field: role, title: Role, type: choice, required: yes, options: {mentor: Mentor}}\n"
        "  - {field: area, title: Where, type: choice, required: yes, options: {here: Here}}\n"
        "  - {field: sector, title: Sector, type: choice, required: yes, options: {nhs: NHS}}\n"
        "  - {field: manager_email, title: Manager, type: email, required: yes}\n"
        "  - {field: consent, title: Agree, type: choice, required: yes, options: {true: I agree}}\n"
    )

    assert {f.subject for f in reading.findings} == {
        "about",
        "information pack",
        "privacy notice",
        "accessibility statement",
        "signed by",
    }
    assert reading.programme is not None
    assert (reading.programme.closes_at, reading.programme.groups) == (None, ())


def test_in_a_reciprocal_programme_of_two_roles_both_learn_and_both_share() -> None:
    programme = read(changed("model: reverse ", "model: reciprocal ")).programme

    assert programme is not None
    assert [(programme.model.learns(role), programme.model.shares(role)) for role in programme.roles] == [
        (True, True)
    ] * 2
    assert not programme.model.of_equals


def test_partners_are_alone() -> None:
    reverse = new_findings(changed("\n  mentee:\n", "\n  partner:\n"))
    reciprocal = new_findings(
        changed("\n  mentee:\n", "\n  partner:\n").replace("model: reverse ", "model: reciprocal ")
    )

    assert "'partner' is not a role." in {f.what for f in reverse}
    assert any(f.subject == "roles" and f.what.startswith("Partners are on both sides") for f in reciprocal)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "- a list\n", "words", "null", "{}", "[[[", "\t- x", "a: b: c", "? [a]\n: b"]
)
def test_what_is_no_programme_is_refused_with_a_line(text: str) -> None:
    reading = read(text)

    assert reading.programme is None
    assert reading.findings
    assert all(finding.line >= 1 and finding.what and finding.mend for finding in reading.findings)


def test_a_deep_or_endless_file_is_refused_at_once() -> None:
    assert "Too many lists" in read("a: " + "[" * 5000).findings[0].what
    assert "far too long" in read("a: b\n" * 100_000).findings[0].what


def test_loading_a_broken_file_says_every_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(changed("cohort: 7\n", "cohrot: 7\n"), encoding="utf-8")

    with pytest.raises(ProgrammeRefused) as refused:
        load_programme(path)

    assert "Did you mean 'cohort'?" in refused.value.reason
    assert [finding.severity for finding in refused.value.findings] == ["error"]


def test_windows_files_and_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_programme(path).id == "llr-rmi-2026-c7"

    path.write_bytes(b"name: x\nhost: caf\xe9\n")
    with pytest.raises(ProgrammeRefused, match="line 2, error: file: There is a character that is not UTF-8"):
        load_programme(path)
