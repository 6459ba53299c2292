"""Everything that stands in for Azure on a laptop. Never deployed; nothing under shared/ or functions/ sees it."""
