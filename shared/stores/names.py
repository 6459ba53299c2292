"""Every table, queue and container the app uses. The local platform and ``infra/`` create exactly these."""

from enum import StrEnum


class TableName(StrEnum):
    """Tables, as administrators see them in the portal."""

    PROGRAMMES = "Programmes"
    APPLICATIONS = "Applications"
    LIVED_EXPERIENCE = "LivedExperience"
    CLOSED_ANSWERS = "ClosedAnswers"
    APPROVALS = "Approvals"
    SESSIONS = "Sessions"
    BOOKINGS = "Bookings"
    PAIRS = "Pairs"
    ROUNDS = "Rounds"
    MATCH_NOTES = "MatchNotes"
    CHECK_INS = "CheckIns"
    EVALUATIONS = "Evaluations"
    MESSAGES = "Messages"
    ALARMS = "Alarms"
    COMMANDS = "Commands"
    AUDIT = "Audit"
    SUBMISSIONS = "Submissions"
    RESPONSES = "Responses"
    LINKS = "Links"
    ORGANISATIONS = "Organisations"
    MAILBOXES = "Mailboxes"
    EARLIER_PARTICIPANTS = "EarlierParticipants"
    INTEREST = "Interest"
    UPKEEP = "Upkeep"
    DRAFTS = "Drafts"
    TALLIES = "Tallies"
    QUARANTINE = "Quarantine"
    MONITORING_BOX = "MonitoringBox"
    MONITORING = "Monitoring"


class QueueName(StrEnum):
    """Queues; each has a trigger, and a poison queue of the same name with ``-poison``."""

    SUBMISSIONS = "submissions"
    MAILBOXES = "mailboxes"
    PAIRS = "pairs"

    @property
    def poison(self) -> str:
        """Where the host puts a message that has failed five times."""
        return f"{self.value}-poison"


class ContainerName(StrEnum):
    """Blob containers."""

    SUBMISSIONS = "submissions"
    EXPORTS = "exports"
    REPORTS = "reports"
    ACCESS = "access"
    LOCKS = "locks"
