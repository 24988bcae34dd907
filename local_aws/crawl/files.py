"""What one file turned out to be, and how its bytes are read: compression by magic bytes, a sample from the front."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from local_aws.crawl import snappy
from local_aws.crawl.types import HiveType

UNKNOWN = "UNKNOWN"
MEGABYTE = 1 << 20
BROKEN = (OSError, EOFError, zlib.error)
"""What reading damaged compressed data raises."""


@dataclass(frozen=True)
class FileSchema:
    """A file as a classifier sees it.

    :param classification: `json`, `csv`, `parquet`, `orc`, `avro`, or `UNKNOWN` when no classifier recognised the file.
    :param compression: `none`, `gzip`, `bzip2`, `zstd`, `snappy`: of the file as a whole, not of pages within Parquet.
    :param columns: lower-case names, in the order of the file.
    :param records: how many; estimated when the file is longer than the sample.
    :param width: average bytes of a record, decompressed.
    :param options: what else tells two formats apart and reaches the table, such as a CSV file's delimiter.
    :param paths: the top-level names of JSON records, in the case of the data.
    :param first_row: a CSV file's first row as column names, and `body`, the types of the rows below it: another file
        may show that the first row is a header where this file alone could not.
    """

    classification: str
    compression: str = "none"
    columns: dict[str, HiveType] = field(default_factory=dict, hash=False)
    records: int = 0
    width: float = 0.0
    options: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    first_row: tuple[str, ...] = ()
    body: tuple[HiveType, ...] = field(default=(), hash=False)

    @property
    def known(self) -> bool:
        return self.classification != UNKNOWN

    def option(self, name: str) -> str | None:
        return dict(self.options).get(name)


@dataclass(frozen=True)
class Sample:
    """The front of a file, decompressed.

    :param size: bytes of the file as it is stored.
    :param whole: whether `data` is all of it.
    """

    data: bytes
    compression: str
    size: int
    whole: bool

    def estimate(self, records: int, used: int) -> int:
        """Records of the whole file, when `records` took `used` bytes of the sample.

        Deviates: AWS does not say how it estimates. Compressed bytes are taken to grow as the sample's do.
        """
        if self.whole and used >= len(self.data):
            return records
        return max(records, round(records * self.size / max(1, min(used, self.size))))


def _zstd(path: Path) -> IO[bytes]:
    import pyarrow as pa

    stream: Any = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return stream  # type: ignore[no-any-return]


_MAGIC: tuple[tuple[bytes, str, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
)


def compression_of(head: bytes, path: Path) -> str:
    found = next((name for magic, name, _ in _MAGIC if head.startswith(magic)), "none")
    return "snappy" if found == "none" and snappy.is_snappy(head, path) else found


def open_plain(path: Path, compression: str) -> Any:
    """The decompressed bytes of a file, as a stream to be closed."""
    for _, name, opener in _MAGIC:
        if name == compression:
            return opener(path)
    return io.BytesIO(snappy.decompress(path.read_bytes())) if compression == "snappy" else path.open("rb")


def read_sample(path: Path, compression: str, limit: int = MEGABYTE) -> Sample:
    """The first `limit` bytes. :raises: one of `BROKEN` for damaged compressed data."""
    with open_plain(path, compression) as stream:
        data = stream.read(limit)
        whole = len(data) < limit or not stream.read(1)
    return Sample(data, compression, path.stat().st_size, whole)
