"""Which classifier recognises a file: the custom ones in the crawler's order, then the built-in ones in AWS's.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local_aws.crawl import avro, csv_text, json_text, orc, parquet
from local_aws.crawl.csv_text import CsvOptions
from local_aws.crawl.files import BROKEN, MEGABYTE, UNKNOWN, FileSchema, Sample, compression_of, read_sample
from local_aws.errors import Unsupported

MOST = 10 * MEGABYTE
"""How far the JSON classifier reads on for a first record."""

_REFUSED = ((b"<?xml", "XML"), (b"PK\x03\x04", "ZIP"))


@dataclass(frozen=True)
class JsonOptions:
    """A custom JSON classifier with the path `$[*]`: the elements of an array are the rows."""


Classifier = CsvOptions | JsonOptions


def classify(path: Path, classifiers: tuple[Classifier, ...] = ()) -> FileSchema:
    """What the file is; `UNKNOWN` if no classifier recognises it, damaged compressed data included.

    :raises Unsupported: for a format that AWS knows and local_aws does not.
    """
    with path.open("rb") as file:
        head = file.read(16)
    for magic, name in _REFUSED:
        if head.startswith(magic):
            raise Unsupported(f"crawling {name} files")
    for each in (parquet, orc, avro):
        if head.startswith(each.MAGIC):
            return each.classify(path) or FileSchema(UNKNOWN)
    compression = compression_of(head, path)
    try:
        return _classify_text(path, compression, classifiers) or FileSchema(UNKNOWN, compression)
    except BROKEN:
        return FileSchema(UNKNOWN, compression)


def _classify_text(path: Path, compression: str, classifiers: tuple[Classifier, ...]) -> FileSchema | None:
    sample = read_sample(path, compression)
    for each in classifiers:
        found = (
            csv_text.classify(sample, path, each)
            if isinstance(each, CsvOptions)
            else json_text.classify(sample, rows_of_array=True)
        )
        if found is not None:
            return found
    return json_text.classify(sample) or csv_text.classify(sample, path) or _json_further_on(path, sample)


def _json_further_on(path: Path, sample: Sample) -> FileSchema | None:
    if sample.whole:
        return None
    return json_text.classify(read_sample(path, sample.compression, MOST))
