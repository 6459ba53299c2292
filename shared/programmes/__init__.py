"""The programme files that ship with the app: one YAML file for each cohort, written by programme leads."""

from pathlib import Path


def shipped() -> tuple[Path, ...]:
    """Every programme file, by name."""
    return tuple(sorted(Path(__file__).parent.glob("*.yaml")))
