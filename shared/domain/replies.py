"""What a mail in the inbox is, how a manager's own words read, and what either does to an application.

A reply proves nobody's identity, and a wrong guess would release or refuse somebody. So only a short, plain answer
reads as one; whatever is mixed, conditional, or longer is unclear, and people read it in the mailbox.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.answers import email_key
from shared.domain.application import Answer, Application, Status, Suggestion

# More than any application sees in the days that are read again when the mail service has lost its place.
_MOST_REMEMBERED = 30
_MOST_ANCESTORS = 3
# "I have left the office" is of today; who is away comes back.
_LEFT = re.compile(
    r"\b(?:i|he|she|they|who|has|have|had|now|since)(?:'ve| have| has| had)? (?:now |since |recently )?left\b"
    r"(?! (?:the |my )?(?:office|desk|work|building|early|for)\b)"
    r"|\bno longer (?:work|works|working|with|at|employed|an? employee|part of|in (?:this|the|my|that) (?:role|post))\b"
    r"|\b(?:left|leaving|retired from) (?:the|this|our) (?:trust|organi[sz]ation|company|department|service)\b"
    r"|\b(?:i|he|she|they|has|have)(?:'ve)? (?:have |has )?(?:now |since |recently )?retired\b"
    r"|\blast (?:working )?day (?:here )?was\b"
)
_MANAGER_LEFT = (
    "An automatic reply to our mail says that whoever was asked to release them has left. Ask the applicant who it is "
    "now; they can name somebody on their own page."
)
_APPLICANT_LEFT = "An automatic reply to our mail says that the applicant has left. Find another way to reach them."
_NEVER_REACHED = "An email to the applicant came back: their address does not work."


@dataclass(frozen=True, slots=True)
class Inbound:
    """A mail in the inbox, all but its words. Names of ``headers`` are in lower case, and a name may repeat."""

    id: str
    message_id: str
    received_at: datetime
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    conversation: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    message_class: str = ""
    meeting_response: bool = False

    @property
    def mark(self) -> str:
        """What it is remembered by: the same for every copy of one mail, and nothing can be read from it."""
        return hashlib.sha256((self.message_id or self.id).encode()).hexdigest()[:12]

    def header(self, name: str) -> str:
        """The first header of that name, in lower case and trimmed; '' without one."""
        return next((value.strip().lower() for key, value in self.headers if key == name), "")

    def has(self, name: str) -> bool:
        """Whether there is a header of that name."""
        return any(key == name for key, _ in self.headers)


class Nature(StrEnum):
    """What a mail is, whatever it says."""

    BOUNCE = "bounce"
    AUTOMATIC = "automatic reply"
    MEETING_RESPONSE = "meeting response"
    REPLY = "reply"


_SENT_BY_MACHINES = ("mailer-daemon", "postmaster")


def nature(inbound: Inbound) -> Nature:
    """What a mail is, by what its senders' systems say of it.

    ``X-Auto-Response-Suppress`` is no sign: it asks for silence, and stands on ordinary mail ([MS-OXCMAIL] 2.1.3.2.20).
    """
    message_class = inbound.message_class.lower()
    if inbound.meeting_response or message_class.startswith("ipm.schedule.meeting.resp"):
        return Nature.MEETING_RESPONSE
    if message_class.startswith("report."):
        # Exchange has read the report already: delays, receipts and the like are no bounces.
        return Nature.BOUNCE if message_class.endswith(".ndr") else Nature.AUTOMATIC
    if _says_undelivered(inbound):
        return Nature.BOUNCE
    return Nature.AUTOMATIC if _says_automatic(inbound, message_class) else Nature.REPLY


def ancestors(inbound: Inbound) -> tuple[str, ...]:
    """The ids of the mails that it answers, the nearest first; of a long conversation the last few."""
    named = f"{inbound.header('in-reply-to')} {inbound.header('references')}".split()
    return tuple(dict.fromkeys(reversed(named[-_MOST_ANCESTORS:])))


def _says_undelivered(inbound: Inbound) -> bool:
    content = inbound.header("content-type")
    report = "multipart/report" in content and "delivery-status" in content
    # Systems also report that they are still trying, with the same headers.
    if "delay" in inbound.subject.lower():
        return False
    nobody = inbound.has("return-path") and inbound.header("return-path") in {"", "<>"}
    machine = inbound.sender.lower().partition("@")[0] in _SENT_BY_MACHINES
    return report or inbound.has("x-failed-recipients") or (nobody and machine)


def _says_automatic(inbound: Inbound, message_class: str) -> bool:
    submitted = inbound.header("auto-submitted")  # RFC 3834
    return (
        (bool(submitted) and submitted.partition(";")[0].strip() != "no")
        or message_class.startswith("ipm.note.rules.")  # OofTemplate and ReplyTemplate
        or "multipart/report" in inbound.header("content-type")
        or inbound.has("x-autoreply")
        or inbound.has("x-autorespond")
        or inbound.header("precedence") in {"auto_reply", "bulk", "junk"}
        or inbound.sender.lower().partition("@")[0] in _SENT_BY_MACHINES
    )


def says_left(text: str) -> bool:
    """Whether an automatic reply says that somebody is gone for good, and not only away."""
    return _LEFT.search(" ".join(text[:_LONGEST].replace("\u2019", "'").lower().split())) is not None


class Reading(StrEnum):
    """How somebody's own words read, as the answer to "can you release them?"."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


_LONGEST = 1_500
_MOST_PARTS = 8

_WHO = (
    r"(?: (?:(?:with |to )?(?:her|him|them|it|this|that|(?:this|the|her|his|their) (?:request|release|application))))"
)
_FOR = (
    r"(?: (?:for|to (?:join|attend|do|take part in)) "
    r"(?:(?:the|this|reverse) )*(?:mentoring|programme|program|scheme|training|sessions?)(?: programme| scheme)?)"
)
_HAPPY = r"(?:(?:very |more than |quite )?(?:happy|pleased|glad|delighted|content) to )"
_I = r"(?:(?:i|we) (?:can |do |hereby |fully )?|(?:i am|i'm|we are|we're) (?=\w+ (?:\w+ )?to ))"
_ACT = rf"(?:(?:approve|agree|confirm){_WHO}?{_FOR}?|(?:agree to )?release{_WHO}{_FOR}?)"
_YES = (
    r"(?:yes|yep|yeah)(?: please| of course| absolutely| definitely| indeed| i do| i can| i am)?",
    r"of course|absolutely|definitely|certainly|agreed|confirmed",
    rf"(?:yes )?{_I}?{_HAPPY}?{_ACT}",
    rf"(?:yes )?(?:i am |i'm )?happy for{_WHO} to (?:join|attend|go|take part|participate|be released){_FOR}?",
    r"(?:yes )?(?:that is|that's|this is|it is|it's|all) fine(?: by me| with me)?|fine (?:by|with) me",
    rf"(?:yes )?(?:{_WHO.replace('(?: ', '(?:', 1)} (?:is )?|request |release )?approved(?: by me)?",
)
_NOT = (
    r"(?:do not|don't|cannot|can not|can't|will not|won't|am unable to|am not able to|are unable to|are not able to|"
    r"am not happy to|am not willing to)"
)
_REGRET = r"(?:sorry|unfortunately|regrettably|sadly|i am afraid|i'm afraid)"
_NO = (
    rf"(?:{_REGRET} )?no(?: {_REGRET}| thank you| thanks| i cannot| i can't| i do not| i don't| i am not)?",
    rf"{_REGRET} not|not (?:approved|agreed|possible)(?: {_REGRET})?",
    r"(?:it is |this is |request |release )?(?:declined|rejected|refused)",
    rf"(?:i |we )?(?:must |have to )?(?:decline|reject|refuse){_WHO}?",
    rf"(?:no )?(?:{_REGRET} )?(?:i|we) {_NOT} {_ACT}",
    rf"(?:{_REGRET} )?(?:i'm )?(?:unable|not able) to {_ACT}",
)
_POLITE = (
    (
        r"(?:hi|hello|hey|dear|good morning|good afternoon|good evening|morning|afternoon)"
        r"(?: (?:all|team|there|both|everyone|colleagues?|sir|madam|or|the|mentoring|equality|inclusion|programme))*"
    ),
    r"(?:many |with )?thanks(?: (?:a lot|very much|for (?:this|asking|your email|the email|letting me know)))?",
    r"thank you(?: (?:very much|for (?:this|asking|your email|the email|letting me know)))?",
    r"(?:sorry|apologies) for (?:the|my) (?:delay|late reply|delayed reply|late response)",
    r"please",
)
_FAREWELL = (
    r"(?:(?:with |my )?(?:kind|kindest|best|warm|warmest) )?regards|(?:with )?(?:best|kind|warm) wishes|"
    r"all the best|many thanks|thanks|thank you|with thanks|cheers|best|kr|br|"
    r"yours(?: sincerely| faithfully)?|sincerely|sent from .*|get outlook for .*"
)

_CUT = re.compile(
    r"^[ \t]*(?:from:[ \t].*|-{2,}[ \t]*(?:original|forwarded) message.*|begin forwarded message.*|_{5,}[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WROTE = re.compile(r"^[ \t]*on\b[^\n]{4,200}(?:\n[^\n]{0,200})?\bwrote:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_DISCLAIMER = re.compile(r"confidential|intended recipient|disclaimer|\*{6,}", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:but|however|only|unless|except|if|provided|subject to|depend\w*|condition\w*|although|though|not|n't|no|yes|"
    r"p ?s|nb|wait|actually|change\w*|instead)\b"
)
_PARTS = re.compile(r"[.!,;:\n]| - |[–—]")
# Names that are also words of an answer are left as they are: then the answer is unclear rather than wrong.
_NO_NAME = frozenset(
    re.findall(
        r"\w+",
        "will may can not no yes but if do don ok to for it is am are i we you her him them this that the happy "
        "release approve agree confirm decline reject refuse fine sorry only please thank thanks of course by with me",
    )
)


def own_words(text: str) -> str:
    """What the sender wrote, without the quoted mail below it.

    Lines between quoted ones stay: somebody may answer there, and take back what stands above.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u2019", "'")
    text = _CUT.split(text, maxsplit=1)[0]
    wrote = _WROTE.search(text)
    if wrote is not None:
        below = text[wrote.end() :]
        marked = any(line.lstrip().startswith(">") for line in below.split("\n"))
        text = text[: wrote.start()] + (below if marked else "")
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">")).strip()


def reading(text: str, *, manager: str, applicant: str) -> Reading:
    """How the text of a manager's reply reads. The names are those of the manager and of the applicant."""
    words = own_words(text)
    if not words or len(words) > _LONGEST or "?" in words:
        return Reading.UNCLEAR
    answer, tail = _without_signature(words, _name_words(manager))
    if _DOUBT.search(_plain(tail)):
        return Reading.UNCLEAR
    parts = [part for part in (_normal(part, manager, applicant) for part in _PARTS.split(answer)) if part]
    if len(parts) > _MOST_PARTS:
        return Reading.UNCLEAR
    found = {_part(part) for part in parts} - {"polite"}
    if found == {"yes"}:
        return Reading.YES
    return Reading.NO if "no" in found and found <= {"no", "regret"} else Reading.UNCLEAR


def _without_signature(words: str, names: frozenset[str]) -> tuple[str, str]:
    """The answer, and what follows the farewell or the manager's name: a signature, unless it says otherwise."""
    lines = words.split("\n")
    for number, line in enumerate(lines):
        plain = _plain(line)
        named = bool(plain) and set(plain.split()) <= names
        farewell = re.fullmatch(rf"(?:{_FAREWELL})(?: {'|'.join(map(re.escape, sorted(names)))})*", plain)
        if number and (named or farewell or line.strip() == "--"):
            return "\n".join(lines[:number]), _DISCLAIMER.split("\n".join(lines[number:]), maxsplit=1)[0]
    return words, ""


def _normal(part: str, manager: str, applicant: str) -> str:
    """One part of an answer in plain small letters, the applicant's name put as "them" and the manager's left out."""
    theirs, ours = _name_words(applicant), _name_words(manager)
    words: list[str] = []
    for word in _plain(part).split():
        said = "them" if word in theirs else word
        if word in ours or (said == "them" and words[-1:] == ["them"]):
            continue
        words.append(said)
    return " ".join(words)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower()).split())


def _name_words(name: str) -> frozenset[str]:
    return frozenset(word for word in _plain(name.replace("\u2019", "'")).split() if word not in _NO_NAME)


def _part(part: str) -> str:
    kinds: tuple[tuple[str, Iterable[str]], ...] = (
        ("no", _NO),
        ("yes", _YES),
        ("polite", _POLITE),
        ("regret", (_REGRET,)),
    )
    return next((kind for kind, all_ in kinds if any(re.fullmatch(one, part) for one in all_)), "else")


@dataclass(frozen=True, slots=True)
class Reply:
    """A person's reply to one of our mails. ``request`` is the number of the request that it answers, 0 for none."""

    mark: str
    at: datetime
    sender: str = field(repr=False)
    request: int = 0
    reads: Reading = Reading.UNCLEAR


def replied(application: Application, reply: Reply) -> Application:
    """The application after a reply: with a suggestion, if the manager in charge plainly says yes or no, else counted.

    What that manager writes later takes the place of what they wrote before, also if it is unclear.
    """
    if not _news(application, reply.mark):
        return application
    known = _remembered(application, reply.mark)
    before, request = known.suggestion, known.request
    by_manager = request is not None and email_key(request.manager.email) == email_key(reply.sender)
    in_turn = before is None or before.at <= reply.at
    if request is None or not by_manager or reply.request != request.number or not in_turn:
        return replace(known, replies=known.replies + 1, replied_at=reply.at)
    if reply.reads is Reading.UNCLEAR or known.status is not Status.AWAITING_MANAGER or known.answered:
        return replace(known, replies=known.replies + 1, replied_at=reply.at, suggestion=None)
    answer = Answer.APPROVE if reply.reads is Reading.YES else Answer.DECLINE
    return replace(known, suggestion=Suggestion(answer, request.number, reply.at))


def asks_for_reading(application: Application, request: int, sender: str) -> bool:
    """Whether a reply's words matter: the manager in charge answers the mail of the request that is open."""
    current = application.request
    return (
        current is not None
        and current.number == request
        and not application.answered
        and application.status is Status.AWAITING_MANAGER
        and email_key(current.manager.email) == email_key(sender)
    )


def manager_not_reached(application: Application, mark: str, request: int, at: datetime) -> Application:
    """The application after the mail of a request came back: the applicant has to give another address."""
    if not _news(application, mark):
        return application
    known, current = _remembered(application, mark), application.request
    open_ = known.status is Status.AWAITING_MANAGER and not known.answered
    if current is None or current.number != request or current.bounced_at is not None or not open_:
        return known
    return replace(known, requests=(*known.requests[:-1], replace(current, bounced_at=at)))


def applicant_not_reached(application: Application, mark: str) -> Application:
    """The application after a mail to its applicant came back: administrators have to find another way."""
    if not _news(application, mark):
        return application
    known = _remembered(application, mark)
    return replace(known, replies=known.replies + 1).flagged(_NEVER_REACHED)


def somebody_left(application: Application, mark: str, *, manager: bool) -> Application:
    """The application after an automatic reply that says so: administrators have to look, nothing else changes."""
    if not _news(application, mark):
        return application
    return _remembered(application, mark).flagged(_MANAGER_LEFT if manager else _APPLICANT_LEFT)


def _news(application: Application, mark: str) -> bool:
    return application.status is not Status.ERASED and mark not in application.replies_seen


def _remembered(application: Application, mark: str) -> Application:
    return replace(application, replies_seen=(*application.replies_seen, mark)[-_MOST_REMEMBERED:])
