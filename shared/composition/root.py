"""Joins services, stores and what is outside."""

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from shared.adapters.assets import Assets
from shared.adapters.rendering import JinjaRenderer
from shared.adapters.workbook import written
from shared.composition import pairs as pairs_room
from shared.composition import records, schedule
from shared.composition.outside import Outside
from shared.composition.stores import Stores
from shared.contracts.registry import providers
from shared.domain.mailbox import Pace
from shared.domain.owed import About
from shared.ports import (
    ProgrammeFiles,
)
from shared.services.applications.about_you import AboutYou
from shared.services.applications.addresses import AddressService
from shared.services.applications.approval import ApprovalService
from shared.services.applications.attendance import AttendanceSheets
from shared.services.applications.changes import ChangesService
from shared.services.applications.corrections import Corrections
from shared.services.applications.dead_links import DeadLinks
from shared.services.applications.domains import Domains
from shared.services.applications.intake import Intake, LostApplications
from shared.services.applications.mails import ApplicationMails
from shared.services.applications.merging import FormMerger
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.participation import OwnPages
from shared.services.applications.places import Places
from shared.services.applications.reconcile import Reconciler
from shared.services.applications.reminders import Reminders
from shared.services.applications.reports import Reports
from shared.services.applications.webhooks import WebhookReceiver
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.known_key import KnownKey
from shared.services.base.links import LinkBook
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.services.base.queues import Queues
from shared.services.base.raw_bodies import RawBodies
from shared.services.base.tokens import Tokens
from shared.services.base.told_figures import ToldFigures
from shared.services.form.boards import BoardService
from shared.services.form.earlier import EarlierService
from shared.services.form.equality import EqualityService
from shared.services.form.handing_over import HandingOver
from shared.services.form.interest import InterestMails, InterestService
from shared.services.form.mails import ReturningMails
from shared.services.form.own_form import OwnForm
from shared.services.form.quarantine import QuarantineService
from shared.services.form.rate_limits import Counter
from shared.services.form.returning import ReturningService
from shared.services.mail.calendar import CalendarSync
from shared.services.mail.composing import MailComposer
from shared.services.mail.delivery import Delivery
from shared.services.mail.inbox import InboxService
from shared.services.mail.letterhead import Letterhead
from shared.services.mail.session import MailboxSessions
from shared.services.mail.work import MailboxWork
from shared.services.mail.worker import MailboxWorker
from shared.services.pairs.checkins import CheckInService
from shared.services.pairs.endings import Endings
from shared.services.pairs.evaluation_results import EvaluationResults
from shared.services.pairs.evaluations import EvaluationService
from shared.services.pairs.mails import PairMails
from shared.services.pairs.offers import PartnerService
from shared.services.pairs.sheets import PairSheets
from shared.services.records.exports import Backup
from shared.services.records.restore import RestoreService
from shared.services.records.subject_access import SubjectAccess, Traces
from shared.services.schedule.access_lists import AccessLists
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.foi_packs import FoiPacks
from shared.services.schedule.pairs_work import PairsWork
from shared.services.schedule.tick import Tick
from shared.services.schedule.workbooks import Workbooks
from shared.settings import Settings, SettingsProblem
from shared.stores.counters import DailyCounters
from shared.stores.earlier import EarlierParticipants
from shared.stores.equality import MonitoringBox
from shared.stores.links import Links
from shared.stores.names import TableName
from shared.stores.responses import Responses
from shared.stores.sessions import Sessions


@dataclass(frozen=True, slots=True)
class App:
    """The use cases, ready to be called by the doors. ``secure``: people reach the app over HTTPS."""

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
    secure: bool
    tokens: Tokens
    outside: Outside


def build(settings: Settings, outside: Outside) -> App:  # noqa: PLR0915 -- one line a service, and nothing else
    """Join the services with what is outside."""
    table, clock = outside.table, outside.clock
    stores = Stores(table)
    applications = stores.applications
    lived_experience = stores.lived_experience
    approvals = stores.approvals
    bookings = stores.bookings
    messages = stores.messages
    states = stores.states
    jobs = stores.jobs
    audit = stores.audit
    sessions = Sessions(table(TableName.SESSIONS))
    rows = stores.programmes
    receptions = stores.receptions
    checkins = stores.checkins
    pairs = stores.pairs
    assets = Assets()
    renderer = JinjaRenderer(assets)
    known = KnownKey(upkeep=stores.upkeep, exports=outside.exports)
    tokens = Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url, known=known)
    links = LinkBook(links=Links(table(TableName.LINKS)), tokens=tokens)
    queues = _queues(settings, outside.files)
    letterhead = Letterhead(renderer=renderer, queues=queues)
    programmes = Programmes(files=outside.files, rows=rows, sessions=sessions, clock=clock)
    earlier = EarlierService(
        programmes=programmes,
        applications=applications,
        earlier=EarlierParticipants(table(TableName.EARLIER_PARTICIPANTS)),
        tombstones=outside.tombstones,
        tokens=tokens,
        clock=clock,
    )
    responses = Responses(table(TableName.RESPONSES))
    raw_bodies = RawBodies(bodies=outside.bodies, wakeups=outside.wakeups, metrics=outside.metrics, clock=clock)
    organisations = stores.organisations
    domains = Domains(organisations)
    outbox = Outbox(messages=messages, jobs=jobs, wakeups=outside.wakeups, queues=queues, clock=clock)
    reconciler = Reconciler(
        approvals=approvals, bookings=bookings, domains=domains, links=links, outbox=outbox, clock=clock
    )
    writer = ApplicationWriter(
        applications=applications,
        audit=audit,
        places=Places(bookings=bookings, clock=clock),
        reconciler=reconciler,
        outbox=outbox,
        clock=clock,
    )
    opened = OpenedLinks(programmes=programmes, applications=applications, links=links, clock=clock)
    calendars = CalendarSync(
        programmes=programmes,
        sessions=sessions,
        bookings=bookings,
        states=states,
        outbox=outbox,
        letterhead=letterhead,
        queues=queues,
        clock=clock,
    )
    held = stores.quarantine
    quarantine = QuarantineService(
        programmes=programmes,
        quarantine=held,
        receptions=receptions,
        bodies=outside.bodies,
        tombstones=outside.tombstones,
        outbox=outbox,
        wakeups=outside.wakeups,
        clock=clock,
    )
    drafts = stores.drafts
    monitoring = stores.monitoring
    told_figures = ToldFigures(stores.told_packs)
    equality = EqualityService(
        programmes=programmes,
        box=MonitoringBox(table(TableName.MONITORING_BOX), tokens.keys_for("equality monitoring")),
        monitoring=monitoring,
        told=told_figures,
        clock=clock,
        random=SystemRandom(),
    )
    merger = FormMerger(
        applications=applications,
        lived_experience=lived_experience,
        responses=responses,
        domains=domains,
        bodies=outside.bodies,
        quarantine=quarantine,
        writer=writer,
        tokens=tokens,
        clock=clock,
    )
    intake = Intake(
        programmes=programmes,
        lost=LostApplications(applications=applications, tombstones=outside.tombstones),
        receptions=receptions,
        bodies=outside.bodies,
        raw_bodies=raw_bodies,
        merger=merger,
        outbox=outbox,
        metrics=outside.metrics,
        clock=clock,
    )
    changes = ChangesService(
        programmes=programmes,
        applications=applications,
        lived_experience=lived_experience,
        opened=opened,
        bodies=outside.bodies,
        quarantine=quarantine,
        merger=merger,
        writer=writer,
        clock=clock,
    )
    matching = pairs_room.join(
        stores,
        programmes=programmes,
        earlier=earlier,
        writer=writer,
        links=links,
        outbox=outbox,
        tokens=tokens,
        clock=clock,
    )
    counter = Counter(counters=DailyCounters(table(TableName.TALLIES)), tokens=tokens, clock=clock)
    interest = InterestService(
        programmes=programmes,
        interested=stores.interested,
        links=links,
        outbox=outbox,
        counter=counter,
        tokens=tokens,
        clock=clock,
    )
    evaluations = EvaluationService(opened=opened, evaluations=stores.evaluations, tokens=tokens)
    evaluation = EvaluationResults(
        programmes=programmes,
        applications=applications,
        evaluations=stores.evaluations,
        told=told_figures,
        clock=clock,
    )
    kept = records.join(
        outside,
        stores,
        programmes=programmes,
        earlier=earlier,
        interest=interest,
        quarantine=quarantine,
        checkins=matching.checkins,
        writer=writer,
        outbox=outbox,
        tokens=tokens,
    )
    cohorts = CohortReader(
        applications=applications,
        bookings=bookings,
        checkins=checkins,
        pairs=pairs,
        reader=matching.reader,
        evaluation=evaluation,
    )
    digest = schedule.digest(stores, cohorts)
    letters = MailComposer(
        composers={
            About.APPLICATION: ApplicationMails(
                applications=applications,
                messages=messages,
                states=states,
                bookings=bookings,
                reports=Reports(approvals=approvals, applications=applications, messages=messages),
                pairs=pairs,
                clock=clock,
            ),
            About.PAIR: PairMails(pairs=matching.reader, checkins=checkins, messages=messages, clock=clock),
            About.EARLIER: ReturningMails(earlier=earlier),
            About.INTEREST: InterestMails(stores.interested),
            About.PROGRAMME: schedule.team_mails(outside, stores, kept, digest, settings),
        },
        programmes=programmes,
        messages=messages,
        links=links,
        letterhead=letterhead,
        clock=clock,
    )
    delivery = Delivery(
        messages=messages,
        letters=letters,
        reminders=Reminders(
            programmes=programmes, applications=applications, approvals=approvals, writer=writer, clock=clock
        ),
        metrics=outside.metrics,
        clock=clock,
    )
    replies = InboxService(
        programmes=programmes,
        applications=applications,
        messages=messages,
        pairs=matching.reader,
        writer=writer,
        calendars=calendars,
    )
    own_form = OwnForm(
        programmes=programmes,
        drafts=drafts,
        bookings=bookings,
        handing_over=HandingOver(
            applications=applications,
            responses=responses,
            raw_bodies=raw_bodies,
            quarantine=quarantine,
            counter=counter,
            tokens=tokens,
            clock=clock,
        ),
        counter=counter,
        equality=equality,
        tokens=tokens,
        clock=clock,
    )
    own_pages = OwnPages(opened=opened, bookings=bookings, writer=writer, counter=counter, clock=clock)
    corrections = Corrections(
        opened=opened,
        merger=merger,
        raw_bodies=raw_bodies,
        bodies=outside.bodies,
        receptions=stores.receptions,
        clock=clock,
    )
    addresses = AddressService(
        opened=opened,
        applications=applications,
        responses=responses,
        pairs=pairs,
        corrections=corrections,
        writer=writer,
        outbox=outbox,
        tokens=tokens,
        clock=clock,
    )
    workbooks = Workbooks(
        programmes=programmes,
        cohorts=cohorts,
        reports=outside.reports,
        write=written,
        render=renderer.report,
        beside=AccessLists(lived_experience=lived_experience, files=outside.access, write=written).make,
        clock=clock,
    )
    foi_packs = FoiPacks(
        programmes=programmes,
        cohorts=cohorts,
        packs=stores.published,
        reports=outside.reports,
        equality=equality.tables,
        render=renderer.report,
        clock=clock,
    )
    tick = schedule.tick(
        outside,
        stores,
        kept,
        digest,
        programmes=programmes,
        earlier=earlier,
        own_form=own_form,
        quarantine=quarantine,
        equality=equality,
        interest=interest,
        intake=intake,
        changes=changes,
        writer=writer,
        matching=matching,
        calendars=calendars,
        sessions=sessions,
        addresses=addresses,
        evaluation=evaluation,
        workbooks=workbooks,
        foi_packs=foi_packs,
        outbox=outbox,
        queues=queues,
        tokens=tokens,
    )
    return App(
        webhooks=WebhookReceiver(
            secrets={name: settings.webhook_secrets.of(name) for name in providers()}, bodies=raw_bodies
        ),
        raw_bodies=raw_bodies,
        intake=intake,
        approval=ApprovalService(
            opened=opened, messages=messages, writer=writer, reconciler=reconciler, outbox=outbox, clock=clock
        ),
        own_pages=own_pages,
        addresses=addresses,
        attendance=AttendanceSheets(bookings=bookings, clock=clock),
        corrections=corrections,
        about_you=AboutYou(opened=opened, lived_experience=lived_experience),
        subject_access=SubjectAccess(
            pages=own_pages,
            lived_experience=lived_experience,
            bookings=bookings,
            messages=messages,
            bodies=outside.bodies,
            earlier=earlier,
            traces=Traces(
                interest=interest,
                pairs=pairs,
                reader=matching.reader,
                checkins=checkins,
                notes=stores.match_notes,
                audit=audit,
                commands=stores.commands,
                messages=messages,
                evaluations=evaluations,
            ),
            clock=clock,
        ),
        endings=Endings(opened=opened, bookings=bookings, checkins=checkins, earlier=earlier, clock=clock),
        changes=changes,
        dead_links=DeadLinks(programmes=programmes, applications=applications, links=links, clock=clock),
        evaluations=evaluations,
        checkins=matching.checkins,
        partners=matching.partners,
        pair_sheets=matching.sheets,
        pairs_work=PairsWork(
            programmes=programmes, commands=tick.commands, drafting=matching.drafting, locks=outside.locks
        ),
        returning=ReturningService(
            programmes=programmes,
            earlier=earlier,
            outbox=outbox,
            links=links,
            responses=responses,
            raw_bodies=raw_bodies,
            counter=counter,
            clock=clock,
        ),
        interest=interest,
        boards=BoardService(
            programmes=programmes, applications=applications, links=links, own_form=own_form, clock=clock
        ),
        earlier=earlier,
        mailbox_worker=MailboxWorker(
            jobs=jobs,
            work=MailboxWork(delivery=delivery, calendars=calendars, replies=replies),
            sessions=MailboxSessions(
                mailbox=outside.mailbox,
                calendar=outside.calendar,
                inbox=outside.inbox,
                states=stores.mailboxes,
                pace=Pace(settings.messages_per_minute, timedelta(seconds=settings.pace_seconds)),
                clock=clock,
            ),
            upkeep=stores.upkeep,
            locks=outside.locks,
            wakeups=outside.wakeups,
            metrics=outside.metrics,
            clock=clock,
        ),
        tick=tick,
        programmes=programmes,
        backup=kept.backup,
        workbooks=workbooks,
        foi_packs=foi_packs,
        restorer=kept.restorer,
        renderer=renderer,
        assets=assets,
        own_form=own_form,
        secure=settings.base_url.startswith("https:"),
        tokens=tokens,
        outside=outside,
    )


def _queues(settings: Settings, files: ProgrammeFiles) -> Queues:
    """Raises SettingsProblem if a programme names a mailbox that the app was not given."""
    queues = Queues(settings.mailbox, settings.more_mailboxes)
    for programme in (files.get(id_) for id_ in files.ids()):
        if programme is not None and not queues.served(programme):
            raise SettingsProblem(
                f"MORE_MAILBOXES: the programme {programme.id} names a mailbox that is not in this list; "
                "add it, with a space between addresses"
            )
    return queues
