"""The rules of one application's answers: raw answers in, a valid ``Answers`` or every problem at once out.

Problems and remarks are stored and mailed, so they speak of an answer and never quote it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from shared.domain import addresses, wording
from shared.domain.addresses import is_same_mailbox
from shared.domain.fields import ALWAYS_REQUIRED, FIELDS, YES_OR_NO, Answers, Reads
from shared.domain.programme import Attendance, Option, Programme, Question, Role, SessionGroup
from shared.domain.text import clean, is_broken, match_key, too_long

#: A remark for administrators, until the manager approves.
NOT_YET_AGREED: Final = "The applicant has not yet agreed the time with their line manager."
LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 4000
_HIGHEST_BAND: Final = 99

_YES: Final = frozenset({"true", "yes", "i agree", "agree", "agreed"})
_NO: Final = frozenset({"false", "no", "not yet", "i do not agree", "disagree"})

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
    the record that waits for a correction; ``remarks`` are for an administrator to look at and stop nothing.
    """

    answers: Answers | None
    problems: tuple[Problem, ...]
    readable: dict[str, object]
    remarks: tuple[str, ...]


def check(programme: Programme, raw: Mapping[str, object], *, asking: bool = False) -> Checked:
    """Read raw answers (canonical names, any JSON values) by the programme's questions; never raises.

    ``asking``: they come from a page of ours, before whoever typed them. What is mended or only remarked on elsewhere
    is then a problem, which may quote an address to them.
    """
    reader = _Reader(programme, raw, asking=asking)
    for field, asked in FIELDS.items():
        reader.read(field, asked.reads)
    reader.compare()
    problems = tuple(sorted(reader.problems, key=lambda problem: _PLACES[problem.field]))
    known: dict[str, Any] = reader.readable  # each value has its field's type: the reader put it there
    return Checked(None if problems else Answers(**known), problems, reader.readable, tuple(reader.remarks))


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


def chosen(options: Iterable[Option], given: str) -> str | None:
    """The value of the option that the text means, by its value, text or an alias; None if it means none."""
    options = tuple(options)
    exact = next((option.value for option in options if option.value == given), None)
    key = match_key(given)
    if exact is not None or not key:
        return exact
    return next((option.value for option in options if key in _keys(option)), None)


def yes_or_no(options: Iterable[Option], given: object) -> bool | None:
    """What an answer to a yes-or-no question means, or None. An option that is the only one means yes."""
    options = tuple(options)
    given = _only(given)
    if isinstance(given, bool) or not isinstance(given, str):
        return given if isinstance(given, bool) else None
    value = chosen(options, given)
    option = next((option for option in options if option.value == value), None)
    for word in (option.value, option.text) if option else (given,):
        key = match_key(word)
        if key in _YES or key in _NO:
            return key in _YES
    return True if option and len(options) == 1 else None


def is_offered(programme: Programme, field: str, given: str) -> bool:
    """Whether an answer in these words can be one that the programme offers; any words can where it offers none."""
    reader = _Reader(programme, {})
    options = reader.options(field)
    if field in YES_OR_NO:
        return yes_or_no(options, given) is not None
    if field == "training_session":
        return reader.session_id(given) is not None
    asked = FIELDS.get(field)
    return asked is None or not asked.of_options or not options or chosen(options, given) is not None


class _Reader:
    """Collects what can be read, and every problem. One instance reads one application."""

    def __init__(self, programme: Programme, raw: Mapping[str, object], *, asking: bool = False) -> None:
        self.programme = programme
        self.raw = raw
        self.asking = asking
        self.problems: list[Problem] = []
        self.readable: dict[str, object] = {}
        self.remarks: list[str] = []

    def read(self, field: str, reads: Reads) -> None:
        """One answer, in the way that its field is read."""
        match reads:
            case Reads.LINE:
                self.text(field)
            case Reads.LINES:
                self.text(field, limit=LONGEST_TEXT, multiline=True)
            case Reads.ADDRESS:
                self.address(field)
            case Reads.ROLE:
                self.role()
            case Reads.OPTION:
                self.choice(field)
            case Reads.SEVERAL:
                self.several(field)
            case Reads.YES_OR_NO:
                self.yes_or_no(field)
            case Reads.SESSION:
                self.training_session()
            case Reads.COMMITMENT:
                self.commitment()
            case _:
                assert_never(reads)

    def text(self, field: str, *, limit: int = LONGEST_LINE, multiline: bool = False) -> None:
        """A free text; '' when it is not asked for and not given."""
        given = self._words(field)
        if given is None:
            return
        value = clean(given, multiline=multiline)
        if len(value) > limit:
            self._problem(field, too_long(len(value), limit))
        else:
            self.readable[field] = value

    def address(self, field: str) -> None:
        """One e-mail address: the part before the @ as typed, the domain in lower case."""
        given = self._words(field)
        if given is None:
            return
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
        only = self.programme.model.begins_with
        if only is not None and _blank(self.raw.get("role")):
            self.readable["role"] = only
            return
        value = self._one_of("role", self.options("role"))
        if value is None:
            return
        try:
            self.readable["role"] = Role(value)
        except ValueError:
            self._unknown_choice("role", self.options("role"))

    def choice(self, field: str) -> None:
        """The value of one option; a clean line of text if the programme lists no options."""
        options = self.options(field)
        if not options:
            self.text(field)
            return
        value = self._one_of(field, options)
        if value is not None:
            self.readable[field] = value

    def several(self, field: str) -> tuple[str, ...] | None:
        """The values of the options ticked, each once and in the order given; None if there was a problem."""
        options = self.options(field)
        given = self.raw.get(field)
        if _blank(given):
            if self._required(field):
                self._problem(field, f"Please choose at least one of: {_listing(options)}." if options else _MISSING)
                return None
            self.readable[field] = ()
            return ()
        lines = _lines(given)
        if lines is None:
            self._problem(field, "We could not read this answer. Please give it again.")
            return None
        values = [chosen(options, line) if options else clean(line) for line in lines]
        if any(value is None or len(value) > LONGEST_LINE for value in values):
            self._unknown_choice(field, options)
            return None
        found = tuple(dict.fromkeys(value for value in values if value))
        self.readable[field] = found
        return found

    def commitment(self) -> None:
        """Every line that the form asks people to confirm, in the form's order."""
        options = self.options("commitment")
        if options and _blank(self.raw.get("commitment")) and self._required("commitment"):
            self._problem("commitment", f"Please confirm every line: {_listing(options)}.")
            return
        ticked = self.several("commitment")
        if not ticked:
            return
        missing = [option for option in options if option.value not in ticked]
        if missing and self._required("commitment"):
            del self.readable["commitment"]
            self._problem("commitment", f"Please also confirm: {_listing(missing)}.")
        elif options:
            self.readable["commitment"] = tuple(option.value for option in options if option.value in ticked)

    def yes_or_no(self, field: str) -> None:
        """True or False; False when it is not asked for and not given. Consent must be True."""
        given = self.raw.get(field)
        options = self.options(field)
        answer = yes_or_no(options, given)
        if field == "consent" and (_blank(given) or answer is False):
            tick = f" Please choose \u2018{options[0].text}\u2019 if you do." if options else ""
            self._problem(field, f"We can only go on with your application if you agree to this.{tick}")
        elif _blank(given) and self._required(field):
            self._problem(field, f"Please choose one of: {_listing(options)}." if options else _MISSING)
        elif not _blank(given) and answer is None:
            self._unknown_choice(field, options)
        else:
            self.readable[field] = bool(answer)
            if field == "manager_agreed" and not answer and self._question(field):
                self.remarks.append(NOT_YET_AGREED)

    def training_session(self) -> None:
        """The id of a session the role trains in; None if none was chosen or the one chosen is no choice."""
        field = "training_session"
        given = _only(self.raw.get(field))
        if _blank(given):
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
    def _role(self) -> Role | None:
        role = self.readable.get("role")
        return role if isinstance(role, Role) else None

    def _words(self, field: str) -> str | None:
        """The text given, '' for none; None if there was a problem, which is then recorded."""
        given = self.raw.get(field)
        if field == "band" and isinstance(given, int) and not isinstance(given, bool) and 0 < given <= _HIGHEST_BAND:
            given = str(given)  # a band is a number to most people, and to scripts
        if _blank(given):
            if self._required(field):
                self._problem(field, _MISSING)
                return None
            return ""
        if not isinstance(given, str):
            self._problem(field, "We expected words here and received something else. Please type the answer again.")
            return None
        if is_broken(given):
            self._problem(field, "This answer holds characters that cannot be read. Please type it again.")
            return None
        return given

    def _one_of(self, field: str, options: tuple[Option, ...]) -> str | None:
        """The value of the option given, '' for none; None if there was a problem, which is then recorded."""
        given = _only(self.raw.get(field))
        if _blank(given):
            if self._required(field):
                self._problem(field, f"Please choose one of: {_listing(options)}.")
                return None
            return ""
        value = chosen(options, given) if isinstance(given, str) else None
        if value is None:
            self._unknown_choice(field, options)
        return value

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
        listing = f"Please choose from: {_listing(options)}." if options else "Please give it again."
        self._problem(field, f"This answer is not one that we offer. {listing}")

    def _questions(self, field: str) -> list[Question]:
        """The questions that fill the field, those of the applicant's own role first."""
        asked = [question for question in self.programme.questions if question.field == field]
        return sorted(asked, key=lambda question: question.for_role not in {None, self._role})

    def _question(self, field: str) -> Question | None:
        return next(iter(self._questions(field)), None)

    def _required(self, field: str) -> bool:
        mine = [question for question in self._questions(field) if question.for_role in {None, self._role}]
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


_MISSING: Final = "Please answer this question."


def _blank(given: object) -> bool:
    if isinstance(given, list | tuple):
        return all(item is None or (isinstance(item, str) and not clean(item)) for item in given)
    return given is None or (isinstance(given, str) and not clean(given))


def _only(given: object) -> object:
    """A list of one as its item: some forms send every tick box as a list."""
    return given[0] if isinstance(given, list | tuple) and len(given) == 1 else given


def _lines(given: object) -> list[str] | None:
    """The texts of a multiple answer without blanks; None if something in it is no text."""
    items = list(given) if isinstance(given, list | tuple) else [given]
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) + sum(item is None for item in items) < len(items):
        return None
    return [text for text in texts if clean(text)]


def _keys(option: Option) -> set[str]:
    return {match_key(word) for word in (option.value, option.text, *option.aliases)}


def _listing(options: Iterable[Option]) -> str:
    # semicolons: "Leicester, Leicestershire and Rutland" is one option
    return "; ".join(option.text for option in options)
