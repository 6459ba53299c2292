"""A participant's own page. Steps that undo much (withdraw, deletion) are asked about on a page of their own first."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain.addresses import as_sent, email_problem
from shared.domain.application import LineManager
from shared.domain.details import FIELDS, detail_problems
from shared.domain.text import LONGEST_LINE, clean
from shared.errors import LostRace, TemporaryFailure, TooOften

if TYPE_CHECKING:
    from shared.composition.root import App
    from shared.services.applications.corrections import AnswersPage
    from shared.services.applications.participation import OwnPage

bp = func.Blueprint()

# The page of its own on which something is done, which comes again if something in it is wrong.
_STEP_OF = {"correct": "details", "change_address": "address", "withdraw": "withdraw", "ask_deletion": "delete"}
_STEPS = frozenset(_STEP_OF.values())
_UNSURE = {
    "withdraw": "Choose whether you want to withdraw.",
    "ask_deletion": "Choose whether we should delete your data.",
}
_FILE_NAME = "my-data"
#: The step on which a form in the person's name is confirmed; it has a page of its own.
_CHANGE = "change"
#: What comes when the programme is over for the person; it has a page of its own too.
_END = "end"

type Errors = list[tuple[str, str]]


@bp.function_name("own_page")
@bp.route("me/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def own_page(req: func.HttpRequest) -> func.HttpResponse:
    """Show where things stand, or do what the form asks and show it again."""
    app = bootstrap.get_app()
    token = pages.token(req)
    given: dict[str, str] = {}
    errors: Errors = []
    try:
        if req.method != "POST":
            change = await app.changes.page(token) if req.params.get("step") == _CHANGE else None
            if change is not None:
                return pages.respond(app, "own-change", {"page": change})
            answers = await _answers(app, token, req.params.get("step", ""))
            if answers is not None:
                return pages.respond(app, "own-answers", {"page": answers})
            end = await app.endings.page(token) if req.params.get("step") == _END else None
            if end is not None:
                return pages.respond(app, "own-end", {"page": end})
            page = await app.own_pages.page(token)
            address = await app.addresses.page(token) if page is None else None
            if address is not None:
                return pages.respond(app, "own-address", {"page": address})
        elif pages.from_elsewhere(req):
            return pages.forged(app)
        else:
            given = pages.fields(req)
            every = pages.all_fields(req)
            answer = await _answer(app, token, given, every.get("wish", [])) or await _mended(app, token, every)
            if answer is not None:
                return answer
            page, errors = await _act(app, token, given)
        found = await app.own_pages.behind(token) if page is not None and page.paired else None
        meetings = await app.checkins.of_person(*found) if found is not None else ()
        partners = await app.partners.behind(token) if page is not None else ()
    except TooOften:
        return pages.too_often(app)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    wanted = _STEP_OF.get(given.get("action", ""), "") if errors else ""
    step = wanted if req.method == "POST" else req.params.get("step", "")
    wrong = bool(page.problem or errors)
    values = {
        "page": page,
        "meetings": meetings,
        "partners": partners,
        "errors": errors,
        "given": given if wrong else {},
        "step": step if step in _STEPS else "",
    }
    return pages.respond(app, "own", values)


async def _answer(app: "App", token: str, given: dict[str, str], wishes: Sequence[str]) -> func.HttpResponse | None:
    """The answer to what does not lead back to the page: a file, or a new link; None for everything else."""
    match given.get("action"):
        case "download":
            return await _download(app, token, given.get("format", ""))
        case "certificate":
            made = await app.endings.certificate(token, with_role=given.get("role") == "yes")
            if made is None:
                return None
            html = app.renderer.report("certificate", {"certificate": made})
            return pages.file(html, "certificate.html", "text/html")
        case "wishes":
            end = await app.endings.wish(token, wishes)
            return pages.respond(app, "own-end", {"page": end}) if end is not None else None
        case "confirm_change":
            change = await app.changes.answer(token, given.get("change", ""), given.get("newest", ""))
            return pages.respond(app, "own-change", {"page": change}) if change is not None else None
        case "confirm_address":
            address = await app.addresses.confirm(token)
            return pages.respond(app, "own-address", {"page": address}) if address is not None else None
        case "new_link":
            # A link that still works needs no new one: its page is shown.
            return pages.new_link_sent(app) if await app.own_pages.send_new_link(token) else None
        case _:
            return None


async def _answers(app: "App", token: str, step: str) -> "AnswersPage | None":
    """The page on which answers are asked again; None for every other."""
    match step:
        case "mend":
            return await app.corrections.answers(token)
        case "about":
            return await app.about_you.page(token)
        case _:
            return None


async def _mended(app: "App", token: str, given: dict[str, list[str]]) -> func.HttpResponse | None:
    """The answer to answers that were mended; None for every other form, and where nothing can be mended any more."""
    sent = {name: tuple(values) for name, values in given.items() if name != "action"}
    match given.get("action"):
        case ["mend"]:
            page = await app.corrections.mend(token, sent)
        case ["tell"]:
            page = await app.about_you.tell(token, sent)
        case _:
            return None
    return pages.respond(app, "own-answers", {"page": page}) if page is not None else None


async def _download(app: "App", token: str, form: str) -> func.HttpResponse:
    data = await app.subject_access.behind(token)
    if data is None:
        return await pages.dead_link(app, token)
    if form == "json":
        sections = {section.title: [dict(facts) for facts in section.entries] for section in data.sections}
        body = json.dumps({**asdict(data), "sections": sections}, ensure_ascii=False, indent=1)
        return pages.file(body, f"{_FILE_NAME}.json", "application/json")
    return pages.file(app.renderer.page("own-data", {"data": data}), f"{_FILE_NAME}.html", "text/html")


async def _act(app: "App", token: str, given: dict[str, str]) -> tuple["OwnPage | None", Errors]:
    session = given.get("session", "")
    service = app.own_pages
    sure = given.get("sure", "")
    if (asked := _UNSURE.get(given.get("action", ""))) and sure != "yes":
        # A button alone proves nobody's wish: programs that look into mails follow links and press buttons.
        page = await service.page(token)
        over = page is None or (page.deletion_asked if given["action"] == "ask_deletion" else not page.can_withdraw)
        return page, [] if sure == "no" or over else [("sure", asked)]
    match given.get("action"):
        case "choose_session":
            return await service.choose_session(token, session), []
        case "leave_session":
            return await service.choose_session(token, session, leave=True), []
        case "join_list":
            return await service.join_list(token, session), []
        case "leave_list":
            return await service.leave_list(token, session), []
        case "confirm":
            return await service.confirm(token, session), []
        case "withdraw":
            return await service.withdraw(token), []
        case "ask_deletion" | "keep_data":
            return await service.ask_for_deletion(token, take_back=given["action"] == "keep_data"), []
        case "correct" | "name_manager" | "change_address" as action:
            return await _TYPED[action](app, token, given)
        case "new_link" | "confirm_change" | "confirm_address" | "mend" | "tell" | "certificate" | "wishes":
            # Nothing waits any more: the page shows where things stand.
            return await service.page(token), []
        case _:
            return await service.page(token, problem="Choose what you would like to do."), []


async def _correct(app: "App", token: str, given: dict[str, str]) -> tuple["OwnPage | None", Errors]:
    page = await app.own_pages.page(token)
    if page is None:
        return None, []
    errors = detail_problems(page.required_details, given)
    if errors:
        return page, errors
    return await app.own_pages.correct(token, {field: given.get(field, "") for field in FIELDS}), []


async def _change_address(app: "App", token: str, given: dict[str, str]) -> tuple["OwnPage | None", Errors]:
    found = await app.own_pages.behind_now(token)
    if found is None:
        return None, []
    problem = await app.addresses.ask(*found, given.get("new_email", ""), who="the applicant")
    if problem:
        return await app.own_pages.page(token), [("new_email", problem)]
    note = "We have sent an email to your new address. Press the link in it, and we use that address from then on."
    return await app.own_pages.page(token, note=note), []


async def _name_manager(app: "App", token: str, given: dict[str, str]) -> tuple["OwnPage | None", Errors]:
    name, email = clean(given.get("manager_name", "")), clean(given.get("manager_email", ""))
    errors = []
    if not name:
        page = await app.own_pages.page(token)
        releaser = page.imprint.releaser if page else ""
        errors.append(("manager_name", f"Enter your {releaser}'s name."))
    elif len(name) > LONGEST_LINE:
        errors.append(("manager_name", f"Use {LONGEST_LINE} characters or fewer."))
    problem = email_problem(email)
    if problem:
        errors.append(("manager_email", problem))
    if errors:
        return await app.own_pages.page(token), errors
    return await app.own_pages.name_manager(token, LineManager(name, as_sent(email))), []


#: What is done with what a person typed.
_TYPED = {"correct": _correct, "name_manager": _name_manager, "change_address": _change_address}
