"""Plays the form providers: what each would send for a form that somebody filled in, byte by byte and signed.

A form is a list of items. A test changes the list (reorders, renames, takes out) and lets each provider write it down
in its own way. The shapes are those of the fixtures in ``tests/payloads``, which the tests compare with these.
"""

from tests.senders.form import Item, filled_in
from tests.senders.providers import ALL, Sender

__all__ = ["ALL", "Item", "Sender", "filled_in"]
