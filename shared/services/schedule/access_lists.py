"""The file of what people need in order to take part, in a container that only those who arrange access may open."""

import asyncio

from shared.domain.access_list import access_list
from shared.domain.cohort_figures import Cohort
from shared.ports import AccessFiles, WritesWorkbook
from shared.services.records.traces import access_file
from shared.stores.lived_experience import LivedExperiences

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class AccessLists:
    """Writes them. Of what people told it reads their access needs alone, and nothing of it comes back from here."""

    def __init__(self, *, lived_experience: LivedExperiences, files: AccessFiles, write: WritesWorkbook) -> None:
        self._lived_experience = lived_experience
        self._files = files
        self._write = write

    async def make(self, cohort: Cohort, contact: str) -> None:
        """Write that of a cohort anew; where nothing is to be arranged any more, none is left."""
        name = access_file(cohort.programme.id)
        needs = await self._lived_experience.access_needs(cohort.programme.id)
        found = access_list(cohort, needs, contact=contact)
        if found is None:
            await self._files.remove(name)
            return
        data = await asyncio.to_thread(self._write, found)
        await self._files.write(name, data, _KIND)
