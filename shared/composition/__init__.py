"""The composition root: the one place that sees services, stores and adapters, and joins them by settings."""
