"""What messages and events share: change keys, etags, extended properties, and how they are shown."""

import re
import secrets
from http import HTTPStatus

from local.clock import MovableClock, stamp
from local.graph.errors import GraphError, bad_request, invalid_recipients
from local.graph.odata import EXTENDED, Options
from local.graph.settings import Json
from local.graph.state import Item, Kind, Store, property_name
from local.graph.web import Request

_PROPERTY_ID = re.compile(
    r"(String|Integer|Boolean|Double|SystemTime|Binary|CLSID|Currency|Float|Long|Short|ApplicationTime) "
    r"(\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\} (Name|Id) \S.*|0x[0-9a-f]{3,4})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^@\s<>()\[\]\\,;:\"]+@[^@\s<>()\[\]\\,;:\"]+")


def new_change_key() -> str:
    """Another one after every change."""
    return "CQAAABYAAAB" + secrets.token_urlsafe(18)


def touch(item: Item, clock: MovableClock) -> None:
    """The item has changed."""
    item.properties["changeKey"] = new_change_key()
    item.properties["lastModifiedDateTime"] = stamp(clock.now())


def etag(item: Item) -> str:
    """For If-Match."""
    return f'W/"{item.properties["changeKey"]}"'


def check_etag(item: Item, request: Request) -> None:
    """412 if the caller has an older version in mind."""
    wanted = request.headers.get("if-match")
    if wanted not in {None, "*", etag(item)}:
        message = "The send or update operation could not be performed because the change key is out of date."
        raise GraphError(HTTPStatus.PRECONDITION_FAILED, "ErrorIrresolvableConflict", message)


def read_extended(properties: list[Json]) -> list[Json]:
    """Extended properties as they are kept; each needs an id in the documented form, and a value."""
    kept = []
    for one in properties:
        property_id, value = one.get("id"), one.get("value")
        if not property_id or not _PROPERTY_ID.fullmatch(property_id):
            message = "The id of an extended property reads like 'String {guid} Name name'."
            raise bad_request(message, "ErrorInvalidProperty")
        if value is None:
            raise bad_request("An extended property needs a value.", "ErrorInvalidProperty")
        kept.append({"id": property_id, "value": value})
    return kept


def merge_extended(item: Item, properties: list[Json]) -> None:
    """New ones are added, those of the same id replaced."""
    by_name = {property_name(one["id"]): one for one in item.hidden.get("extended", [])}
    by_name |= {property_name(one["id"]): one for one in read_extended(properties)}
    item.hidden["extended"] = list(by_name.values())


def full(item: Item, properties: Json) -> Json:
    """Every property, for filters and for showing."""
    return {**properties, EXTENDED: item.hidden.get("extended", [])}


def show(document: Json, options: Options, *, unless_selected: frozenset[str]) -> Json:
    """Only what was asked for; the properties in `unless_selected` need `$select`."""
    fixed = {"@odata.type", "@odata.etag", "id"}
    if options.select:
        shown = {name: value for name, value in document.items() if name in options.select or name in fixed}
    else:
        shown = {name: value for name, value in document.items() if name not in unless_selected}
    shown.pop(EXTENDED, None)
    if options.expand is not None:
        wanted = [one for one in document[EXTENDED] if property_name(one["id"]) in options.expand]
        if wanted:
            shown[EXTENDED] = wanted
    return shown


def candidates(store: Store, kind: Kind, mailbox: str, options: Options) -> list[Item]:
    """The items that a filter can match: by the extended property where it names one."""
    label = options.filter.label if options.filter else None
    return store.labelled(kind, (mailbox, *label)) if label else store.items(kind, mailbox)


def address_of(recipient: Json | None) -> str:
    """In lower case, to compare; empty if there is none."""
    return (((recipient or {}).get("emailAddress") or {}).get("address") or "").lower()


def check_addresses(people: list[Json]) -> None:
    """400 if an address is missing or cannot be one."""
    if not all(_ADDRESS.fullmatch(address_of(person)) for person in people):
        raise invalid_recipients()


def person(address: str, name: str | None = None) -> Json:
    """A recipient."""
    return {"emailAddress": {"name": name or address, "address": address}}


def item_body(given: Json | None) -> Json:
    """A body with both of its parts."""
    given = given or {}
    return {"contentType": given.get("contentType") or "text", "content": given.get("content") or ""}
