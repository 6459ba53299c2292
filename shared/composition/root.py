"""What the app consists of. Constructors say what they need (see ``wiring``); here stands what they cannot know."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random, SystemRandom
from typing import get_type_hints

from svcs import Container, Registry

from shared.adapters.assets import Assets
from shared.adapters.rendering import JinjaRenderer
from shared.adapters.workbook import written
from shared.composition.outside import Outside
from shared.composition.wiring import registry
from shared.contracts.registry import providers
from shared.domain.mailbox import Pace
from shared.domain.owed import About
from shared.ports import ProgrammeFiles, Renderer, WhoTold, WritesWorkbook
from shared.services.applications.about_you import AboutYou
from shared.services.applications.addresses import AddressService
from shared.services.applications.approval import ApprovalService
from shared.services.applications.attendance import AttendanceSheets
from shared.services.applications.changes import ChangesService
from shared.services.applications.corrections import Corrections
from shared.services.applications.dead_links import DeadLinks
from shared.services.applications.intake import Intake
from shared.services.applications.mails import ApplicationMails
from shared.services.applications.participation import OwnPages
from shared.services.applications.webhooks import WebhookReceiver
from shared.services.base.known_key import KnownKey
from shared.services.base.mails import Composers
from shared.services.base.programmes import Programmes
from shared.services.base.queues import Queues
from shared.services.base.raw_bodies import RawBodies
from shared.services.base.tokens import Tokens
from shared.services.form.boards import BoardService
from shared.services.form.earlier import EarlierService
from shared.services.form.interest import InterestMails, InterestService
from shared.services.form.mails import ReturningMails
from shared.services.form.own_form import OwnForm
from shared.services.form.returning import ReturningService
from shared.services.mail.worker import MailboxWorker
from shared.services.pairs.checkins import CheckInService
from shared.services.pairs.endings import Endings
from shared.services.pairs.evaluations import EvaluationService
from shared.services.pairs.mails import PairMails
from shared.services.pairs.offers import PartnerService
from shared.services.pairs.sheets import PairSheets
from shared.services.records import traces
from shared.services.records.exports import Backup
from shared.services.records.restore import RestoreService
from shared.services.records.retention import Retention
from shared.services.records.subject_access import SubjectAccess
from shared.services.schedule.access_lists import AccessLists
from shared.services.schedule.digest import Digest
from shared.services.schedule.due_jobs import handlers
from shared.services.schedule.foi_packs import FoiPacks
from shared.services.schedule.mails import TeamMails
from shared.services.schedule.pairs_work import PairsWork
from shared.services.schedule.reports import Reports
from shared.services.schedule.sections import sections, weekly_picture
from shared.services.schedule.tick import Tick, chores, steps
from shared.services.schedule.verbs import verbs
from shared.services.schedule.workbooks import Beside, Workbooks
from shared.settings import Settings, SettingsProblem
from shared.stores.closed_answers import ClosedAnswers
from shared.stores.equality import MonitoringBox
from shared.stores.lived_experience import LivedExperiences
from shared.stores.upkeep import Upkeep

_OUTSIDE = get_type_hints(Outside)


@dataclass(frozen=True, slots=True)
class App:
    """The use cases, ready to be called by the doors."""

    webhooks: WebhookReceiver
    raw_bodies: RawBodies
    intake: Intake
    approval: ApprovalService
    own_pages: OwnPages
    addresses: AddressService
    attendance: AttendanceSheets
    corrections: Corrections
    about_you: AboutYou
    subject_access: SubjectAccess
    endings: Endings
    changes: ChangesService
    dead_links: DeadLinks
    checkins: CheckInService
    evaluations: EvaluationService
    partners: PartnerService
    pairs_work: PairsWork
    pair_sheets: PairSheets
    returning: ReturningService
    interest: InterestService
    boards: BoardService
    earlier: EarlierService
    mailbox_worker: MailboxWorker
    tick: Tick
    programmes: Programmes
    backup: Backup
    workbooks: Workbooks
    foi_packs: FoiPacks
    restorer: RestoreService
    renderer: JinjaRenderer
    assets: Assets
    own_form: OwnForm
    tokens: Tokens
    outside: Outside


def build(settings: Settings, outside: Outside) -> App:
    """Join the services with what is outside. Raises SettingsProblem if settings and programmes do not fit."""
    container = Container(_registry())
    for name, kind in _OUTSIDE.items():
        container.register_local_value(kind, getattr(outside, name))
    container.register_local_value(Outside, outside)
    container.register_local_value(Settings, settings)
    return container.get(App)


@cache
def _registry() -> Registry:
    settled = (tokens, queues, webhooks, pace, chance, box, pages, workbook_writer, team_mails)
    narrowed = (lived_experience, who_told, access_needs, renderer, composers)
    listed = (traces.beside, traces.of_applications, sections, weekly_picture, verbs, handlers, steps, chores)
    return registry((App, *settled, *narrowed, *listed), given=(Outside, Settings, *_OUTSIDE.values()))


def tokens(settings: Settings, upkeep: Upkeep, outside: Outside) -> Tokens:
    """Returns what makes links and references, and finds out when it has another key than before."""
    known = KnownKey(upkeep=upkeep, exports=outside.exports)
    return Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url, known=known)


def queues(settings: Settings, files: ProgrammeFiles) -> Queues:
    """Raises SettingsProblem if a programme names a mailbox that the app was not given."""
    found = Queues(settings.mailbox, settings.more_mailboxes)
    for programme in (files.get(id_) for id_ in files.ids()):
        if programme is not None and not found.served(programme):
            raise SettingsProblem(
                f"MORE_MAILBOXES: the programme {programme.id} names a mailbox that is not in this list; "
                "add it, with a space between addresses"
            )
    return found


def webhooks(settings: Settings, bodies: RawBodies) -> WebhookReceiver:
    """Returns the way in for form providers, each with its secrets."""
    return WebhookReceiver(secrets={name: settings.webhook_secrets.of(name) for name in providers()}, bodies=bodies)


def pace(settings: Settings) -> Pace:
    """Returns how fast a mailbox may write."""
    return Pace(settings.messages_per_minute, timedelta(seconds=settings.pace_seconds))


def chance() -> Random:
    """Returns what mixes equality answers."""
    return SystemRandom()


def box(outside: Outside, tokens: Tokens) -> MonitoringBox:
    """Returns the box of equality answers, with the keys that seal it."""
    return MonitoringBox(outside.table(MonitoringBox.TABLE), tokens.keys_for("equality monitoring"))


def lived_experience(outside: Outside, closed: ClosedAnswers) -> LivedExperiences:
    """Returns the store of what participants told, which has a second table."""
    return LivedExperiences(outside.table(LivedExperiences.TABLE), closed)


def who_told(told: LivedExperiences) -> WhoTold:
    """Returns as much of it as retention may see."""
    return told


def access_needs(lists: AccessLists) -> Beside:
    """Returns as much of the lists of access needs as whoever has them written may see."""
    return lists.make


def pages(assets: Assets) -> JinjaRenderer:
    """Returns what makes pages, mails and files."""
    return JinjaRenderer(assets)


def renderer(made: JinjaRenderer) -> Renderer:
    """The same, as services know it."""
    return made


def workbook_writer() -> WritesWorkbook:
    """Returns what turns a workbook's values into a file."""
    return written


def composers(
    applications: ApplicationMails, pairs: PairMails, earlier: ReturningMails, interest: InterestMails, team: TeamMails
) -> Composers:
    """Returns the room that owes each kind of mail."""
    return {
        About.APPLICATION: applications,
        About.PAIR: pairs,
        About.EARLIER: earlier,
        About.INTEREST: interest,
        About.PROGRAMME: team,
    }


def team_mails(settings: Settings, reports: Reports, digest: Digest, retention: Retention) -> TeamMails:
    """Returns what writes to the team, and knows where its tables and files are."""
    return TeamMails(
        reports=reports,
        digest=digest,
        retention=retention,
        admin_email=settings.admin_email,
        tables=settings.tables_url,
        files=settings.reports_url,
    )
