"""The check-in page: one person, one meeting."""

from datetime import date

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain import wording
from shared.domain.pairs import CheckInAnswer
from shared.domain.questionnaire import read_date
from shared.domain.text import LONGEST_TEXT, clean, too_long
from shared.errors import LostRace, TemporaryFailure

bp = func.Blueprint()

_RATINGS = ("1", "2", "3", "4", "5")


@bp.function_name("checkin")
@bp.route("checkins/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def checkin(req: func.HttpRequest) -> func.HttpResponse:
    """Show the questions, or store the answers and thank."""
    app = bootstrap.get_app()
    token = pages.token(req)
    given: dict[str, str] = {}
    errors: list[tuple[str, str]] = []
    saved = False
    try:
        if req.method == "POST":
            if pages.from_elsewhere(req):
                return pages.forged(app)
            given = pages.fields(req)
        view = await app.checkins.view(token)
        if req.method == "POST" and view is not None:
            answer, errors = _answer(given, view.start, app.outside.clock.now().astimezone(view.zone).date())
            if answer is not None and await app.checkins.answer(token, answer):
                # What is stored is shown, which may be less than what was typed.
                saved, given = True, {}
                view = await app.checkins.view(token)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if view is None:
        return await pages.dead_link(app, token)
    if view.over:
        errors = []  # there is no form to mend any more
    return pages.respond(app, "checkin", {"view": view, "errors": errors, "given": given, "saved": saved})


def _answer(given: dict[str, str], start: date, today: date) -> tuple[CheckInAnswer | None, list[tuple[str, str]]]:
    """The answers in a form, or what is wrong with them by field. ``start`` is the day the pair was introduced."""
    errors = []
    met = {"yes": True, "no": False}.get(given.get("met", ""))
    if met is None:
        errors.append(("met", "Say whether you have met."))
    typed = clean(given.get("met_on", ""))
    met_on = read_date(typed)
    if typed and met_on is None:
        errors.append(("met_on", "Enter the date you met, like 14 May 2026."))
    elif met_on is not None and met_on > today:
        errors.append(("met_on", "The date you met must be today or in the past."))
    elif met_on is not None and met_on < start:
        first = wording.day(start)
        errors.append(("met_on", f"The date you met must be {first} or later: that is when you were introduced."))
    rating = given.get("rating", "")
    if rating and rating not in _RATINGS:
        errors.append(("rating", "Choose a number from 1 to 5."))
    note = clean(given.get("note", ""), multiline=True)
    if len(note) > LONGEST_TEXT:
        errors.append(("note", too_long(len(note), LONGEST_TEXT)))
    if errors or met is None:
        return None, errors
    talk = given.get("talk", "") == "yes"
    return CheckInAnswer(met, met_on, int(rating) if rating else None, note, talk), []
