"""What people fill in: the app's own form, returning people, quarantine, rate limits, equality questions."""
