"""Templates as bytecode: kept for the whole process, and taken from the package, which brings them ready made.

Compiling the templates of a first page takes far longer than showing it.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

#: Where the package has them; a checkout has none. ``local/package`` writes them.
FOLDER = Path(__file__).parent.parent / "templates" / "compiled"

# By key and by hash of the source, so that a template that is edited is compiled anew.
_KNOWN: dict[tuple[str, str], CodeType] = {}


class CompiledTemplates(BytecodeCache):
    """Bytecode for one environment: ``kind`` keeps apart what another would compile otherwise."""

    def __init__(self, kind: str, folder: Path = FOLDER) -> None:
        self._kind = kind
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 -- the library's signature
        """The same wherever the templates lie: they are compiled on another machine."""
        return f"{self._kind}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what is known, or with what the package has of the very same source."""
        known = _KNOWN.get((bucket.key, bucket.checksum))
        if known is not None:
            bucket.code = known
            return
        try:
            stored = (self._folder / bucket.key).read_bytes()
        except FileNotFoundError:
            return
        bucket.load_bytecode(io.BytesIO(stored))
        if bucket.code is not None:
            self.dump_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the process. Nothing is written: Azure's package is read-only."""
        if bucket.code is not None:
            _KNOWN[bucket.key, bucket.checksum] = bucket.code


def ready_made(environment: Environment, names: Iterable[str], at: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    """File name and bytecode of these templates; ``at`` is where they will lie, which tracebacks name."""
    cache, loader = environment.bytecode_cache, environment.loader
    if cache is None or loader is None:
        raise ValueError("an environment without a loader or without a cache has nothing to compile")
    for name in names:
        source, filename, _ = loader.get_source(environment, name)
        bucket = cache.get_bucket(environment, name, filename, source)
        bucket.code = environment.compile(source, name, str(at / name))
        stored = io.BytesIO()
        bucket.write_bytecode(stored)
        yield bucket.key, stored.getvalue()
