"""Use cases, each against a whole pipeline in memory."""
