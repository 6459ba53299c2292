"""Joins the room ``schedule``: the clock's work, the commands, and what the team is told."""

from collections.abc import Sequence
from functools import partial

from shared.composition.outside import Outside
from shared.composition.pairs import Matching
from shared.composition.records import Records
from shared.composition.stores import Stores
from shared.domain.jobs import (
    DeleteExpired,
    Export,
    LookAtPair,
    LookAtPairsOf,
    MixEquality,
    OfferPlaces,
    Reconcile,
    RedactExports,
    ResumeRestored,
    TickTask,
)
from shared.services.applications.addresses import AddressService
from shared.services.applications.changes import ChangesService
from shared.services.applications.commands import ApplicationCommands
from shared.services.applications.intake import Intake
from shared.services.applications.waiting_lists import WaitingLists
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.queues import Queues
from shared.services.base.tokens import Tokens
from shared.services.base.verbs import Verb
from shared.services.form.commands import FormCommands
from shared.services.form.earlier import EarlierService
from shared.services.form.equality import EqualityService
from shared.services.form.interest import InterestService
from shared.services.form.own_form import OwnForm
from shared.services.form.quarantine import QuarantineService
from shared.services.mail.calendar import CalendarSync
from shared.services.mail.commands import ParkedMail, ParkedSubmissions, RetryParked
from shared.services.pairs.commands import PairCommands
from shared.services.pairs.evaluation_results import EvaluationResults
from shared.services.schedule.bodies import WaitingBodies
from shared.services.schedule.closing import Closing, EditedSessions, LookSoon
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.commands import CommandService
from shared.services.schedule.digest import Digest, Section
from shared.services.schedule.digests import Digests
from shared.services.schedule.due_jobs import ApplicationJobs, DueJobs, Handler, in_programme, of_account
from shared.services.schedule.foi_packs import FoiPacks
from shared.services.schedule.mailboxes import Mailboxes
from shared.services.schedule.mails import TeamMails
from shared.services.schedule.nightly import NightlyMaintenance
from shared.services.schedule.reports import Reports
from shared.services.schedule.sections import (
    ApplicationSections,
    CohortSections,
    PairSections,
    ParkedSections,
    RowSections,
    SessionSections,
)
from shared.services.schedule.tick import Tick, steps
from shared.services.schedule.workbooks import Workbooks
from shared.settings import Settings
from shared.stores.sessions import Sessions

_MOST_DRAFTS = 500


def digest(stores: Stores, cohorts: CohortReader) -> Digest:
    """The digest, with its sections in the order in which people read them."""
    whole = CohortSections(cohorts)
    return Digest(sections=_sections(stores, whole), picture=whole.picture, told=stores.told, messages=stores.messages)


def team_mails(outside: Outside, stores: Stores, records: Records, digest: Digest, settings: Settings) -> TeamMails:
    """What composes mails to the team."""
    reports = Reports(
        applications=stores.applications,
        receptions=stores.receptions,
        quarantine=stores.quarantine,
        pairs=stores.pairs,
        rounds=stores.rounds,
        clock=outside.clock,
    )
    return TeamMails(
        reports=reports,
        digest=digest,
        retention=records.retention,
        admin_email=settings.admin_email,
        tables=settings.tables_url,
        files=settings.reports_url,
    )


def tick(
    outside: Outside,
    stores: Stores,
    records: Records,
    digest: Digest,
    *,
    programmes: Programmes,
    earlier: EarlierService,
    own_form: OwnForm,
    quarantine: QuarantineService,
    equality: EqualityService,
    interest: InterestService,
    intake: Intake,
    changes: ChangesService,
    writer: ApplicationWriter,
    matching: Matching,
    calendars: CalendarSync,
    sessions: Sessions,
    addresses: AddressService,
    workbooks: Workbooks,
    evaluation: EvaluationResults,
    foi_packs: FoiPacks,
    outbox: Outbox,
    queues: Queues,
    tokens: Tokens,
) -> Tick:
    """Join the clock's work with everything that it sets going."""
    clock, jobs, wakeups = outside.clock, stores.jobs, outside.wakeups
    retry = RetryParked(
        programmes=programmes,
        mail=ParkedMail(messages=stores.messages, states=stores.states, outbox=outbox),
        submissions=ParkedSubmissions(receptions=stores.receptions, bodies=outside.bodies, wakeups=wakeups),
    )
    commands = CommandService(
        commands=stores.commands,
        verbs=_verbs(
            ApplicationCommands(changes=changes, writer=writer, clock=clock),
            FormCommands(quarantine=quarantine, equality=equality),
            records,
            retry,
            workbooks,
            evaluation,
            matching.commands,
            addresses,
            foi_packs,
        ),
        programmes=programmes,
        applications=stores.applications,
        clock=clock,
    )
    soon = LookSoon(applications=stores.applications, jobs=jobs, clock=clock)
    edited = EditedSessions(calendars=calendars, sessions=sessions, writer=writer, soon=soon, outbox=outbox)
    nightly = NightlyMaintenance(
        backup=records.backup,
        cleaner=records.cleaner,
        equality=equality,
        retention=records.retention,
        resume=records.resume,
        jobs=jobs,
        locks=outside.locks,
        clock=clock,
    )
    waiting = WaitingLists(bookings=stores.bookings, writer=writer, clock=clock)
    upkeep = of_account(nightly.look)

    checkins = matching.checkins

    async def look_at_pair(current: Current, task: LookAtPair) -> None:
        await checkins.look_again(current, task.pair)

    async def look_at_pairs_of(current: Current, task: LookAtPairsOf) -> None:
        await checkins.look_at_person(current, task.reference)

    async def offer_places(current: Current, task: OfferPlaces) -> None:
        await waiting.offer_places(current, task.session)

    handlers: dict[type[TickTask], Handler] = {
        Reconcile: ApplicationJobs(writer=writer, clock=clock).take_up,
        LookAtPair: in_programme(look_at_pair),
        LookAtPairsOf: in_programme(look_at_pairs_of),
        OfferPlaces: in_programme(offer_places),
        **dict.fromkeys((MixEquality, Export, RedactExports, DeleteExpired, ResumeRestored), upkeep),
    }
    mailboxes = Mailboxes(jobs=jobs, states=stores.mailboxes, wakeups=wakeups, queues=queues, clock=clock)
    return Tick(
        steps=steps(
            bodies=WaitingBodies(bodies=outside.bodies, intake=intake, clock=clock),
            programmes=programmes,
            closing=Closing(
                rows=stores.programmes, sessions=edited, soon=soon, outbox=outbox, audit=stores.audit, clock=clock
            ),
            commands=commands,
            checkins=checkins,
            jobs=DueJobs(jobs=jobs, handlers=handlers, clock=clock),
            mailboxes=mailboxes,
            tidy=partial(own_form.forget_ended, _MOST_DRAFTS),
        ),
        chores=(
            earlier.forget_old,
            interest.forget_old,
            interest.tell_of_openings,
            quarantine.forget_old,
            changes.forget_old,
            calendars.look_at_events,
            mailboxes.tidy,
            workbooks.make_all,
        ),
        digests=Digests(programmes=programmes, checkins=checkins, digest=digest, outbox=outbox, clock=clock),
        nightly=nightly,
        commands=commands,
        restored=records.restored,
        tokens=tokens,
        locks=outside.locks,
    )


def _verbs(
    applications: ApplicationCommands,
    form: FormCommands,
    records: Records,
    retry: RetryParked,
    workbooks: Workbooks,
    evaluation: EvaluationResults,
    pairs: PairCommands,
    addresses: AddressService,
    foi_packs: FoiPacks,
) -> tuple[Verb, ...]:
    """Every command, in the order in which people are told of them."""
    return (
        *applications.changing(),
        records.commands.erasing(),
        retry.verb(),
        *applications.accepting(),
        *pairs.verbs(),
        addresses.verb(),
        *form.held(),
        *records.commands.keeping(),
        form.figures(),
        evaluation.verb(),
        workbooks.verb(),
        *foi_packs.verbs(),
    )


def _sections(stores: Stores, cohort: CohortSections) -> Sequence[Section]:
    applications, sessions = ApplicationSections(stores.applications), SessionSections(stores.bookings)
    pairs = PairSections(pairs=stores.pairs, checkins=stores.checkins, applications=stores.applications)
    parked = ParkedSections(
        receptions=stores.receptions, messages=stores.messages, states=stores.states, quarantine=stores.quarantine
    )
    rows = RowSections(
        mistyped=stores.mistyped,
        audit=stores.audit,
        approvals=stores.approvals,
        applications=stores.applications,
        pairs=stores.pairs,
    )
    return (
        applications.to_decide(),
        applications.to_erase(),
        applications.replies(),
        pairs.to_talk(),
        cohort.managers(),
        applications.to_choose(),
        applications.flagged(),
        parked.held_back(),
        applications.changes(),
        parked.submissions(),
        parked.questions(),
        parked.mails(),
        parked.events(),
        pairs.not_taken(),
        pairs.to_publish(),
        pairs.left(),
        pairs.quiet(),
        cohort.without_partner(),
        sessions.declined(),
        sessions.waited_for(),
        cohort.to_note(),
        sessions.held_back(),
        rows.rows(),
        applications.tests(),
    )
