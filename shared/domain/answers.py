"""The rules of one application's answers: raw answers in, a valid ``Answers`` or every problem at once out.

Problems and remarks are stored and mailed, so they speak of an answer and never quote it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, assert_never

from shared.domain import addresses, wording
from shared.domain.addresses import is_same_mailbox
from shared.domain.fields import ALWAYS_REQUIRED, FIELDS, YES_OR_NO, Answers, Reads, Told
from shared.domain.options import chosen, is_blank, listing, only, yes_or_no
from shared.domain.programme import Attendance, Option, Programme, Question, QuestionType, Role, SessionGroup
from shared.domain.questionnaire import MISSING, Value, in_words, is_asked, read, unreadable
from shared.domain.text import clean

#: A remark for administrators, until the manager approves.
NOT_YET_AGREED: Final = "The applicant has not yet agreed the time with their line manager."
_HIGHEST_BAND: Final = 99

# fmt: off
_FREE_MAIL: Final = frozenset({
    "aol.com", "aol.co.uk", "btinternet.com", "gmail.com", "gmx.com", "gmx.co.uk", "googlemail.com",
    "hotmail.com", "hotmail.co.uk", "icloud.com", "live.com", "live.co.uk", "mac.com", "mail.com",
    "me.com", "msn.com", "ntlworld.com", "outlook.com", "pm.me", "proton.me", "protonmail.com",
    "sky.com", "talktalk.net", "tiscali.co.uk", "virginmedia.com", "yahoo.com", "yahoo.co.uk",
    "ymail.com",
})
_ROLE_MAILBOXES: Final = frozenset({
    "admin", "administrator", "careers", "contact", "enquiries", "feedback", "hello", "help",
    "helpdesk", "hr", "info", "mail", "no-reply", "noreply", "office", "postmaster", "reception",
    "recruitment", "secretary", "support", "team", "training",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that cannot be accepted: which, its title on the form, what to do. Never the answer."""

    field: str
    title: str
    says: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    ``readable`` holds each field that was fine on its own (also where two fields contradict each other), for
    the record that waits for a correction; ``told`` are the good answers to the programme's own questions, which a
    valid application has too; ``remarks`` are for an administrator to look at and stop nothing.
    """

    answers: Answers | None
    problems: tuple[Problem, ...]
    readable: dict[str, object]
    remarks: tuple[str, ...]
    told: tuple[Told, ...] = ()


def check(programme: Programme, raw: Mapping[str, object], *, asking: bool = False) -> Checked:
    """Read raw answers (canonical names, any JSON values) by the programme's questions; never raises.

    ``asking``: they come from a page of ours, before whoever typed them. What is mended or only remarked on elsewhere
    is then a problem, which may quote an address to them.
    """
    reader = _Reader(programme, raw, asking=asking)
    for field, asked in FIELDS.items():
        reader.read(field, asked.reads)
    reader.compare()
    # In the order of the fields; what the programme asks besides comes behind, in its own order.
    problems = tuple(sorted(reader.problems, key=lambda problem: _PLACES.get(problem.field, len(_PLACES))))
    told = tuple(reader.own())
    problems = (*problems, *reader.problems[len(problems) :])
    known: dict[str, Any] = reader.readable  # each value has its field's type: the reader put it there
    answers = None if problems else Answers(**known, told=told)
    return Checked(answers, problems, reader.readable, tuple(reader.remarks), told)


_PLACES: Final = {field: place for place, field in enumerate(FIELDS)}
#: Of a line manager's address that is the applicant's.
OWN_ADDRESS: Final = "This is your own address. Please give your line manager\u2019s work email address."
OWN_MAILBOX: Final = (
    "Mail to this address comes to you: what stands behind the plus sign makes no difference. "
    "Please give your line manager\u2019s work email address."
)


def email_key(address: str) -> str:
    """What identifies a mailbox: addresses are the same if they differ in the case of ASCII letters alone.

    Folding more (\u00df to ss, \u017f to s, ligatures) would take two people's mailboxes for one.
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in clean(address))


def is_offered(programme: Programme, field: str, given: str) -> bool:
    """Whether an answer in these words can be one that the programme offers; any words can where it offers none."""
    reader = _Reader(programme, {})
    options = reader.options(field)
    if field in YES_OR_NO:
        return yes_or_no(options, given) is not None
    if field == "training_session":
        return reader.session_id(given) is not None
    asked = FIELDS.get(field)
    own = any(q.type in {"choice", "multi", "ranked"} for q in programme.questions if q.field == field and q.sees)
    of_options = asked.of_options if asked else own
    return not of_options or not options or chosen(options, given) is not None


@lru_cache(maxsize=1000)
def _asked(field: str, type_: QuestionType, options: tuple[Option, ...], *, required: bool) -> Question:
    """A field as a question of its own, whichever questions of the form fill it. Making one takes long."""
    return Question(field=field, title=field, type=type_, required=required, options=options)


class _Reader:
    """Collects what can be read, and every problem. One instance reads one application."""

    def __init__(self, programme: Programme, raw: Mapping[str, object], *, asking: bool = False) -> None:
        self.programme = programme
        self.asking = asking
        self._not_asked: set[str] = set()
        self.raw = raw
        self.problems: list[Problem] = []
        self.readable: dict[str, object] = {}
        self.remarks: list[str] = []
        self.raw = self._of_what_is_asked(raw)

    def _of_what_is_asked(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        """The answers without those to questions that, by the others, are not asked of this person."""
        conditional = {question.field for question in self.programme.questions if question.only_if}
        if not conditional:
            return raw
        role = self._role_given
        asked = {q.field for q in self.programme.questions if is_asked(self.programme.questions, q, raw, role=role)}
        self._not_asked = conditional - asked
        return {field: given for field, given in raw.items() if field not in self._not_asked}

    def own(self) -> Iterable[Told]:
        """The answers to the programme's own questions, for the person's role and as far as they are asked."""
        for question in self.programme.questions:
            if question.sees is None or question.for_role not in {None, self._role}:
                continue
            if question.field in self._not_asked:
                continue
            found = read(question, self.raw.get(question.field))
            if found.says:
                self.problems.append(Problem(question.field, question.title, found.says))
            elif found.value is not None:
                yield Told(question.field, question.title, in_words(question, found.value), question.sees)

    def read(self, field: str, reads: Reads) -> None:
        """One answer, in the way that its field is read."""
        match reads:
            case Reads.LINE:
                self.take(field, "text", "")
            case Reads.LINES:
                self.take(field, "long text", "")
            case Reads.ADDRESS:
                self.address(field)
            case Reads.ROLE:
                self.role()
            case Reads.OPTION:
                self.take(field, "choice" if self.options(field) else "text", "")
            case Reads.SEVERAL:
                self.take(field, "multi", ())
            case Reads.YES_OR_NO:
                self.yes_or_no(field)
            case Reads.SESSION:
                self.training_session()
            case Reads.COMMITMENT:
                self.commitment()
            case _:
                assert_never(reads)

    def address(self, field: str) -> None:
        """One e-mail address: the part before the @ as typed, the domain in lower case."""
        given = self.raw.get(field)
        said = unreadable(given, required=self._required(field))
        if said:
            self._problem(field, said)
            return
        given = "" if is_blank(given) else str(given)
        value = clean(given) if self.asking else addresses.mended(given) or clean(given)
        if not value:
            self.readable[field] = ""
            return
        valid = addresses.read(value)
        if valid is None:
            says = addresses.email_problem(value) if self.asking else addresses.unread_problem(value)
            self._problem(field, says)
            return
        self.readable[field] = addresses.as_sent(value)
        self._look_at(field, valid.local_part, valid.ascii_domain, rewritten=value != clean(given))

    def role(self) -> None:
        """One of the programme's roles; of a programme that has one, that."""
        everybodys = self.programme.model.begins_with
        if everybodys is not None and is_blank(self.raw.get("role")):
            self.readable["role"] = everybodys
            return
        if not self.take("role", "choice", ""):
            return
        try:
            self.readable["role"] = Role(str(self.readable["role"]))
        except ValueError:
            del self.readable["role"]
            self._unknown_choice("role", self.options("role"))

    def take(self, field: str, type_: QuestionType, nothing: Value) -> bool:
        """An answer as a questionnaire reads it; ``nothing`` when it is not asked for and not given."""
        given = self.raw.get(field)
        if field == "band" and isinstance(given, int) and not isinstance(given, bool) and 0 < given <= _HIGHEST_BAND:
            given = str(given)  # a band is a number to most people, and to scripts
        options = self.options(field) if type_ in {"choice", "multi"} else ()
        found = read(_asked(field, type_, options, required=self._required(field)), given, numbers=False)
        if found.says:
            self._problem(field, found.says)
            return False
        self.readable[field] = nothing if found.value is None else found.value
        return True

    def commitment(self) -> None:
        """Every line that the form asks people to confirm, in the form's order."""
        options = self.options("commitment")
        if options and is_blank(self.raw.get("commitment")) and self._required("commitment"):
            self._problem("commitment", f"Please confirm every line: {listing(options)}.")
            return
        self.take("commitment", "multi", ())
        ticked = self.readable.get("commitment")
        if not isinstance(ticked, tuple) or not ticked:
            return
        missing = [option for option in options if option.value not in ticked]
        if missing and self._required("commitment"):
            del self.readable["commitment"]
            self._problem("commitment", f"Please also confirm: {listing(missing)}.")
        elif options:
            self.readable["commitment"] = tuple(option.value for option in options if option.value in ticked)

    def yes_or_no(self, field: str) -> None:
        """True or False; False when it is not asked for and not given. Consent must be True."""
        given = self.raw.get(field)
        options = self.options(field)
        answer = yes_or_no(options, given)
        if field == "consent" and (is_blank(given) or answer is False):
            tick = f" Please choose \u2018{options[0].text}\u2019 if you do." if options else ""
            self._problem(field, f"We can only go on with your application if you agree to this.{tick}")
        elif is_blank(given) and self._required(field):
            self._problem(field, f"Please choose one of: {listing(options)}." if options else MISSING)
        elif not is_blank(given) and answer is None:
            self._unknown_choice(field, options)
        else:
            self.readable[field] = bool(answer)
            if field == "manager_agreed" and not answer and self._question(field):
                self.remarks.append(NOT_YET_AGREED)

    def training_session(self) -> None:
        """The id of a session the role trains in; None if none was chosen or the one chosen is no choice."""
        field = "training_session"
        given = only(self.raw.get(field))
        if is_blank(given):
            self.readable[field] = None
            if self._required(field) and (self._role is None or self._spans(self._role)):
                self._problem(field, self._dates())
            return
        session_id = self.session_id(given) if isinstance(given, str) else None
        session = self.programme.session(session_id) if session_id else None
        group = self.programme.group_of(session_id) if session_id else None
        if session is None or group is None:
            self._problem(field, f"We do not know this date. {self._dates()}")
            return
        self.readable[field] = session.id
        role = self._role
        if role is None:
            return  # the role's own problem comes first
        if role not in group.roles:
            self._problem(field, f"That date is for {self._people(group.roles)}. {self._dates()}")
        elif not group.required:
            self.readable[field] = None
            self.remarks.append("The training date chosen is an optional session, so no training date is chosen yet.")
        elif group not in self._training_groups(role):
            self._problem(field, f"That date is not a training date. {self._dates()}")
        elif not session.takes_place:
            self.readable[field] = None
            self.remarks.append("The training date chosen does not take place, so no training date is chosen yet.")

    def compare(self) -> None:
        """What two answers must not have in common."""
        own, manager = self.readable.get("email"), self.readable.get("manager_email")
        if not isinstance(own, str) or not isinstance(manager, str) or not own:
            return
        if email_key(own) == email_key(manager):
            self._problem("manager_email", OWN_ADDRESS)
        elif self.asking and is_same_mailbox(own, manager):
            self._problem("manager_email", OWN_MAILBOX)

    @property
    def _role_given(self) -> str | None:
        given = only(self.raw.get("role"))
        return chosen(self.options("role"), given) if isinstance(given, str) else self.programme.model.only_role

    @property
    def _role(self) -> Role | None:
        role = self.readable.get("role")
        return role if isinstance(role, Role) else None

    def _look_at(self, field: str, local_part: str, domain: str, *, rewritten: bool) -> None:
        whose = "line manager\u2019s" if field == "manager_email" else "applicant\u2019s"
        if rewritten:
            self.remarks.append(
                f"The {whose} email address came with more around it or with a curly apostrophe, and was mended."
            )
        if local_part.casefold() in _ROLE_MAILBOXES:
            self.remarks.append(f"The {whose} email address looks like a shared mailbox.")
        if domain.endswith(".con"):
            self.remarks.append(f"The {whose} email address ends in .con, which may be meant as .com.")
        if field == "manager_email" and domain in _FREE_MAIL:
            self.remarks.append(f"The {whose} email address is with a free mail service, not an employer.")

    def _problem(self, field: str, says: str) -> None:
        question = self._question(field)
        self.problems.append(Problem(field, question.title if question else field, says))

    def _unknown_choice(self, field: str, options: tuple[Option, ...]) -> None:
        offered = f"Please choose from: {listing(options)}." if options else "Please give it again."
        self._problem(field, f"This answer is not one that we offer. {offered}")

    def _questions(self, field: str) -> list[Question]:
        """The questions that fill the field, those of the applicant's own role first."""
        asked = [question for question in self.programme.questions if question.field == field]
        return sorted(asked, key=lambda question: question.for_role not in {None, self._role})

    def _question(self, field: str) -> Question | None:
        return next(iter(self._questions(field)), None)

    def _required(self, field: str) -> bool:
        mine = [question for question in self._questions(field) if question.for_role in {None, self._role}]
        if field in self._not_asked:
            return False
        return field in ALWAYS_REQUIRED or any(question.required for question in mine)

    def options(self, field: str) -> tuple[Option, ...]:
        """What the field offers, whoever is asked."""
        options = [option for question in self._questions(field) for option in question.options]
        more: list[Option] = []
        if field == "topics":
            more = [Option(value=topic.id, text=topic.name) for topic in self.programme.topics]
        elif field == "role":
            model = self.programme.model
            more = [Option(value=role, text=model.title(role)) for role in model.applying]
        listed = {option.value for option in options}
        return (*options, *(option for option in more if option.value not in listed))

    def session_id(self, given: str) -> str | None:
        """The id of the session that the words mean, or None."""
        sessions = [session.id for group in self.programme.groups for session in group.sessions]
        ids = (Option(value=session_id, text=session_id) for session_id in sessions)
        return chosen((*self.options("training_session"), *ids), given)

    def _training_groups(self, role: Role) -> list[SessionGroup]:
        """Groups the form lets the role choose from; if none, the first where one session is due."""
        mine = [q for q in self._questions("training_session") if q.for_role in {None, role}]
        offered = {option.value for question in mine for option in question.options}
        groups = self.programme.groups_for(role)
        named = [group for group in groups if any(session.id in offered for session in group.sessions)]
        return named or [g for g in groups if g.required and g.attend is Attendance.ONE_OF][:1]

    def _dates(self) -> str:
        """What the applicant can choose, in words."""
        if self._role is None:
            return "Please choose one of the dates offered for your role."
        spans = self._spans(self._role)
        if not spans:
            return "No date can be chosen yet: please leave this answer blank."
        dates = "; ".join(wording.times(start, end, self.programme.tz) for start, end in spans)
        return f"Choose one of: {dates}."

    def _spans(self, role: Role) -> list[tuple[datetime, datetime]]:
        """When the dates are that the role can choose: where there is none, nobody has to."""
        return sorted(
            (session.starts_at, session.ends_at)
            for group in self._training_groups(role)
            for session in group.sessions
            if session.takes_place and session.starts_at and session.ends_at
        )

    def _people(self, roles: Iterable[Role]) -> str:
        titles = [about.title if (about := self.programme.roles.get(role)) else role.value for role in roles]
        return wording.listed([f"{title[:1].lower()}{title[1:]}s" for title in titles])
