"""As ``tests.fakes``: these live in ``local.memory.exports``."""

from local.memory.exports import MemoryExports, MemoryExtracts, MemoryTombstones

__all__ = ["MemoryExports", "MemoryExtracts", "MemoryTombstones"]
