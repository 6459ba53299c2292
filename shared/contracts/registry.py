"""The form providers we read, by their name in a webhook's address. A new one adds a file and an entry."""

from typing import Final

from shared.contracts.google import GoogleForms
from shared.contracts.govuk import GovukForms
from shared.contracts.gravity import GravityForms
from shared.contracts.jotform import Jotform
from shared.contracts.msforms import MicrosoftForms
from shared.contracts.provider import Provider
from shared.contracts.smartsurvey import SmartSurvey
from shared.contracts.standard import StandardWebhooks
from shared.contracts.tally import Tally
from shared.contracts.typeform import Typeform

_ALL: Final[tuple[Provider, ...]] = (
    GoogleForms(),
    GovukForms(),
    GravityForms(),
    Jotform(),
    MicrosoftForms(),
    SmartSurvey(),
    StandardWebhooks(),
    Tally(),
    Typeform(),
    # The page of people who took part before writes it; it has no secret, so nobody else can.
    StandardWebhooks("returning"),
    StandardWebhooks("own"),  # our own form; no secret either
)
_BY_NAME: Final = {each.name: each for each in _ALL}


def provider(name: str) -> Provider | None:
    """The provider of that name, or None."""
    return _BY_NAME.get(name)


def providers() -> tuple[str, ...]:
    """The names of all providers."""
    return tuple(_BY_NAME)
