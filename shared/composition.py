"""The composition root: the one place that sees services and adapters, and joins them by settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import SystemRandom
from typing import Any

from shared.adapters.alarms import AlarmTable
from shared.adapters.applications import ApplicationTable
from shared.adapters.approvals import ApprovalTable
from shared.adapters.assets import Assets
from shared.adapters.audit import AuditTable
from shared.adapters.bodies import BodyContainer
from shared.adapters.bookings import BookingTable
from shared.adapters.checkins import CheckInTable
from shared.adapters.commands import CommandTable
from shared.adapters.drafts import DraftTable
from shared.adapters.earlier import EarlierTable
from shared.adapters.exports import BlobExports
from shared.adapters.extracts import RawTables
from shared.adapters.figures import OpenTelemetryFigures
from shared.adapters.graph import GraphCalendar, GraphConnection, GraphMailbox, StaticToken
from shared.adapters.graph_inbox import GraphInbox
from shared.adapters.links import LinkTable
from shared.adapters.lived_experience import LivedExperienceTable
from shared.adapters.locks import BlobLocks
from shared.adapters.mailboxes import MailboxTable
from shared.adapters.messages import CalendarTable, MessageTable
from shared.adapters.mistyped import MistypedRows
from shared.adapters.monitoring import MonitoringBoxTable, MonitoringTable
from shared.adapters.names import ContainerName, QueueName, TableName
from shared.adapters.organisations import OrganisationTable
from shared.adapters.pairs import PairTable
from shared.adapters.programmes import ProgrammeTable, ShippedProgrammes
from shared.adapters.quarantine import QuarantineTable
from shared.adapters.receptions import ReceptionTable
from shared.adapters.rendering import JinjaRenderer
from shared.adapters.responses import ResponseTable
from shared.adapters.sessions import SessionTable
from shared.adapters.storage import StorageAccount
from shared.adapters.table import Table
from shared.adapters.tallies import TallyTable
from shared.adapters.tombstones import BlobTombstones
from shared.adapters.upkeep import UpkeepTable
from shared.adapters.wakeups import QueueWakeups
from shared.contracts.registry import providers
from shared.domain.mailbox import Pace
from shared.log import quiet_libraries
from shared.ports import (
    Bodies,
    Calendar,
    Clock,
    Exports,
    Extracts,
    Figures,
    Inbox,
    Locks,
    Mailbox,
    ProgrammeFiles,
    Tombstones,
    Wakeups,
)
from shared.programmes import shipped
from shared.services.approval import ApprovalDesk
from shared.services.backup import Backup
from shared.services.changes import ChangeDesk
from shared.services.checkins import CheckInDesk
from shared.services.cleaning import Cleaner
from shared.services.closing import Closing
from shared.services.commands import CommandDesk
from shared.services.counting import Counter
from shared.services.dead_links import DeadLinks
from shared.services.delivery import Delivery
from shared.services.domains import Domains
from shared.services.earlier import EarlierBook
from shared.services.erasure import Eraser
from shared.services.intake import Doorkeeper, Intake
from shared.services.lanes import Lanes
from shared.services.letters import Letters
from shared.services.monitoring import MonitoringDesk
from shared.services.outbox import Postman
from shared.services.own_data import Holdings
from shared.services.own_form.desk import OwnForm
from shared.services.own_form.quarantine import QuarantineDesk
from shared.services.pair_book import PairBook
from shared.services.participation import OwnPages
from shared.services.programmes import Programmes
from shared.services.replies import ReplyDesk
from shared.services.reports import Reports
from shared.services.restoring import Restorer
from shared.services.resumption import Resumption
from shared.services.retention import Retention
from shared.services.returning import ReturningDesk
from shared.services.seating import Seating
from shared.services.sessions import Calendars
from shared.services.settling import Settling
from shared.services.tick import Tick
from shared.services.tokens import Tokens
from shared.services.upkeep import Caretaker
from shared.services.waiting import WaitingLists
from shared.settings import Settings, SettingsProblem


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything beyond the process: what the tests replace, one by one or all together."""

    table: Callable[[TableName], Table]
    bodies: Bodies
    wakeups: Wakeups
    locks: Locks
    mailbox: Callable[[str], Mailbox]
    calendar: Callable[[str], Calendar]
    inbox: Callable[[str], Inbox]
    clock: Clock
    files: ProgrammeFiles
    figures: Figures
    extracts: Extracts
    exports: Exports
    tombstones: Tombstones
    close: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class App:
    """The use cases, ready to be called by the doors. ``secure``: people reach the app over HTTPS."""

    doorkeeper: Doorkeeper
    intake: Intake
    approval: ApprovalDesk
    own_pages: OwnPages
    changes: ChangeDesk
    dead_links: DeadLinks
    checkins: CheckInDesk
    returning: ReturningDesk
    earlier: EarlierBook
    postman: Postman
    tick: Tick
    programmes: Programmes
    backup: Backup
    restorer: Restorer
    renderer: JinjaRenderer
    assets: Assets
    own_form: OwnForm
    secure: bool
    outside: Outside


def build(settings: Settings, outside: Outside) -> App:  # noqa: PLR0915 -- one line a service, and nothing else
    """Join the services with what is outside."""
    table, clock = outside.table, outside.clock
    applications = ApplicationTable(table(TableName.APPLICATIONS))
    lived_experience = LivedExperienceTable(table(TableName.LIVED_EXPERIENCE))
    approvals = ApprovalTable(table(TableName.APPROVALS))
    bookings = BookingTable(table(TableName.BOOKINGS))
    messages = MessageTable(table(TableName.MESSAGES))
    states = CalendarTable(table(TableName.MESSAGES))
    alarms = AlarmTable(table(TableName.ALARMS))
    links = LinkTable(table(TableName.LINKS))
    audit = AuditTable(table(TableName.AUDIT))
    sessions = SessionTable(table(TableName.SESSIONS))
    rows = ProgrammeTable(table(TableName.PROGRAMMES))
    receptions = ReceptionTable(table(TableName.SUBMISSIONS))
    checkins = CheckInTable(table(TableName.CHECK_INS))
    pairs = PairTable(table(TableName.PAIRS))
    assets = Assets()
    renderer = JinjaRenderer(assets)
    tokens = Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url)
    lanes = _lanes(settings, outside.files)
    programmes = Programmes(files=outside.files, rows=rows, sessions=sessions, clock=clock)
    earlier = EarlierBook(
        programmes=programmes,
        applications=applications,
        earlier=EarlierTable(table(TableName.EARLIER_PARTICIPANTS)),
        tombstones=outside.tombstones,
        tokens=tokens,
        clock=clock,
    )
    responses = ResponseTable(table(TableName.RESPONSES))
    doorkeeper = Doorkeeper(
        secrets={name: settings.webhook_secrets.of(name) for name in providers()},
        bodies=outside.bodies,
        wakeups=outside.wakeups,
        figures=outside.figures,
        clock=clock,
    )
    organisations = OrganisationTable(table(TableName.ORGANISATIONS))
    domains = Domains(organisations)
    settling = Settling(
        applications=applications,
        approvals=approvals,
        bookings=bookings,
        messages=messages,
        alarms=alarms,
        links=links,
        audit=audit,
        seating=Seating(bookings=bookings, clock=clock),
        domains=domains,
        wakeups=outside.wakeups,
        tokens=tokens,
        lanes=lanes,
        clock=clock,
    )
    calendars = Calendars(
        programmes=programmes,
        sessions=sessions,
        bookings=bookings,
        states=states,
        alarms=alarms,
        renderer=renderer,
        lanes=lanes,
        clock=clock,
    )
    closing = Closing(
        rows=rows,
        applications=applications,
        messages=messages,
        alarms=alarms,
        audit=audit,
        calendars=calendars,
        settling=settling,
        wakeups=outside.wakeups,
        lanes=lanes,
        clock=clock,
    )
    held = QuarantineTable(table(TableName.QUARANTINE))
    quarantine = QuarantineDesk(
        programmes=programmes,
        quarantine=held,
        receptions=receptions,
        bodies=outside.bodies,
        closing=closing,
        wakeups=outside.wakeups,
        clock=clock,
    )
    reports = Reports(
        applications=applications,
        receptions=receptions,
        messages=messages,
        states=states,
        bookings=bookings,
        checkins=checkins,
        pairs=pairs,
        quarantine=held,
        approvals=approvals,
        audit=audit,
        mistyped=MistypedRows(table),
        clock=clock,
    )
    book = PairBook(pairs=pairs, applications=applications, tokens=tokens)
    drafts = DraftTable(table(TableName.DRAFTS))
    typed = CommandTable(table(TableName.COMMANDS))
    eraser = Eraser(
        programmes=programmes,
        applications=applications,
        lived_experience=lived_experience,
        approvals=approvals,
        bookings=bookings,
        checkins=checkins,
        commands=typed,
        receptions=receptions,
        bodies=outside.bodies,
        earlier=earlier,
        quarantine=quarantine,
        drafts=drafts,
        organisations=organisations,
        extracts=outside.extracts,
        tombstones=outside.tombstones,
        settling=settling,
        wakeups=outside.wakeups,
        lanes=lanes,
        clock=clock,
    )
    monitoring = MonitoringTable(table(TableName.MONITORING))
    monitoring_desk = MonitoringDesk(
        programmes=programmes,
        box=MonitoringBoxTable(table(TableName.MONITORING_BOX), tokens.keys_for("equality monitoring")),
        monitoring=monitoring,
        clock=clock,
        random=SystemRandom(),
    )
    retention = Retention(
        programmes=programmes,
        applications=applications,
        told=lived_experience,
        monitoring=monitoring,
        messages=messages,
        extracts=outside.extracts,
        eraser=eraser,
        closing=closing,
        clock=clock,
    )
    letters = Letters(
        programmes=programmes,
        applications=applications,
        messages=messages,
        checkins=checkins,
        pairs=book,
        reports=reports,
        earlier=earlier,
        retention=retention,
        links=links,
        renderer=renderer,
        tokens=tokens,
        admin_email=settings.admin_email,
        lanes=lanes,
        clock=clock,
    )
    intake = Intake(
        programmes=programmes,
        applications=applications,
        lived_experience=lived_experience,
        receptions=receptions,
        responses=responses,
        domains=domains,
        bodies=outside.bodies,
        doorkeeper=doorkeeper,
        quarantine=quarantine,
        settling=settling,
        closing=closing,
        tokens=tokens,
        figures=outside.figures,
        clock=clock,
    )
    changes = ChangeDesk(
        programmes=programmes,
        applications=applications,
        lived_experience=lived_experience,
        links=links,
        bodies=outside.bodies,
        quarantine=quarantine,
        intake=intake,
        settling=settling,
        clock=clock,
    )
    checkin_desk = CheckInDesk(
        programmes=programmes,
        pairs=pairs,
        book=book,
        checkins=checkins,
        applications=applications,
        messages=messages,
        alarms=alarms,
        links=links,
        settling=settling,
        tokens=tokens,
        wakeups=outside.wakeups,
        lanes=lanes,
        clock=clock,
    )
    upkeep = UpkeepTable(table(TableName.UPKEEP))
    resumption = Resumption(
        upkeep=upkeep,
        programmes=programmes,
        applications=applications,
        bodies=outside.bodies,
        receptions=receptions,
        pairs=pairs,
        checkins=checkin_desk,
        settling=settling,
        alarms=alarms,
        wakeups=outside.wakeups,
        lanes=lanes,
        clock=clock,
    )
    backup = Backup(extracts=outside.extracts, exports=outside.exports, upkeep=upkeep, tokens=tokens, clock=clock)
    cleaner = Cleaner(
        backup=backup,
        extracts=outside.extracts,
        exports=outside.exports,
        tombstones=outside.tombstones,
        clock=clock,
    )
    commands = CommandDesk(
        commands=typed,
        programmes=programmes,
        applications=applications,
        receptions=receptions,
        bodies=outside.bodies,
        messages=messages,
        states=states,
        alarms=alarms,
        eraser=eraser,
        quarantine=quarantine,
        changes=changes,
        retention=retention,
        monitoring=monitoring_desk,
        settling=settling,
        resumption=resumption,
        wakeups=outside.wakeups,
        lanes=lanes,
        clock=clock,
    )
    delivery = Delivery(
        messages=messages,
        applications=applications,
        approvals=approvals,
        programmes=programmes,
        settling=settling,
        letters=letters,
        figures=outside.figures,
        clock=clock,
    )
    replies = ReplyDesk(
        programmes=programmes,
        applications=applications,
        messages=messages,
        pairs=book,
        settling=settling,
        calendars=calendars,
        clock=clock,
    )
    counter = Counter(tallies=TallyTable(table(TableName.TALLIES)), tokens=tokens, clock=clock)
    own_form = OwnForm(
        programmes=programmes,
        drafts=drafts,
        applications=applications,
        responses=responses,
        bookings=bookings,
        doorkeeper=doorkeeper,
        counter=counter,
        quarantine=quarantine,
        monitoring=monitoring_desk,
        tokens=tokens,
        clock=clock,
    )
    return App(
        doorkeeper=doorkeeper,
        intake=intake,
        approval=ApprovalDesk(
            programmes=programmes,
            applications=applications,
            messages=messages,
            links=links,
            settling=settling,
            tokens=tokens,
            clock=clock,
        ),
        own_pages=OwnPages(
            programmes=programmes,
            applications=applications,
            bookings=bookings,
            links=links,
            settling=settling,
            holdings=Holdings(
                lived_experience=lived_experience,
                bookings=bookings,
                messages=messages,
                checkins=checkins,
                bodies=outside.bodies,
                book=earlier,
                clock=clock,
            ),
            counter=counter,
            clock=clock,
        ),
        changes=changes,
        dead_links=DeadLinks(programmes=programmes, applications=applications, links=links, clock=clock),
        checkins=checkin_desk,
        returning=ReturningDesk(
            programmes=programmes,
            book=earlier,
            messages=messages,
            alarms=alarms,
            links=links,
            responses=responses,
            doorkeeper=doorkeeper,
            counter=counter,
            wakeups=outside.wakeups,
            tokens=tokens,
            lanes=lanes,
            clock=clock,
        ),
        earlier=earlier,
        postman=Postman(
            alarms=alarms,
            delivery=delivery,
            calendars=calendars,
            replies=replies,
            mailbox=outside.mailbox,
            calendar=outside.calendar,
            inbox=outside.inbox,
            states=MailboxTable(table(TableName.MAILBOXES)),
            upkeep=upkeep,
            locks=outside.locks,
            wakeups=outside.wakeups,
            figures=outside.figures,
            clock=clock,
            pace=Pace(settings.messages_per_minute, timedelta(seconds=settings.pace_seconds)),
        ),
        tick=Tick(
            programmes=programmes,
            closing=closing,
            commands=commands,
            checkins=checkin_desk,
            intake=intake,
            settling=settling,
            waiting=WaitingLists(bookings=bookings, settling=settling, clock=clock),
            reports=reports,
            earlier=earlier,
            own_form=own_form,
            quarantine=quarantine,
            changes=changes,
            caretaker=Caretaker(
                backup=backup,
                cleaner=cleaner,
                monitoring=monitoring_desk,
                retention=retention,
                resumption=resumption,
                alarms=alarms,
                locks=outside.locks,
                clock=clock,
            ),
            resumption=resumption,
            alarms=alarms,
            bodies=outside.bodies,
            locks=outside.locks,
            wakeups=outside.wakeups,
            lanes=lanes,
            clock=clock,
        ),
        programmes=programmes,
        backup=backup,
        restorer=Restorer(
            backup=backup,
            extracts=outside.extracts,
            exports=outside.exports,
            tombstones=outside.tombstones,
            upkeep=upkeep,
            clock=clock,
        ),
        renderer=renderer,
        assets=assets,
        own_form=own_form,
        secure=settings.base_url.startswith("https:"),
        outside=outside,
    )


def _lanes(settings: Settings, files: ProgrammeFiles) -> Lanes:
    """Raises SettingsProblem if a programme names a mailbox that the app was not given."""
    lanes = Lanes(settings.mailbox, settings.more_mailboxes)
    for programme in (files.get(id_) for id_ in files.ids()):
        if programme is not None and not lanes.served(programme):
            raise SettingsProblem(
                f"MORE_MAILBOXES: the programme {programme.id} names a mailbox that is not in this list; "
                "add it, with a space between addresses"
            )
    return lanes


def azure(settings: Settings, clock: Clock) -> Outside:
    """What is outside in Azure, and on a laptop: the same adapters, told apart by settings alone."""
    quiet_libraries()  # commands come here without a function
    account = StorageAccount(settings.storage, lambda: _identity(settings, settings.storage.client_id))
    connection = GraphConnection(str(settings.graph_base_url).rstrip("/"), lambda: _graph_credential(settings))
    folder = Path(settings.programmes_folder) if settings.programmes_folder else None
    return Outside(
        table=account.table,
        bodies=BodyContainer(account.container(ContainerName.SUBMISSIONS)),
        wakeups=QueueWakeups(account.queue(QueueName.SUBMISSIONS), account.queue(QueueName.POSTMAN)),
        locks=BlobLocks(account.container(ContainerName.LOCKS)),
        mailbox=lambda address: GraphMailbox(connection, address),
        calendar=lambda address: GraphCalendar(connection, address),
        inbox=lambda address: GraphInbox(connection, address),
        clock=clock,
        files=ShippedProgrammes(tuple(sorted(folder.glob("*.yaml"))) if folder else shipped()),
        figures=OpenTelemetryFigures(),
        extracts=RawTables(account.raw_table),
        exports=BlobExports(account.container(ContainerName.EXPORTS)),
        tombstones=BlobTombstones(account.container(ContainerName.EXPORTS)),
        close=account.close,
    )


def _identity(settings: Settings, client_id: str | None) -> Any:  # noqa: ANN401 -- imported only where it is needed
    """The app's managed identity in Azure; on anybody's own machine, for commands, who signed in with ``az login``."""
    if settings.storage.credential != "managedidentity":
        from azure.identity.aio import AzureCliCredential

        return AzureCliCredential()
    from azure.identity.aio import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()


def _graph_credential(settings: Settings) -> Any:  # noqa: ANN401 -- imported only where there is a managed identity
    if settings.graph_static_token is not None:
        return StaticToken(settings.graph_static_token.get_secret_value())
    return _identity(settings, settings.graph_client_id or settings.storage.client_id)
