"""The objects that a COPY reads: those whose keys begin with the given prefix, or those that a manifest names.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-source-s3.html and
https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zlib
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from local_aws.errors import AwsError
from local_aws.objects import StoredObject, split_uri
from local_aws.sql.redshift import errors
from local_aws.sql.redshift.load.options import COLUMNAR, Copy

if TYPE_CHECKING:
    from local_aws.lake import Lake

BAD_FILE = (OSError, EOFError, zlib.error)


def files_of(lake: Lake, copy: Copy) -> list[StoredObject]:
    """:raises SqlError: if there are none, or a mandatory one is missing."""
    bucket, prefix = split_uri(copy.source)
    try:
        if copy.has("manifest"):
            return _listed(lake, copy, bucket, prefix)
        found = lake.objects.listing(bucket, prefix)
    except AwsError as problem:
        raise _s3(problem) from problem
    found = [each for each in found if not (each.size == 0 and each.key.endswith("/"))]
    if copy.format in COLUMNAR:
        found = [each for each in found if each.size and each.key.rpartition("/")[2][:1] not in {"_", "."}]
    if not found:
        message = f"The specified S3 prefix '{prefix}' does not exist"
        raise errors.error(errors.detail(message, 8001, ""))
    return found


def _s3(problem: AwsError) -> errors.SqlError:
    message = f"S3ServiceException:{problem.message},Status {problem.status},Error {problem.code}"
    return errors.error(errors.detail(message, 8001, "Listing bucket or reading object failed"))


def _listed(lake: Lake, copy: Copy, bucket: str, key: str) -> list[StoredObject]:
    """The entries of a manifest: full keys, no prefixes; one that is not mandatory may be missing."""
    entries = _entries(lake, bucket, key)
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            raise errors.error(f"Invalid manifest file s3://{bucket}/{key}: each entry needs a url")
        if copy.format in COLUMNAR and "content_length" not in entry.get("meta", {}):
            raise errors.error(f"Manifest entry {entry['url']}: meta.content_length is required for {copy.format}")
        try:
            found.append(lake.objects.head(*split_uri(entry["url"])))
        except AwsError as problem:
            if entry.get("mandatory") or problem.code != "NoSuchKey":
                raise _s3(problem) from problem
    if not found:
        raise errors.error(errors.detail(f"No file of the manifest s3://{bucket}/{key} exists", 8001, ""))
    return found


def _entries(lake: Lake, bucket: str, key: str) -> list[Any]:
    text = lake.objects.read(bucket, key)
    try:
        entries = json.loads(text)["entries"]
    except (ValueError, KeyError, TypeError) as problem:
        raise errors.error(f"Invalid manifest file s3://{bucket}/{key}: it is no JSON object with entries") from problem
    if not isinstance(entries, list) or not entries:
        raise errors.error(f"Invalid manifest file s3://{bucket}/{key}: entries is empty")
    return entries


def opened(file: StoredObject, copy: Copy) -> IO[str]:
    """A file's text; bytes that are no text are surrogates."""
    raw = opened_bytes(file, copy)
    handling = "surrogateescape" if copy.encoding == "utf-8" else "strict"
    encoding = "utf-8-sig" if copy.encoding == "utf-8" else copy.encoding
    return io.TextIOWrapper(raw, encoding=encoding, errors=handling, newline="")


def opened_bytes(file: StoredObject, copy: Copy) -> Any:
    """A file's bytes, decompressed as the statement says, whatever its name."""
    raw: Any
    if copy.compression == "GZIP":
        raw = gzip.open(file.path)  # noqa: SIM115 - the text around it closes it
    elif copy.compression == "BZIP2":
        raw = bz2.open(file.path)  # noqa: SIM115 - as above
    elif copy.compression == "ZSTD":
        raw = pa.CompressedInputStream(pa.OSFile(str(file.path)), "zstd")
    else:
        raw = file.path.open("rb")
    return raw


def json_paths(lake: Lake, uri: str) -> list[list[str | int]]:
    """The steps of each path of a JSONPaths file.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-json-jsonpaths
    """
    if not uri.startswith("s3://"):
        raise errors.error(f"Invalid JSONPath file location: {uri}")
    try:
        text = lake.objects.read(*split_uri(uri))
    except AwsError as problem:
        raise _s3(problem) from problem
    try:
        paths = json.loads(text)["jsonpaths"]
        return [_steps(each) for each in paths]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.error(f"Invalid JSONPath format in {uri}: {problem}") from problem


def _steps(path: str) -> list[str | int]:
    """`$['a'][0].b` → a, 0, b."""
    if not path.startswith("$"):
        raise ValueError(f"{path} does not begin with $")
    found: list[str | int] = []
    rest = path[1:]
    while rest:
        if rest[0] == ".":
            size = next((n for n, each in enumerate(rest) if n and each in ".["), len(rest))
            step, rest = rest[1:size], rest[size:]
            if not step or step == "*":
                raise ValueError(f"{path} has an empty or a wildcard step")
            found.append(step)
        elif rest[0] == "[" and "]" in rest:
            quoted = rest[1] in "'\""
            end = rest.index(f"{rest[1]}]", 2) + 1 if quoted else rest.index("]")
            found.append(rest[2 : end - 1] if quoted else int(rest[1:end]))
            rest = rest[end + 1 :]
        else:
            raise ValueError(f"{path} is not a path of names and positions")
    return found
