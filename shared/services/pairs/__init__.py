"""Pairs and their check-ins."""
