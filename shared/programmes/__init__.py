"""The programme files that ship with the app: one YAML file for each cohort, written by programme leads."""

from pathlib import Path

FOLDER = Path(__file__).parent


def in_folder(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Every file in a folder, and after them those of the folders in it: here, the examples, which nobody runs."""
    return tuple(sorted(folder.rglob("*.yaml"), key=lambda path: (len(path.parts), path)))


def shipped() -> tuple[Path, ...]:
    """Every programme file, by name."""
    return tuple(sorted(FOLDER.glob("*.yaml")))
