"""How long the links in mails open something. Worked out from the programme, so a later last session keeps them alive.

After that a link opens nothing, and its holder can ask for a new one, which goes to the stored address only.
"""

from datetime import datetime, timedelta

from shared.domain.application import Application
from shared.domain.programme import Programme

# Somebody who presses twice, or an impatient stranger with an old link, is one request.
_LINKS_APART = timedelta(hours=1)


def links_end(programme: Programme) -> datetime | None:
    """When the links of a programme stop working, None for one without an end."""
    end = programme.ends_at
    return end + timedelta(days=programme.links.days_after_end) if end else None


def own_link_ends(programme: Programme, application: Application) -> datetime | None:
    """When the link to a person's own page stops working. One that was asked for anew works for some days at least."""
    end, renewed = links_end(programme), application.link_renewed_at
    if end is None or renewed is None:
        return end
    return max(end, renewed + timedelta(days=programme.links.days_of_a_new_link))


def just_renewed(application: Application, now: datetime) -> bool:
    """Whether a new link to the own page was sent so lately that no other is."""
    return application.link_renewed_at is not None and now - application.link_renewed_at < _LINKS_APART


def check_in_link_ends(programme: Programme, due_at: datetime) -> datetime | None:
    """When the link to a check-in stops working: pairs may go on after the programme's last session."""
    end = links_end(programme)
    return max(end, due_at + timedelta(days=programme.links.days_after_end)) if end else None


def returning_link_ends(programme: Programme, made_at: datetime) -> datetime:
    """When the link to the stored details of somebody who took part before stops working."""
    return made_at + timedelta(days=programme.links.days_of_a_new_link + 1)


def is_over(end: datetime | None, now: datetime) -> bool:
    """Whether a link that ends then has expired."""
    return end is not None and now >= end
