"""The local console: every address, the clock, and the tables as a read-only browser."""
