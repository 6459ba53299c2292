"""What people need in order to take part, as a file of its own for the few who arrange it: rooms, interpreters, times.

It holds what somebody wrote about their access needs and where they are to be, and no topic, words about themselves or
employer: who has to book a room needs none of them.
"""

from collections.abc import Mapping

from shared.domain import cohort_figures as figures
from shared.domain import wording
from shared.domain.application import Status
from shared.domain.cohort_figures import Cohort
from shared.domain.programme import SessionStatus
from shared.domain.text import clean
from shared.domain.workbook import RESPONSES, Cell, Column, Kind, Sheet, Workbook, name_of, new_sheet


def access_list(cohort: Cohort, needs: Mapping[str, str], *, contact: str) -> Workbook | None:
    """The file, or None if nothing is to be arranged: nobody who takes part needs anything, or the programme is over.

    ``needs`` are what people wrote, by reference. Sessions that are over are left out.
    """
    told = {
        a.reference: words
        for a in cohort.applications
        if a.status is Status.APPROVED and (words := clean(needs.get(a.reference, "")))
    }
    if not told or cohort.over:
        return None
    name = name_of(cohort)
    return Workbook(
        title=f"{name}: access needs on {wording.day(cohort.day(cohort.now))}",
        subject="What people need in order to take part, for those who arrange it. Special category data.",
        author=clean(cohort.programme.host),
        made_at=cohort.now,
        zone=cohort.programme.tz,
        sheets=(_cover(cohort, name, contact), _sessions(cohort, told), _people(cohort, told)),
    )


def _cover(cohort: Cohort, name: str, contact: str) -> Sheet:
    return new_sheet(
        "Cover",
        f"{name}: access needs",
        [
            f"As told until {wording.moment(cohort.now, cohort.programme.tz)}, UK time, in their own words.",
            "For those who arrange access, and nobody else: what somebody needs may tell of their health or religion.",
            "Pass on what a room, a trainer or an interpreter has to know, and no more.",
            "Delete copies when they are old: this file is written anew every night, and goes with the programme.",
            f"Questions about this file: {contact}." if contact else "",
        ],
        [Column("Sheet", Kind.LINK), Column("What it shows")],
        [("Sessions", "By session to come, for whoever prepares it"), ("People", "By person, for meetings in pairs")],
        empty="",
    )


def _sessions(cohort: Cohort, told: Mapping[str, str]) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    breaks = []
    for one in figures.sessions(cohort):
        over = one.session.ends_at is not None and one.session.ends_at <= cohort.now
        booked = [b for b in one.booked if b.reference in told]
        if over or one.session.status is SessionStatus.CANCELLED or not booked:
            continue
        if rows:
            breaks.append(len(rows))
        rows += [
            (
                one.group.title,
                one.session.starts_at,
                one.session.place,
                cohort.name(booking.reference),
                booking.email,
                told[booking.reference],
                RESPONSES.get(booking.response, booking.response),
                one.session.id,
            )
            for booking in booked
        ]
    return new_sheet(
        "Sessions",
        "Access needs by session",
        ["One table. Printed, each session begins a new page. Who declined the invitation is still booked."],
        [
            Column("Purpose"),
            Column("Begins", Kind.MOMENT),
            *map(Column, ("Place", "Name", "Email", "Access needs", "Invitation", "Session")),
        ],
        rows,
        empty="Nobody with an access need is booked in a session to come.",
        breaks_at=breaks,
    )


def _people(cohort: Cohort, told: Mapping[str, str]) -> Sheet:
    people = sorted((cohort.name(reference).casefold(), reference) for reference in told)
    return new_sheet(
        "People",
        "Everybody who takes part and has told of an access need",
        ["One table, in order of name."],
        [*map(Column, ("Name", "Email", "Access needs", "Reference"))],
        [
            (cohort.name(reference), cohort.people[reference].person.email, told[reference], reference)
            for _, reference in people
        ],
        empty="",
    )
