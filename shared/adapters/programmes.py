"""``Programmes`` rows: opening and closing as administrators edit them, and the programme files themselves."""

from pathlib import Path

from shared.domain.programme import Programme
from shared.proofread import load_programme


class ShippedProgrammes:
    """See ``ports.ProgrammeFiles``: the files that were deployed with the app, read once."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        programmes = [load_programme(path) for path in files]
        self._programmes: dict[str, Programme] = {programme.id: programme for programme in programmes}

    def get(self, programme: str) -> Programme | None:
        """See the port."""
        return self._programmes.get(programme)

    def ids(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(self._programmes)
