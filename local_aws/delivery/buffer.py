"""The records that wait for delivery, packed as they come: what becomes one object."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from local_aws.delivery.conversion import Conversion

EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz", "ZIP": ".zip", "Snappy": ".snappy", "HADOOP_SNAPPY": ".hsnappy"}
"""File extensions that Firehose gives by default.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
"""
_GZIP_LEVEL = 5
_GZIP_WINDOW = 31
_SNAPPY_BLOCK = 256 * 1024


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


class _Snappy(_Plain):
    """Deviates: AWS does not say which container its `Snappy` has; this is Snappy's own framing format."""

    def finish(self) -> bytes:
        import cramjam

        return bytes(cramjam.snappy.compress(super().finish()))


class _HadoopSnappy(_Plain):
    """Blocks as Hadoop's BlockCompressorStream has them: plain length, packed length, raw Snappy; 256 KiB each."""

    def finish(self) -> bytes:
        import pyarrow as pa

        data, packed = super().finish(), b""
        for start in range(0, len(data), _SNAPPY_BLOCK):
            block = data[start : start + _SNAPPY_BLOCK]
            raw = bytes(pa.compress(block, codec="snappy", asbytes=True))
            packed += len(block).to_bytes(4, "big") + len(raw).to_bytes(4, "big") + raw
        return packed


class _Converted:
    """Records that become one Parquet or ORC file."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        self._records: list[bytes] = []

    def add(self, data: bytes) -> None:
        self._records.append(data)

    def finish(self) -> bytes:
        return self._conversion.file(self._records)


_PACKERS: dict[str, type[_Plain]] = {
    "UNCOMPRESSED": _Plain,
    "GZIP": _Gzip,
    "ZIP": _Zip,
    "Snappy": _Snappy,
    "HADOOP_SNAPPY": _HadoopSnappy,
}


@dataclass
class Buffer:
    """Records of one object to be. Sizes are those before compression, as the buffering hints mean them."""

    compression: str
    oldest: datetime
    conversion: Conversion | None = None
    size: int = 0
    records: int = 0

    def __post_init__(self) -> None:
        self._packer: _Packer = _Converted(self.conversion) if self.conversion else _PACKERS[self.compression]()

    def add(self, data: bytes, records: int) -> None:
        self._packer.add(data)
        self.size += len(data)
        self.records += records

    def finish(self) -> bytes:
        """The bytes of the object. The buffer is used up."""
        return self._packer.finish()
