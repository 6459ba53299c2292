"""What the parts of a programme say of each other: references, sums, overlaps, missing answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, combinations, groupby

from shared.domain import wording
from shared.domain.closing import grace_ends
from shared.domain.cohort_model import Commitment, Releaser, State, Unit
from shared.domain.fields import ALWAYS_REQUIRED, FIELDS
from shared.domain.programme import (
    Attendance,
    Programme,
    Question,
    Role,
    Session,
    SessionGroup,
    SessionStatus,
)
from shared.proofread.days import is_called
from shared.proofread.evaluation import check_evaluation
from shared.proofread.question_reader import question_subject
from shared.proofread.questions import WITH_OPTIONS, check_own
from shared.proofread.section import Findings
from shared.proofread.words import (
    PrintedDay,
    Problem,
    did_you_mean,
    instant,
    normalised,
    read_day,
    read_span,
    settle_day,
)

# Of these one good option is enough: who does not agree cannot apply, and a date may be for the other role.
_ONE_WILL_DO = frozenset({"consent", "training_session"})
_ADDRESSES = {"email": "jo.bloggs@example.org", "manager_email": "sam.example@example.org"}
# Our own form names its answers by field, so its questions need no keys.
OWN_FORM = "standard"


def check(findings: Findings, programme: Programme) -> None:
    """Put down everything that does not fit together."""
    checker = _Checker(findings, programme)
    checker.closing()
    checker.hours()
    checker.overlaps()
    checker.days()
    checker.room()
    if programme.model.state is State.OPEN:
        checker.form()
        checker.eligibility()
    else:
        checker.takes_none()
    check_evaluation(findings, programme)


def _ways_to_answer(question: Question, role: Role) -> Iterator[tuple[str, object]]:
    """The answers that the form lets somebody of that role give, each with words for it."""
    options = [option for option in question.options if question.field != "role" or option.value == role]
    if question.takes_several and question.options:
        most = question.most or len(question.options)
        yield "with every option", [option.value for option in question.options][:most]
        yield "with every option", [option.text for option in question.options][:most]
    elif options:
        for option in options:
            yield f"'{option.text}'", option.value
            yield f"'{option.text}'", option.text
    elif question.type == "email" or question.field in _ADDRESSES:
        yield "with an email address", _ADDRESSES.get(question.field, _ADDRESSES["email"])
    elif question.type in {"text", "long text"}:
        # Who may type what they like says yes in one word.
        yield "in words", "Yes"
    elif question.type == "number":
        yield "with a number", question.least if question.least is not None else question.most or 1
    elif question.type == "date":
        yield "with a date", "14 May 2026"


def _rivals(first: SessionGroup, second: SessionGroup) -> bool:
    """Whether nobody has to attend sessions of both: alternatives, or groups for different roles."""
    if first.id == second.id:
        return first.attend is Attendance.ONE_OF
    return not set(first.roles) & set(second.roles)


def _meets(first: Session, second: Session) -> bool:
    if first.starts_at is None or first.ends_at is None or second.starts_at is None or second.ends_at is None:
        return False
    return first.starts_at < second.ends_at and second.starts_at < first.ends_at


def _instants_of(words: str, programme: Programme) -> tuple[datetime, datetime] | None:
    """The times that the words of an option promise, None if they promise none that can be read."""
    for cut in (place for place, letter in enumerate(words) if letter == ","):
        day, span = read_day(words[:cut]), read_span(words[cut + 1 :])
        if not isinstance(day, PrintedDay) or not isinstance(span, tuple):
            continue
        settled = settle_day(day, None)
        if isinstance(settled, Problem):
            return None
        start, end = instant(settled, span[0], programme.tz), instant(settled, span[1], programme.tz)
        if isinstance(start, datetime) and isinstance(end, datetime):
            return start, end
    return None


class _Checker:
    """One pass over one programme."""

    def __init__(self, findings: Findings, programme: Programme) -> None:
        self._desk = findings
        self._programme = programme
        self._groups = {group.id: group for group in programme.groups}

    def _error(self, subject: str, what: str, mend: str) -> None:
        self._desk.error(self._desk.lines.get(subject, 1), subject, what, mend)

    def _warn(self, subject: str, what: str, mend: str) -> None:
        self._desk.warn(self._desk.lines.get(subject, 1), subject, what, mend)

    def _sessions(self) -> Iterator[tuple[SessionGroup, Session]]:
        for group in self._programme.groups:
            for session in group.sessions:
                yield group, session

    def closing(self) -> None:
        """The closing date against the opening date, the sessions and the manager's reminders."""
        programme, zone = self._programme, self._programme.tz
        opens, closes = programme.opens_at, programme.closes_at
        if closes is None:
            return
        closing_day = wording.day(closes.astimezone(zone).date())
        if opens is not None and opens >= closes:
            self._error(
                "closes",
                f"Applications would close on {closing_day}, before they open.",
                "Write a closing date after the opening date.",
            )
            return
        first: datetime | None = None
        for group, session in self._sessions():
            if session.starts_at is None or not session.takes_place:
                continue
            if session.starts_at <= closes:
                self._warn(
                    f"groups.{group.id}.{session.id}",
                    f"The session begins before applications close on {closing_day}.",
                    "Check both dates: someone who applies at the end could not be there.",
                )
            elif group.required and (first is None or session.starts_at < first):
                first = session.starts_at
        self._reminders(opens, closes, first)

    def _reminders(self, opens: datetime | None, closes: datetime, first: datetime | None) -> None:
        policy, zone = self._programme.approval, self._programme.tz
        last_answer = grace_ends(self._programme, closes)
        if first is not None and last_answer >= first:
            self._warn(
                "approval.grace days",
                f"A manager's answer counts until {wording.day(last_answer.astimezone(zone).date())}, "
                f"but the first required session is on {wording.day(first.astimezone(zone).date())}.",
                "Write fewer days, so that everyone can still be invited to it.",
            )
        if opens is None:
            return
        longest = last_answer - opens
        if any(timedelta(days=days) >= longest for days in policy.reminder_days):
            self._warn(
                "approval.reminder days",
                "A reminder would come after the last day on which an answer counts, so it is never sent.",
                "Write fewer days.",
            )
        before = policy.reminder_days_before_closing
        if before is not None and timedelta(days=before) >= closes - opens:
            self._warn(
                "approval.reminder days before closing",
                "The reminder would come before applications open, so it is never sent.",
                "Write fewer days.",
            )

    def days(self) -> None:
        """Sessions on a day on which some of those who are invited may not come."""
        for group, session in self._sessions():
            # Of one that is held back the day may be right: whoever mends its time should know.
            if session.day is None or session.status is SessionStatus.CANCELLED:
                continue
            called = is_called(session.day)
            others = [s for s in group.sessions if s is not session and s.takes_place]
            if called:
                self._warn(
                    f"groups.{group.id}.{session.id}",
                    f"The day is {called}.",
                    "Some people have another date to choose. Say in the invitation that both count the same."
                    if others and group.attend is Attendance.ONE_OF
                    else "Choose another day, or be sure that whoever cannot come misses nothing.",
                )

    def room(self) -> None:
        """Sessions that people are booked in without choosing, which nothing keeps from being overfull."""
        for group in self._programme.groups:
            dated = [session for session in group.sessions if session.takes_place]
            unlimited = [session for session in dated if session.capacity is None]
            if group.required and group.attend is Attendance.ONE_OF and group.if_not_chosen == "first" and unlimited:
                self._warn(
                    f"groups.{group.id}",
                    "Whoever chooses no date is put on the first, and without 'capacity' all may end up there.",
                    "Write 'capacity:' for each session, or 'if not chosen: ask'.",
                )
            elif group.attend is Attendance.ALL_OF and unlimited:
                self._warn(
                    f"groups.{group.id}",
                    "Everybody is booked in these sessions, and nothing says for how many there is room.",
                    "Write 'capacity:' for each session: who finds no place then waits for one.",
                )

    def takes_none(self) -> None:
        """What a programme says that has no cohort to apply to."""
        programme = self._programme
        if programme.questions:
            self._warn(
                "form",
                f"The programme's state is '{programme.model.state}', so nobody is shown this form.",
                "Take it out, or write 'state: open'.",
            )
        if programme.completed and programme.model.state is not State.COMPLETED:
            self._error("completed", "The programme is not completed.", "Write 'state: completed', or take it out.")

    def hours(self) -> None:
        """The time that managers are asked to release: sums, groups, meetings."""
        for role, description in self._programme.roles.items():
            required = sum(item.minutes for item in description.commitments if not item.optional)
            if description.total_minutes is not None and required != description.total_minutes:
                self._error(
                    f"roles.{role}.required time",
                    f"'{wording.length(description.total_minutes)}' is written, but the lines of 'time' "
                    f"that are not optional add up to {wording.length(required)}.",
                    "Mend the sum or the lines: line managers are asked for this time.",
                )
            for item in description.commitments:
                self._commitment(role, item)
            self._released(role, description.commitments)
        for group in self._programme.groups:
            for role in group.roles:
                if role not in self._programme.roles:
                    self._error(
                        f"groups.{group.id}",
                        f"The group is for '{role}', which is not described under 'roles'.",
                        "Describe the role or take it out of 'for'.",
                    )

    def _released(self, role: Role, items: Sequence[Commitment]) -> None:
        counted = {item.group for item in items}
        for group in self._programme.groups_for(role):
            if group.required and group.id not in counted:
                self._warn(
                    f"groups.{group.id}",
                    f"The group is required of the role '{role}', but no line of its 'time' counts it.",
                    f"Add a line with 'group: {group.id}' to 'time', so that managers release it.",
                )

    def _commitment(self, role: Role, item: Commitment) -> None:
        subject = f"roles.{role}.time.{item.id}"
        if item.group is None:
            self._own_meetings(subject, item)
            return
        group = self._groups.get(item.group)
        if group is None:
            self._error(subject, f"There is no group '{item.group}'.", did_you_mean(item.group, tuple(self._groups)))
            return
        if role not in group.roles:
            self._error(
                subject,
                f"The group '{group.id}' is not for the role '{role}'.",
                "Name a group of this role, or add the role to the group's 'for'.",
            )
            return
        if item.optional and group.required:
            self._error(
                subject,
                f"The time is optional, but the group '{group.id}' is required.",
                "Make both optional or both required.",
            )
        self._length(subject, item, group)

    def _own_meetings(self, subject: str, item: Commitment) -> None:
        meetings = self._programme.meetings
        if meetings is None:
            self._error(
                subject,
                "The line names no group, and no 'meetings' are described.",
                "Write 'group:', or 'meetings:'.",
            )
            return
        if meetings.count is None or meetings.minutes is None:
            return
        total = meetings.count * meetings.minutes
        if total != item.minutes:
            self._error(
                subject,
                f"'{wording.length(item.minutes)}' is written, but {meetings.count} meetings of "
                f"{wording.length(meetings.minutes)} come to {wording.length(total)}.",
                "Mend the length or 'meetings'.",
            )

    def _length(self, subject: str, item: Commitment, group: SessionGroup) -> None:
        lengths = [session.minutes for session in group.sessions if session.minutes]
        if not lengths:
            return
        said = f"'{wording.length(item.minutes)}' is written"
        if group.attend is Attendance.ONE_OF:
            wrong = sorted(set(lengths) - {item.minutes})
            if wrong:
                found = wording.listed([wording.length(minutes) for minutes in wrong])
                self._warn(
                    subject,
                    f"{said}, but a session of '{group.id}' lasts {found}.",
                    "Check the length and the times.",
                )
            return
        counted = [session for session in group.sessions if session.status is not SessionStatus.CANCELLED]
        # A session without a time is taken to last as long as most: it is still time to be released.
        usual = Counter(lengths).most_common(1)[0][0]
        total = sum(session.minutes or usual for session in counted)
        if total != item.minutes:
            self._warn(
                subject,
                f"{said}, but the sessions of '{group.id}' come to {wording.length(total)}.",
                "Check the length and the times.",
            )

    def overlaps(self) -> None:
        """Sessions at the same time that one person may have to attend."""
        live = [(group, session) for group, session in self._sessions() if session.takes_place]
        for (group, session), (other_group, other) in combinations(live, 2):
            if _meets(session, other) and not _rivals(group, other_group):
                self._warn(
                    f"groups.{other_group.id}.{other.id}",
                    f"The session overlaps with '{session.id}', and one person may be needed at both.",
                    "Move one of them, or check that both times are right.",
                )

    def eligibility(self) -> None:
        """Each area and sector of the form has one answer, and no answer is for anything else."""
        offered = {}
        for field in ("area", "sector"):
            question = self._question(field)
            offered[field] = tuple(option.value for option in question.options) if question else ()
        rules = self._programme.eligibility
        if not rules and self._programme.model.unit is Unit.PERSON:
            self._warn(
                "eligibility",
                "No rule says whom this is for, so an administrator has to decide on every single application.",
                "Write 'eligibility:' with an answer for each area and sector.",
            )
        if not rules and not any(offered.values()):
            return
        self._may_be_left_blank(("area", "sector"))
        for rule in rules:
            subject = f"eligibility.{rule.area}.{rule.sector}"
            for field, value in (("area", rule.area), ("sector", rule.sector)):
                if value not in offered[field]:
                    self._error(
                        subject,
                        f"The {field} '{value}' is not an option of the form's question '{field}'.",
                        did_you_mean(value, offered[field]),
                    )
        answered = {(rule.area, rule.sector) for rule in rules}
        for area in offered["area"]:
            missing = [sector for sector in offered["sector"] if (area, sector) not in answered]
            if missing:
                self._error(
                    "eligibility",
                    f"There is no answer for the area '{area}' and {wording.listed(missing)}.",
                    "Add them to 'sectors' of a rule for this area.",
                )

    def _may_be_left_blank(self, fields: Sequence[str]) -> None:
        for field in fields:
            question = self._question(field)
            if question is not None and not (question.required and question.for_role is None):
                self._warn(
                    question_subject(question),
                    f"Some people need not answer '{field}', and an administrator then has to decide on each.",
                    "Write 'required: yes', and take out 'for role'.",
                )

    def _question(self, field: str) -> Question | None:
        return next((question for question in self._programme.questions if question.field == field), None)

    def form(self) -> None:
        """Questions, their options and the keys of the form providers."""
        questions = self._programme.questions
        for field in ALWAYS_REQUIRED:
            # Where everybody is the same, nobody has to say which they are.
            if field != "role" or self._programme.model.begins_with is None:
                self._asked_of_everybody(field)
        for question in questions:
            self._options(question)
            if question.field in ALWAYS_REQUIRED and not question.required:
                self._error(
                    f"{question_subject(question)}.required",
                    f"'{question.field}' can never be optional: without it there is nobody to write to, or no "
                    "permission to go on.",
                    "Write 'required: yes', and have the form ask it.",
                )
            if question.for_role is not None and self._programme.model.applying == (Role.PARTNER,):
                self._error(
                    question_subject(question),
                    "The question is for one role, and everybody has the same.",
                    "Take out 'for role'.",
                )
            elif question.for_role is not None and question.for_role not in self._programme.model.applying:
                self._error(
                    question_subject(question),
                    f"The question is for '{question.for_role}', which is not described under 'roles'.",
                    "Describe the role or take the question out.",
                )
        by_field = sorted(questions, key=lambda question: question.field)
        for _, same in groupby(by_field, key=lambda question: question.field):
            together = list(same)
            if len(together) > 1 and any(question.for_role is None for question in together):
                self._error(
                    question_subject(together[-1]),
                    "Two questions fill the same answer, and one of them is for every role.",
                    "Give each its 'for role', or keep one.",
                )
        check_own(questions, question_subject, error=self._error, warn=self._warn)
        self._promised("topics", [topic.id for topic in self._programme.topics], "topic")
        self._promised("role", list(self._programme.roles), "role")
        self._training()
        self._keys()
        self._manager()
        if not self._desk.refused:
            for role in self._programme.model.applying:
                self._can_be_sent(role)

    def _asked_of_everybody(self, field: str) -> None:
        """What nobody can apply without. The role is asked before it is known, so its question is for no role."""
        asked = [question for question in self._programme.questions if question.field == field]
        if not asked:
            self._error("form", f"No question fills '{field}'.", f"Add a question with 'field: {field}'.")
            return
        for_all = any(question.for_role is None for question in asked)
        left_out = set(self._programme.roles) - {q.for_role for q in asked if field != "role"}
        if not for_all and left_out:
            self._error(
                question_subject(asked[0]),
                f"Not everybody is asked '{field}', and without it nobody can apply.",
                "Take out 'for role'.",
            )

    def _manager(self) -> None:
        """Whether everybody names a line manager: who does not is asked by mail, and waits until they answer."""
        if self._programme.model.released_by is not Releaser.MANAGER:
            return
        for role, about in self._programme.roles.items():
            asked = [q for q in self._asked_of(role) if q.field == "manager_email"]
            if not asked:
                self._warn(
                    "form",
                    f"Who applies as '{about.title}' is not asked for their line manager's address. Each of them is "
                    "then asked by mail, and nobody is asked to release them before they answer.",
                    "Add a required question with 'field: manager_email'.",
                )
            elif not any(question.required for question in asked):
                self._warn(
                    question_subject(asked[0]),
                    f"Who applies as '{about.title}' can leave out their line manager's address. They are then asked "
                    "by mail, and nobody is asked to release them before they answer.",
                    "Write 'required: yes'.",
                )

    def _asked_of(self, role: Role) -> list[Question]:
        return [question for question in self._programme.questions if question.for_role in {None, role}]

    def _can_be_sent(self, role: Role) -> None:
        """Every answer that the form lets somebody give is tried with the rules by which applications are judged."""
        # Costs 30 ms to import, and only programme files need it here.
        from shared.domain import answers

        for question in self._asked_of(role):
            field = question.field
            tries = [(words, {"role": role.value, field: given}) for words, given in _ways_to_answer(question, role)]
            says = {
                words: problem.says
                for words, given in tries
                for problem in answers.check(self._programme, given).problems
                if problem.field == field
            }
            if not says or (field in _ONE_WILL_DO and says.keys() < {words for words, _ in tries}):
                continue
            words, why = next(iter(says.items()))
            self._error(
                question_subject(question),
                f"Who answers {words} cannot send the form. They would be told: {why}",
                "Mend the question's type or options, or take the option out.",
            )

    def _options(self, question: Question) -> None:
        subject = question_subject(question)
        if (
            question.type in WITH_OPTIONS
            and not question.options
            and not (question.sees and question.type == "yes or no")
        ):
            self._error(
                subject,
                f"The question has no options, and its type is '{question.type}'.",
                "Write 'options:'.",
            )
        if question.type not in WITH_OPTIONS and question.options:
            self._error(
                subject,
                f"The type '{question.type}' takes no options.",
                "Write 'type: choice', or leave them out.",
            )
        asked = FIELDS.get(question.field)
        for option in question.options if asked is not None and asked.values else ():
            if asked is not None and option.value not in asked.values:
                self._error(
                    f"{subject}.options.{option.value}",
                    f"'{option.value}' is not an answer that the app knows for '{question.field}'.",
                    did_you_mean(option.value, asked.values),
                )
        if question.type == "yes or no":
            for option in question.options:
                if option.value not in {"true", "false"}:
                    self._error(
                        f"{subject}.options.{option.value}",
                        f"'{option.value}' is not an answer to a question of yes or no.",
                        "Write 'true:' or 'false:' before the words.",
                    )
        seen: dict[str, str] = {}
        for option in question.options:
            for text in (option.text, *option.aliases):
                owner = seen.setdefault(normalised(text), option.value)
                if owner != option.value:
                    self._error(
                        f"{subject}.options.{option.value}",
                        f"'{text}' cannot be told from the words of '{owner}'.",
                        "Give each option words of its own.",
                    )

    def _promised(self, field: str, known: Sequence[str], called: str) -> None:
        """The options of a question are exactly the programme's own list."""
        question = self._question(field)
        if question is None:
            return
        subject = question_subject(question)
        offered = [option.value for option in question.options]
        for value in offered:
            if value not in known:
                self._error(f"{subject}.options.{value}", f"'{value}' is not a {called}.", did_you_mean(value, known))
        for value in known:
            if value not in offered:
                self._error(
                    subject,
                    f"The {called} '{value}' is not an option of the question.",
                    f"Add it to 'options', or drop the {called}.",
                )

    def _training(self) -> None:
        offered: set[str] = set()
        groups: dict[str, SessionGroup] = {}
        for question in self._programme.questions:
            if question.field != "training_session":
                continue
            for option in question.options:
                subject = f"{question_subject(question)}.options.{option.value}"
                session, group = self._programme.session(option.value), self._programme.group_of(option.value)
                if session is None or group is None:
                    known = tuple(session.id for _, session in self._sessions())
                    self._error(subject, f"There is no session '{option.value}'.", did_you_mean(option.value, known))
                    continue
                offered.add(session.id)
                groups[group.id] = group
                if question.for_role is not None and question.for_role not in group.roles:
                    self._error(
                        subject,
                        f"The session '{session.id}' is not for the role '{question.for_role}'.",
                        "Offer a session of this role.",
                    )
                self._promise(subject, option.text, session)
        for group in groups.values():
            for session in group.sessions:
                if session.takes_place and session.id not in offered:
                    self._warn(
                        f"groups.{group.id}.{session.id}",
                        "The form offers other sessions of this group, but not this one.",
                        "Add it to the options of the question.",
                    )

    def _promise(self, subject: str, text: str, session: Session) -> None:
        if not session.takes_place or session.starts_at is None or session.ends_at is None:
            self._warn(
                subject,
                f"The form offers '{session.id}', which has no time or is cancelled.",
                "Take it out, or mend the session.",
            )
            return
        promised = _instants_of(text, self._programme)
        if promised is not None and promised != (session.starts_at, session.ends_at):
            right = wording.times(session.starts_at, session.ends_at, self._programme.tz)
            self._warn(subject, f"The form says '{text}', but the session is on {right}.", "Make both say the same.")

    def _keys(self) -> None:
        programme = self._programme
        providers = dict.fromkeys(chain(programme.form_ids, *(question.keys for question in programme.questions)))
        for provider in providers:
            if provider == OWN_FORM:
                continue
            first: dict[str, str] = {}
            for question in programme.questions:
                subject = question_subject(question)
                key = question.keys.get(provider)
                if key is None:
                    self._warn(
                        subject,
                        f"The question has no key for '{provider}', so it is known by its title, if that is sent.",
                        f"Add '{provider}:' to 'keys'.",
                    )
                    continue
                owner = first.setdefault(key, subject)
                if owner != subject:
                    self._error(
                        f"{subject}.keys.{provider}",
                        f"The key '{key}' of '{provider}' is used by {owner} too.",
                        "Look the right key up in the provider's form editor.",
                    )
            if provider not in programme.form_ids:
                self._warn(
                    "form",
                    f"There are keys for '{provider}', but its form has no id.",
                    f"Add '{provider}:' to 'ids'.",
                )
