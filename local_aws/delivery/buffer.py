"""The records that wait for delivery, packed as they come: what becomes one object."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from local_aws.errors import Unsupported

EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz", "ZIP": ".zip"}
"""File extensions that Firehose gives by default, for the formats that are supported here.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
"""
_GZIP_LEVEL = 5
_GZIP_WINDOW = 31


class _Packer(Protocol):
    def add(self, data: bytes) -> None: ...
    def finish(self) -> bytes: ...


class _Plain:
    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def add(self, data: bytes) -> None:
        self._chunks.append(data)

    def finish(self) -> bytes:
        return b"".join(self._chunks)


class _Gzip(_Plain):
    """Compresses while records come in, so that a full buffer costs no long pause."""

    def __init__(self) -> None:
        super().__init__()
        self._gzip = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def add(self, data: bytes) -> None:
        super().add(self._gzip.compress(data))

    def finish(self) -> bytes:
        return super().finish() + self._gzip.flush()


class _Zip(_Plain):
    def finish(self) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data", super().finish())
        return packed.getvalue()


_PACKERS: dict[str, type[_Plain]] = {"UNCOMPRESSED": _Plain, "GZIP": _Gzip, "ZIP": _Zip}


def check_compression(compression: str) -> None:
    """:raises Unsupported: for a format that is not written here (`Snappy`, `HADOOP_SNAPPY`)."""
    if compression not in _PACKERS:
        raise Unsupported(f"the compression format {compression} of Firehose")


@dataclass
class Buffer:
    """Records of one object to be. Sizes are those before compression, as the buffering hints mean them."""

    compression: str
    oldest: datetime
    size: int = 0
    records: int = 0

    def __post_init__(self) -> None:
        self._packer: _Packer = _PACKERS[self.compression]()

    def add(self, data: bytes, records: int) -> None:
        self._packer.add(data)
        self.size += len(data)
        self.records += records

    def finish(self) -> bytes:
        """The bytes of the object. The buffer is used up."""
        return self._packer.finish()
