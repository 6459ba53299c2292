"""The people of a rehearsal: invented names, and what each of them will do when something reaches them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain, repeat
from random import Random
from typing import Any
from unicodedata import normalize

from local.rehearsal.plan import Plan
from shared.domain.cohort_model import Unit
from shared.domain.programme import Programme, Question, Role
from shared.domain.rhythm import next_working

# fmt: off
_FIRST = (
    "Siân", "José", "Zainab", "Niamh", "Amara", "Tom", "Nadia", "Wei", "Chidi", "Róisín", "Kwame", "Lena", "Imran",
    "Ola", "Bea", "Mai", "Dev", "Grace", "Hamza", "Ines", "Jakub", "Keisha", "Liam", "Mehwish", "Noor", "Owen",
    "Priya", "Ruth", "Samuel", "Tariq", "Uma", "Yusuf",
)
_LAST = (
    "O'Brien", "Begum", "Hughes", "Nowak", "Okafor", "Shah", "Adeyemi", "Smith-Jones", "Li", "Patel", "Ahmed",
    "Clarke", "van der Berg", "Singh", "Owusu", "García", "Evans", "Khan", "Murphy",
)
# fmt: on
_JOBS = ("Staff nurse", "Ward manager", "Physiotherapist", "Data analyst", "Porter", "Head of Service", "Receptionist")
_PLACES = (
    *("Example Partnership NHS Trust", "Example University Hospitals", "Example County Council", "Example Hospice"),
    *("Example City Council", "Example Ambulance Service", "Example Integrated Care Board", "Example Carers"),
    *("Example Community Health", "Example Dental Practice"),
)
_TEAMS = ("Outpatients", "Community nursing", "Digital services", "Estates", "Pharmacy", "Therapies", "Finance")
_TOWNS = ("Leicester", "Loughborough", "Hinckley", "Northampton", "Kettering")
_DOMAIN = "example.nhs.uk"


class Manner(StrEnum):
    """How a line manager takes the request."""

    PROMPT = "answers within days"
    SLOW = "answers in the second week"
    REFUSES = "refuses"
    HANDS_OVER = "hands over to somebody else"
    HAS_LEFT = "has left, and the address does not work"
    SILENT = "never answers"


@dataclass(frozen=True)
class Manager:
    """A line manager."""

    name: str
    email: str
    manner: Manner


@dataclass
class Person:
    """Somebody who applies. ``withdraws`` is 'early', while the manager is asked, or 'late', once they are paired."""

    number: int
    name: str
    email: str
    role: Role
    applies_at: datetime
    manager: Manager
    answers: dict[str, Any] = field(repr=False)
    withdraws: str = ""
    silent: bool = False
    declines: bool = False

    @property
    def known_as(self) -> str:
        """Who it is, in a story."""
        return f"{self.name} ({self.role})"


def cast(programme: Programme, plan: Plan) -> list[Person]:
    """Everybody who applies, in the order of their numbers; the first half of each kind is as the plan says."""
    begin, end = taken(programme)
    manners = _shuffled(
        plan,
        "manners",
        {
            Manner.SLOW: plan.number("slow"),
            Manner.REFUSES: plan.number("refuse"),
            Manner.HANDS_OVER: plan.number("hand_over"),
            Manner.HAS_LEFT: plan.number("left"),
            Manner.SILENT: plan.number("silent_managers"),
        },
    )
    # Whoever withdraws or is silent has a manager who agreed, or nobody would notice.
    free = [n for n in range(plan.people) if manners[n] is Manner.PROMPT and n != _late(plan)]
    plan.random("who").shuffle(free)
    leave, quiet = plan.number("withdraw"), plan.number("silent")
    withdraws = {number: ("late", "early")[place % 2] for place, number in enumerate(free[:leave])}
    silent = set(free[leave : leave + quiet])
    declines = set(free[leave + quiet : leave + quiet + plan.number("decline")])
    used: set[str] = set()
    people: list[Person] = []
    for number in range(plan.people):
        dice = plan.random("person", number)
        role = _role(programme, number)
        name = _name(number, dice, used)
        late = number == _late(plan) and programme.closes_at is not None
        applies_at = _arrives(begin, end, dice, programme)
        if late or (plan.extended_by and plan.random("extended", number).random() < _IN_THE_EXTENSION):
            applies_at = _after_closing(end, late, plan, number, programme)
        manager = Manager(_name(number + plan.people, dice, used), f"manager.{number:03}@{_DOMAIN}", manners[number])
        email = f"{_plain(name)}.{number:03}@{_DOMAIN}"
        sponsor = next((p for p in reversed(people) if p.role is Role.SPONSOR), None) if _is_board(programme) else None
        if sponsor is not None and role is not Role.SPONSOR:
            # Whoever is invited by a sponsor comes once the board is in, and is released by them.
            manager = Manager(sponsor.name, sponsor.email, manners[number])
            applies_at = max(applies_at, sponsor.applies_at + timedelta(days=dice.randint(9, 20)))
        people.append(
            Person(
                number=number,
                name=name,
                email=email,
                role=role,
                applies_at=applies_at,
                manager=manager,
                answers=_answers(programme, role, name, email, manager, dice),
                withdraws=withdraws.get(number, ""),
                silent=number in silent,
                declines=number in declines,
            )
        )
    return people


def taken(programme: Programme) -> tuple[datetime, datetime]:
    """From when until when people apply: what the file leaves open is six weeks, from a Monday."""
    closes_at = programme.closes_at
    begin = programme.opens_at or (closes_at - _SIX_WEEKS if closes_at else _MONDAY)
    return begin, closes_at or begin + _SIX_WEEKS


def _is_board(programme: Programme) -> bool:
    return programme.model.unit is Unit.BOARD


def _role(programme: Programme, number: int) -> Role:
    """Half on each side; of a board the first is its sponsor."""
    if _is_board(programme) and number % _BOARD == 0:
        return Role.SPONSOR
    roles = tuple(programme.roles)
    return roles[number % len(roles)]


_OF_EVERYBODY = frozenset({"full_name", "email", "role", "consent"})
_SIX_WEEKS, _BOARD = timedelta(days=42), 5
# Of everybody who applies; and of those who are asked for something that need not be.
_IN_THE_EXTENSION, _WANTED = 1 / 8, 1 / 6
_MONDAY = datetime.fromisoformat("2026-02-02T09:00:00+00:00")


def _late(plan: Plan) -> int:
    return plan.people - 1 if plan.late else -1


def _shuffled(plan: Plan, what: str, wanted: dict[Manner, int]) -> list[Manner]:
    manners = list(chain.from_iterable(repeat(manner, number) for manner, number in wanted.items()))
    manners += repeat(Manner.PROMPT, plan.people - len(manners))
    plan.random(what).shuffle(manners)
    return manners


def _arrives(begin: datetime, end: datetime, dice: Random, programme: Programme) -> datetime:
    """Sometime while applications are taken, by day; a third of all in the last week."""
    last_week = max(begin, end - timedelta(days=7))
    start = last_week if dice.random() < 1 / 3 else begin
    day = next_working(start + (end - start) * dice.random(), programme.tz).astimezone(programme.tz)
    at = day.replace(hour=dice.randrange(8, 21), minute=dice.randrange(60), second=0, microsecond=0)
    return max(min(at, end - timedelta(hours=1)), begin).astimezone(UTC)


def _after_closing(end: datetime, late: bool, plan: Plan, number: int, programme: Programme) -> datetime:
    """Two days after the closing date that counts, or between the printed one and that."""
    closes_at = end + timedelta(days=plan.extended_by)
    if late:
        return closes_at + timedelta(days=2, hours=10)
    return _arrives(end, closes_at, plan.random("in the extension", number), programme)


def _name(number: int, dice: Random, used: set[str]) -> str:
    """The first few are those that programs stumble over; nobody has the name of another."""
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"
    while name in used:
        name = f"{dice.choice(_FIRST)} {dice.choice(_FIRST)} {dice.choice(_LAST)}"
    used.add(name)
    return name


def _plain(name: str) -> str:
    letters = normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return ".".join("".join(letter for letter in word if letter.isalpha()) for word in letters.split())


def _answers(programme: Programme, role: Role, name: str, email: str, manager: Manager, dice: Random) -> dict[str, Any]:
    """An answer to every question of the form that is for this role, by the names of a canonical submission."""
    area, sector = _place(programme, dice)
    known: dict[str, Any] = {
        "full_name": name,
        "email": email,
        "role": role.value,
        "job_title": dice.choice(_JOBS),
        "band": str(dice.randint(2, 9)),
        "organisation": dice.choice(_PLACES),
        "area": area,
        "sector": sector,
        "manager_name": manager.name,
        "manager_email": manager.email,
        "manager_agreed": True,
        "team": dice.choice(_TEAMS),
        "place": dice.choice(_TOWNS),
        "previous_participant": False,
        "consent": True,
    }
    # What the form knows before it asks: everybody's role, and of a board the sponsor's link says the rest.
    given: dict[str, Any] = {"role": role.value}
    if _is_board(programme) and role is not Role.SPONSOR:
        given |= {"organisation": "Example Trust", "manager_name": manager.name, "manager_email": manager.email}
    for question in programme.questions:
        if not _is_asked(question, role):
            continue
        given[question.field] = known[question.field] if question.field in known else _answer(question, role, dice)
    return given


def _is_asked(question: Question, role: Role) -> bool:
    """A sponsor is asked what is for sponsors, and who they are."""
    if role is Role.SPONSOR:
        return question.for_role is role or (question.for_role is None and question.field in _OF_EVERYBODY)
    return question.for_role in {None, role}


def _answer(question: Question, role: Role, dice: Random) -> object:
    """What somebody says. Few want what they need not ask for, as a partner who cannot tell what they lived."""
    options = [option.value for option in question.options]
    if question.field == "commitment":
        return options
    if question.field == "board_members":
        return str(_BOARD - 1)
    if question.type == "multi" and options:
        # Whoever shares speaks of what they lived; whoever learns is open to more.
        most = 2 if role is Role.MENTOR else 4
        return sorted(dice.sample(options, min(dice.randint(most // 2, most), len(options))))
    if question.type == "yes or no":
        return question.required or dice.random() < _WANTED
    if options:
        return dice.choice(options)
    if question.required or dice.random() < _WANTED:
        return "A few words about this, in a rehearsal."
    return ""


def _place(programme: Programme, dice: Random) -> tuple[str, str]:
    """Where somebody works: mostly where everybody can apply, once in a while where somebody has to decide."""
    rules = list(programme.eligibility)
    if not rules:
        return "", ""
    eligible = [rule for rule in rules if rule.answer == "eligible"] or rules
    rule = dice.choice(rules if dice.random() < 1 / 10 else eligible)
    return rule.area, rule.sector
