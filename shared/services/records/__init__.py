"""Exports, restore, erasure, retention, and a person's own data."""
