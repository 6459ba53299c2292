"""Joins the room ``records``: what is kept, for how long, and how a person is forgotten."""

from dataclasses import dataclass

from shared.composition.outside import Outside
from shared.composition.stores import Stores
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.earlier import EarlierService
from shared.services.form.interest import InterestService
from shared.services.form.quarantine import QuarantineService
from shared.services.pairs.checkins import CheckInService
from shared.services.records.commands import RecordsCommands
from shared.services.records.erasure import Eraser, EraserWithoutApplication
from shared.services.records.export_redaction import ExportRedaction
from shared.services.records.exports import Backup
from shared.services.records.held_elsewhere import HeldElsewhere
from shared.services.records.restore import RestoreService
from shared.services.records.resume import ApplicationsAgain, BodiesAgain, PairsAgain, RestoredAccount, Resume
from shared.services.records.retention import Retention
from shared.services.records.traces import (
    ApprovalTraces,
    BookingTraces,
    CommandTraces,
    DraftTraces,
    EarlierTraces,
    EvaluationTraces,
    HeldTraces,
    InterestTraces,
    OrganisationTraces,
    PairTraces,
    ToldTraces,
)


@dataclass(frozen=True, slots=True)
class Records:
    """The services of the room."""

    backup: Backup
    cleaner: ExportRedaction
    restorer: RestoreService
    retention: Retention
    restored: RestoredAccount
    resume: Resume
    commands: RecordsCommands


def join(
    outside: Outside,
    stores: Stores,
    *,
    programmes: Programmes,
    earlier: EarlierService,
    interest: InterestService,
    quarantine: QuarantineService,
    checkins: CheckInService,
    writer: ApplicationWriter,
    outbox: Outbox,
    tokens: Tokens,
) -> Records:
    """Join them with what they stand on."""
    clock = outside.clock
    listed = InterestTraces(interest)
    earlier_rows, held, typed = EarlierTraces(earlier), HeldTraces(quarantine), CommandTraces(stores.commands)
    eraser = Eraser(
        beside=(
            earlier_rows,
            listed,
            DraftTraces(stores.drafts),
            held,
            typed,
            EvaluationTraces(programmes=programmes, evaluations=stores.evaluations, tokens=tokens),
            OrganisationTraces(organisations=stores.organisations, applications=stores.applications),
        ),
        told=ToldTraces(
            checkins=stores.checkins,
            receptions=stores.receptions,
            bodies=outside.bodies,
            notes=stores.match_notes,
            lived_experience=stores.lived_experience,
            access=outside.access,
        ),
        of_applications=(
            PairTraces(stores.pairs),
            BookingTraces(bookings=stores.bookings, outbox=outbox),
            ApprovalTraces(stores.approvals),
            typed,
            held,
        ),
        extracts=outside.extracts,
        tombstones=outside.tombstones,
        writer=writer,
        clock=clock,
    )
    retention = Retention(
        programmes=programmes,
        applications=stores.applications,
        told=stores.lived_experience,
        monitoring=stores.monitoring,
        messages=stores.messages,
        extracts=outside.extracts,
        eraser=eraser,
        outbox=outbox,
        clock=clock,
    )
    restored = RestoredAccount(upkeep=stores.upkeep, outbox=outbox, clock=clock)
    resume = Resume(
        account=restored,
        programmes=programmes,
        bodies=BodiesAgain(bodies=outside.bodies, receptions=stores.receptions),
        applications=ApplicationsAgain(applications=stores.applications, writer=writer, jobs=stores.jobs, clock=clock),
        pairs=PairsAgain(programmes=programmes, pairs=stores.pairs, checkins=checkins),
        outbox=outbox,
    )
    backup = Backup(
        extracts=outside.extracts, exports=outside.exports, upkeep=stores.upkeep, tokens=tokens, clock=clock
    )
    return Records(
        backup=backup,
        cleaner=ExportRedaction(
            backup=backup,
            extracts=outside.extracts,
            exports=outside.exports,
            tombstones=outside.tombstones,
            clock=clock,
        ),
        restorer=RestoreService(
            backup=backup,
            extracts=outside.extracts,
            exports=outside.exports,
            tombstones=outside.tombstones,
            upkeep=stores.upkeep,
            jobs=stores.jobs,
            clock=clock,
        ),
        retention=retention,
        restored=restored,
        resume=resume,
        commands=RecordsCommands(
            eraser=eraser,
            without_application=EraserWithoutApplication(
                earlier=earlier_rows,
                listed=listed,
                held=held,
                drafts=stores.drafts,
                tombstones=outside.tombstones,
                clock=clock,
            ),
            elsewhere=HeldElsewhere(
                programmes=programmes,
                applications=stores.applications,
                receptions=stores.receptions,
                bodies=outside.bodies,
            ),
            retention=retention,
            restored=restored,
        ),
    )
