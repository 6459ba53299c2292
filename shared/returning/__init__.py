"""Imports people of an earlier cohort from a sheet; run by hand, never by the app."""
