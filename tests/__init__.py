"""Tests: what must be true, against real parts wherever one can run."""
