"""A rehearsal of every programme, its story kept as text; what its findings, its page and its files promise."""
