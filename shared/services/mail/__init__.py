"""The mailbox: composing, delivery, calendar, inbox."""
