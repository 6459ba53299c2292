"""Unit tests of the row mappings."""
