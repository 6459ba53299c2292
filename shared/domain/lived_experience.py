"""What people told of who they are, as a value that few may hold."""

from dataclasses import dataclass

from shared.domain.fields import Told


@dataclass(frozen=True, slots=True)
class LivedExperience:
    """What only the matching team may read, kept apart from the application.

    The answers that ``shared.domain.fields`` keeps here, by their names; ``told`` are those to the programme's own
    questions that administrators may not see. ``version`` counts the versions of the
    application, ``content`` is the hash of the body that these came from.
    """

    programme: str
    reference: str
    topics: tuple[str, ...]
    about_you: str
    access_needs: str
    version: int
    content: str
    cover: bool = False
    rather_not_with: str = ""
    told: tuple[Told, ...] = ()
