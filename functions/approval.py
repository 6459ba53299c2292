"""The line manager's page. GET and HEAD only look; a POST with a choice somebody made decides."""

from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain import wording
from shared.domain.addresses import as_sent, email_problem
from shared.domain.application import Answer, LineManager
from shared.domain.approval import LONGEST, ManagerAnswer
from shared.domain.text import clean, too_long
from shared.errors import LostRace, TemporaryFailure

if TYPE_CHECKING:
    from shared.services.applications.approval import DecisionPage

bp = func.Blueprint()

_IN_WORDS = {
    Answer.APPROVE: "yes",
    Answer.DECLINE: "no",
    Answer.NOT_MY_REPORT: "you are not their {releaser}",
}

_BELONGS_TO = {
    "reason": Answer.DECLINE,
    "right_manager_name": Answer.NOT_MY_REPORT,
    "right_manager_email": Answer.NOT_MY_REPORT,
}


@bp.function_name("decision")
@bp.route("decisions/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def decision(req: func.HttpRequest) -> func.HttpResponse:
    """Show what is asked, or take the answer and show the outcome."""
    app = bootstrap.get_app()
    token = pages.token(req)
    try:
        if req.method != "POST":
            page = await app.approval.page(token)
            return pages.respond(app, "decision", _values(page)) if page else await pages.dead_link(app, token)
        if pages.from_elsewhere(req):
            return pages.forged(app)
        given = pages.fields(req)
        answer, errors = _answer(given)
        page = await (app.approval.answer(token, answer) if answer else app.approval.page(token))
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    if page.problem:  # the one place that makes an error of it: the page shows what it finds in ``errors``
        errors = [("right_manager_email", page.problem)]
    if page.not_taken:
        errors = [("decision" if page.can_correct else "", _not_taken(page))]
    if errors and (page.state == "open" or page.can_correct or page.not_taken):
        return pages.respond(app, "decision", {"page": page, "errors": errors, "given": given})
    return pages.respond(app, "decision", _values(page))


def _not_taken(page: "DecisionPage") -> str:
    """For an answer from a page that was out of date: what stands, and how to change it."""
    answered = _IN_WORDS[page.answer].format(releaser=page.view.imprint.releaser) if page.answer else ""
    stands = f"You had already answered: {answered}. " if answered else ""
    where = wording.listed(page.view.contacts, "or")
    how = "write to us" if where else "reply to our email"
    write = f"If that is wrong, {how}{f' at {where}' if where and page.often else ''}."
    then = "To change it, choose again below and send it." if page.can_correct else write
    return f"{stands}This new answer was not taken. {then}"


def _values(page: object) -> dict[str, object]:
    return {"page": page, "errors": [], "given": {}}


def _answer(given: dict[str, str]) -> tuple[ManagerAnswer | None, list[tuple[str, str]]]:
    """The answer in a form, or what is wrong with it by field."""
    fields = ("reason", "note", "right_manager_name", "right_manager_email")
    text = {name: clean(given.get(name, ""), multiline=name == "note") for name in fields}
    chosen = given.get("decision", "")
    # What was typed under an answer that was not chosen after all is not seen any more, and does not count.
    for name in fields:
        if name in _BELONGS_TO and chosen != _BELONGS_TO[name]:
            text[name] = ""
    errors = [] if chosen in set(Answer) else [("decision", "Choose one of the answers.")]
    errors += [
        (name, too_long(len(text[name]), longest)) for name, longest in LONGEST.items() if len(text[name]) > longest
    ]
    if errors:
        return None, errors
    answer = Answer(chosen)
    revision = given.get("revision", "0")
    right_manager = None
    if answer is Answer.NOT_MY_REPORT and text["right_manager_email"]:
        problem = email_problem(text["right_manager_email"])
        if problem:
            return None, [("right_manager_email", problem)]
        right_manager = LineManager(text["right_manager_name"], as_sent(text["right_manager_email"]))
    return (
        ManagerAnswer(
            answer=answer,
            revision=int(revision) if revision.isdecimal() and len(revision) < 6 else 0,  # noqa: PLR2004 -- a small count
            reason=text["reason"],
            note=text["note"],
            right_manager=right_manager,
        ),
        [],
    )
