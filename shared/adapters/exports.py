"""Exports as blobs: compressed lines, one blob for each part, and a manifest that comes last."""

import hashlib
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobBlock
from azure.storage.blob.aio import BlobClient, ContainerClient

from shared.adapters.bodies import translated
from shared.domain import exports
from shared.domain.exports import Manifest, Part
from shared.errors import PermanentFailure
from shared.ports import Page

# One folder for all exports, so that a rule of the account can delete old ones and leave the tombstones alone.
FOLDER = "nightly/"
_MANIFEST = "manifest.json"
_BLOCK = 4 * 2**20
# zlib's number for the format that gzip reads.
_GZIP = 31


class BlobExports:
    """See ``ports.Exports``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def names(self) -> Sequence[str]:
        """See the port."""
        async with translated("list"):
            found = [
                blob.name.removeprefix(FOLDER).rstrip("/")
                async for blob in self._container.walk_blobs(name_starts_with=FOLDER)
            ]
        return sorted(filter(exports.is_export_id, found))

    async def parts(self, export: str) -> Sequence[Part]:
        """See the port."""
        found = []
        start = f"{FOLDER}{export}/"
        async with translated("list"):
            async for blob in self._container.list_blobs(name_starts_with=start, include=["metadata"]):
                table, _, rest = blob.name.removeprefix(start).partition(".")
                number = rest.removesuffix(".jsonl.gz")
                told = blob.metadata or {}
                if number.isdecimal():
                    found.append(
                        Part(table, int(number), int(told["rows"]), told["sha256"], blob.size, told.get("further", ""))
                    )
        return found

    async def write(self, export: str, table: str, number: int, pages: AsyncIterator[Page]) -> Part:
        """See the port."""
        blob = self._blob(export, table, number)
        lines, digest, size = 0, hashlib.sha256(), 0
        further, blocks = "", _Blocks(blob)
        async with translated("export"):
            async for page in pages:
                for line in page.lines:
                    digest.update(line)
                lines += len(page.lines)
                further = page.further
                size += await blocks.write(b"".join(page.lines))
            told = {"rows": str(lines), "sha256": digest.hexdigest()}
            # An empty value comes back as none at all.
            size += await blocks.finish({**told, "further": further} if further else told)
        return Part(table, number, lines, digest.hexdigest(), size, further)

    async def lines(self, export: str, part: Part) -> AsyncIterator[bytes]:
        """See the port."""
        unpack, rest = zlib.decompressobj(_GZIP), b""
        named = f"part {part.number} of {part.table}"
        async with translated("read"):
            try:
                stream = await self._blob(export, part.table, part.number).download_blob()
                async for chunk in stream.chunks():
                    packed = chunk
                    while packed:
                        *whole, rest = (rest + unpack.decompress(packed, _BLOCK)).split(b"\n")
                        packed = unpack.unconsumed_tail
                        for line in whole:
                            yield line + b"\n"
            except ResourceNotFoundError as exc:
                raise PermanentFailure(f"{named} is missing") from exc
            except zlib.error as exc:
                raise PermanentFailure(f"{named} is damaged") from exc
        if rest or not unpack.eof:
            raise PermanentFailure(f"{named} ends in the middle")

    async def finish(self, manifest: Manifest) -> None:
        """See the port."""
        async with translated("write"):
            await self._container.upload_blob(
                f"{FOLDER}{manifest.export}/{_MANIFEST}", exports.written(manifest), overwrite=True
            )

    async def manifest(self, export: str) -> Manifest | None:
        """See the port."""
        async with translated("read"):
            try:
                stream = await self._container.download_blob(f"{FOLDER}{export}/{_MANIFEST}")
                data = await stream.readall()
            except ResourceNotFoundError:
                return None
        return exports.read(data)

    async def remove(self, export: str) -> None:
        """See the port."""
        async with translated("delete"):
            # The manifest sorts behind every table, so it is taken first: what is left is an export that was cut off.
            names = [blob.name async for blob in self._container.list_blobs(name_starts_with=f"{FOLDER}{export}/")]
            for name in sorted(names, reverse=True):
                await self._container.delete_blob(name)

    def _blob(self, export: str, table: str, number: int) -> BlobClient:
        return self._container.get_blob_client(f"{FOLDER}{export}/{table}.{number:04}.jsonl.gz")


class _Blocks:
    """A blob that is compressed and sent block by block, and is there when the last one is."""

    def __init__(self, blob: BlobClient) -> None:
        self._blob = blob
        self._pack = zlib.compressobj(wbits=_GZIP)
        self._waiting = bytearray()
        self._ids: list[BlobBlock] = []

    async def write(self, data: bytes) -> int:
        """Take some bytes; returns how many compressed ones were sent."""
        self._waiting += self._pack.compress(data)
        return await self._send() if len(self._waiting) >= _BLOCK else 0

    async def finish(self, metadata: dict[str, str]) -> int:
        """Send the rest and make the blob of what was sent."""
        self._waiting += self._pack.flush()
        sent = await self._send()
        await self._blob.commit_block_list(self._ids, metadata=metadata)
        return sent

    async def _send(self) -> int:
        data = bytes(self._waiting)
        self._waiting.clear()
        id_ = b64encode(f"{len(self._ids):06}".encode()).decode()
        await self._blob.stage_block(id_, data, length=len(data))
        self._ids.append(BlobBlock(id_))
        return len(data)
