"""Sessions as they last stood in the table: a row deleted by mistake comes back so, and not as the file had it."""

import json

from pydantic import ValidationError

from shared.domain.programme import Programme, Session, SessionStatus

# What administrators type; the rest is the file's.
_TYPED = {"starts_at", "ends_at", "status", "place", "capacity"}


def remembered(before: str, programme: Programme) -> str:
    """What is to be known of the sessions; a row that makes no sense now is known as it last did."""
    known = _read(before)
    for group in programme.groups:
        for session in group.sessions:
            if session.status is not SessionStatus.INVALID:
                known[session.id] = session.model_dump(mode="json", include=_TYPED)
    return json.dumps(known, sort_keys=True, separators=(",", ":"))


def as_remembered(programme: Programme, text: str) -> Programme:
    """A programme's file with its sessions as they are known. What cannot be read counts as unknown."""
    known = _read(text)
    sessions = {session.id: session for group in programme.groups for session in group.sessions}
    # Those of a recurring group stand in no file.
    more = {id_ for group in programme.groups for id_ in known if id_ not in sessions and group.number_of(id_)}
    sessions |= {id_: Session(id=id_, status=SessionStatus.TO_BE_CONFIRMED) for id_ in more}
    for id_, session in sessions.items():
        try:
            sessions[id_] = Session.model_validate({**session.model_dump(), **known.get(id_, {})})
        except (ValidationError, TypeError):
            sessions[id_] = session
    return programme.with_sessions(sessions)


def _read(text: str) -> dict[str, dict[str, object]]:
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
