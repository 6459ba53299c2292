"""The stores that more than one room needs, each made once."""

from collections.abc import Callable

from shared.ports import Table
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.audit import Audit
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.closed_answers import ClosedAnswers
from shared.stores.commands import Commands
from shared.stores.drafts import Drafts
from shared.stores.equality import Monitoring
from shared.stores.evaluations import Evaluations
from shared.stores.interest import Interested
from shared.stores.jobs import Jobs
from shared.stores.lived_experience import LivedExperiences
from shared.stores.mailboxes import MailboxStates
from shared.stores.match_notes import MatchNotes
from shared.stores.messages import CalendarStates, Messages
from shared.stores.mistyped import Mistyped
from shared.stores.names import TableName
from shared.stores.organisations import Organisations
from shared.stores.pairs import Pairs
from shared.stores.programmes import ProgrammeRows
from shared.stores.published import PublishedPacks, ToldPacks
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions
from shared.stores.rounds import Rounds
from shared.stores.told import ToldMatters
from shared.stores.upkeep import Upkeep


class Stores:
    """The tables, as rows and values."""

    def __init__(self, table: Callable[[TableName], Table]) -> None:
        self.applications = Applications(table(TableName.APPLICATIONS))
        self.approvals = Approvals(table(TableName.APPROVALS))
        self.audit = Audit(table(TableName.AUDIT))
        self.bookings = Bookings(table(TableName.BOOKINGS))
        self.checkins = CheckIns(table(TableName.CHECK_INS))
        self.commands = Commands(table(TableName.COMMANDS))
        self.drafts = Drafts(table(TableName.DRAFTS))
        self.interested = Interested(table(TableName.INTEREST))
        self.evaluations = Evaluations(table(TableName.EVALUATIONS))
        self.jobs = Jobs(table(TableName.ALARMS))
        self.lived_experience = LivedExperiences(
            table(TableName.LIVED_EXPERIENCE), ClosedAnswers(table(TableName.CLOSED_ANSWERS))
        )
        self.match_notes = MatchNotes(table(TableName.MATCH_NOTES))
        self.messages = Messages(table(TableName.MESSAGES))
        self.states = CalendarStates(table(TableName.MESSAGES))
        self.mailboxes = MailboxStates(table(TableName.MAILBOXES))
        self.mistyped = Mistyped(table)
        self.monitoring = Monitoring(table(TableName.MONITORING))
        self.organisations = Organisations(table(TableName.ORGANISATIONS))
        self.pairs = Pairs(table(TableName.PAIRS))
        self.programmes = ProgrammeRows(table(TableName.PROGRAMMES))
        self.published = PublishedPacks(table(TableName.UPKEEP))
        self.quarantine = Quarantine(table(TableName.QUARANTINE))
        self.receptions = Receptions(table(TableName.SUBMISSIONS))
        self.rounds = Rounds(table(TableName.ROUNDS))
        self.told_packs = ToldPacks(table(TableName.MONITORING))
        self.told = ToldMatters(table(TableName.UPKEEP))
        self.upkeep = Upkeep(table(TableName.UPKEEP))
