"""Measurements as ratios and counts: ``make bench``, or ``python -m tests.bench webhook`` for one of them."""
