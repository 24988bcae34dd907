"""S3 from the inside: listing, reading and writing the same objects that S3 clients see, without HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from local_aws import base
from local_aws.errors import AwsError


@dataclass(frozen=True)
class StoredObject:
    """One object, as a listing shows it. `path` is the file that holds its bytes: read it, never write it."""

    bucket: str
    key: str
    size: int
    etag: str
    last_modified: datetime
    path: Path

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def split_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key/part` → (`bucket`, `key/part`); `s3a` and `s3n` count as `s3`, as they do on Athena."""
    parts = urlparse(uri, allow_fragments=False)
    if parts.scheme not in {"s3", "s3a", "s3n"} or not parts.netloc:
        raise AwsError("InvalidRequestException", f"{uri} is not an S3 location (s3://bucket/prefix)")
    key = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
    return parts.netloc, key


class ObjectStore:
    """The account's buckets. Every method raises `AwsError("NoSuchBucket")` for a bucket that is not there."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    @property
    def _backend(self) -> Any:
        return base.backend("s3", self._account_id, "aws")

    def _bucket(self, name: str) -> Any:
        bucket = self._backend.buckets.get(name)
        if bucket is None:
            raise AwsError("NoSuchBucket", f"The specified bucket does not exist: {name}", 404)
        return bucket

    def has_bucket(self, name: str) -> bool:
        return name in self._backend.buckets

    def listing(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        """The current objects whose key begins with `prefix`, in key order."""
        keys = self._bucket(bucket).keys
        names = sorted(name for name in tuple(keys) if name.startswith(prefix))
        found = ((name, keys.get(name)) for name in names)
        return [self._stored(bucket, key) for _, key in found if key is not None and hasattr(key, "contentsize")]

    def names(self, bucket: str) -> list[str]:
        """The keys of a bucket, in order; some may be of objects that were deleted and have older versions."""
        keys = tuple(self._bucket(bucket).keys)  # at once: others write meanwhile
        return sorted(keys)

    def under(self, uri: str) -> list[StoredObject]:
        """The objects below a table's location: `s3://b/t` holds `t/x`, not `t2/x`. Hidden files stay out.

        Evidence: https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html and, for names that begin
        with `_` or `.`, https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
        """
        bucket, prefix = split_uri(uri)
        prefix = f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
        return [found for found in self.listing(bucket, prefix) if self._is_data(found, len(prefix))]

    @staticmethod
    def _is_data(found: StoredObject, skip: int) -> bool:
        return found.size > 0 and not any(part[:1] in {"_", "."} for part in found.key[skip:].split("/"))

    def head(self, bucket: str, key: str) -> StoredObject:
        """One object; `AwsError("NoSuchKey")` if it is not there."""
        found = self._bucket(bucket).keys.get(key)
        if found is None or not hasattr(found, "contentsize"):
            raise AwsError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404)
        return self._stored(bucket, found)

    def exists(self, bucket: str, key: str) -> bool:
        return hasattr(self._bucket(bucket).keys.get(key), "contentsize")

    def read(self, bucket: str, key: str) -> bytes:
        return self.head(bucket, key).path.read_bytes()

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "binary/octet-stream") -> StoredObject:
        """Write an object, whole or not at all; S3 clients see it at once."""
        self._bucket(bucket)
        stored = self._backend.put_object(bucket, key, data)
        stored.set_metadata({"Content-Type": content_type})
        return self._stored(bucket, stored)

    def put_file(self, bucket: str, key: str, path: Path, content_type: str = "binary/octet-stream") -> StoredObject:
        """As `put`, of a file's bytes; the file is taken over, its bytes are never held in memory."""
        self._bucket(bucket)
        stored = self._backend.put_object(bucket, key, base.FinishedFile(path))
        stored.set_metadata({"Content-Type": content_type})
        return self._stored(bucket, stored)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error, as on S3."""
        if self.exists(bucket, key):
            self._backend.delete_object(bucket, key)

    def iter_lines(self, bucket: str, key: str) -> Iterator[bytes]:
        with self.head(bucket, key).path.open("rb") as file:
            yield from file

    @staticmethod
    def _stored(bucket: str, key: Any) -> StoredObject:
        return StoredObject(
            bucket,
            key.name,
            key.contentsize,
            key.etag.strip('"'),
            key.last_modified.replace(tzinfo=UTC),
            key._value_buffer.path,  # our own ObjectFile, put there by base.keep_objects_in
        )
