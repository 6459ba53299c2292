"""Joins the room ``pairs``: drafting, publishing and offering pairs, and their check-ins."""

from dataclasses import dataclass

from shared.composition.stores import Stores
from shared.ports import Clock
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.links import LinkBook
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.earlier import EarlierService
from shared.services.pairs.checkins import CheckInService
from shared.services.pairs.commands import PairCommands
from shared.services.pairs.confidences import Confidences
from shared.services.pairs.drafting import PairDrafting
from shared.services.pairs.offers import PartnerService
from shared.services.pairs.people import PairPeople
from shared.services.pairs.publishing import PairPublishing
from shared.services.pairs.rows import PairReader
from shared.services.pairs.sheets import PairSheets


@dataclass(frozen=True, slots=True)
class Matching:
    """The services of the room."""

    reader: PairReader
    checkins: CheckInService
    drafting: PairDrafting
    partners: PartnerService
    commands: PairCommands
    sheets: PairSheets


def join(
    stores: Stores,
    *,
    programmes: Programmes,
    earlier: EarlierService,
    writer: ApplicationWriter,
    links: LinkBook,
    outbox: Outbox,
    tokens: Tokens,
    clock: Clock,
) -> Matching:
    """Join them with what they stand on."""
    reader = PairReader(pairs=stores.pairs, applications=stores.applications, tokens=tokens)
    people = PairPeople(programmes=programmes, applications=stores.applications, earlier=earlier, rounds=stores.rounds)
    checkins = CheckInService(
        programmes=programmes,
        pairs=stores.pairs,
        book=reader,
        people=people,
        checkins=stores.checkins,
        writer=writer,
        links=links,
        outbox=outbox,
        clock=clock,
    )
    drafting = PairDrafting(
        pairs=stores.pairs,
        reader=reader,
        people=people,
        confidences=Confidences(lived_experience=stores.lived_experience, earlier=earlier),
        rounds=stores.rounds,
        notes=stores.match_notes,
        outbox=outbox,
        clock=clock,
    )
    publishing = PairPublishing(
        pairs=stores.pairs, reader=reader, people=people, rounds=stores.rounds, writer=writer, clock=clock
    )
    return Matching(
        reader=reader,
        checkins=checkins,
        drafting=drafting,
        partners=PartnerService(
            programmes=programmes, pairs=stores.pairs, reader=reader, checkins=checkins, links=links, clock=clock
        ),
        sheets=PairSheets(pairs=stores.pairs, reader=reader, people=people),
        commands=PairCommands(
            programmes=programmes,
            drafting=drafting,
            publishing=publishing,
            pairs=stores.pairs,
            reader=reader,
            writer=writer,
            outbox=outbox,
            clock=clock,
        ),
    )
