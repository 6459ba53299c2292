"""What people told in confidence, for drafting pairs: here alone it is read for anybody but the person."""

from collections.abc import Mapping

from shared.domain.matching.entrants import confided
from shared.domain.matching.people import Confided
from shared.services.form.earlier import EarlierService
from shared.services.pairs.people import Entrants
from shared.stores.lived_experience import LivedExperiences


class Confidences:
    """Reads it. Whoever is handed this may write into ``MatchNotes``, and into nothing else what comes of it."""

    def __init__(self, *, lived_experience: LivedExperiences, earlier: EarlierService) -> None:
        self._lived_experience = lived_experience
        self._earlier = earlier

    async def of(self, entrants: Entrants) -> Mapping[str, Confided]:
        """By reference, for everybody who can be in a pair."""
        people = {
            reference: application.person
            for reference, application in entrants.applications.items()
            if reference in entrants.people
        }
        names = {person.email: person.full_name for person in people.values()}
        found = {}
        async for told in self._lived_experience.all(entrants.programme.id):
            if told.reference in people:
                own = people[told.reference].email
                found[told.reference] = confided(
                    told.topics,
                    {email: name for email, name in names.items() if told.rather_not_with and email != own},
                    self._earlier.pseudonym,
                    cover=told.cover,
                    rather_not=told.rather_not_with,
                )
        return found
