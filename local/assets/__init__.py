"""Builds ``shared/assets`` from the NHS.UK frontend and the few lines of style and script that are ours."""
