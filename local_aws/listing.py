"""Listings of a bucket in the place of the base's, which take a millisecond a key: one walk over the sorted names.

Evidence: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html and, for the order (UTF-8 binary) and for
prefixes, https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
Deviates: directory buckets are listed as general-purpose ones.
"""

from __future__ import annotations

import base64
import importlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

PAGE = 1000
MOST = 2**31 - 1
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_OWNER = (
    "<Owner><DisplayName>webfile</DisplayName>"
    "<ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")


def walk(store: Any, prefix: str, delimiter: str, after: str, limit: int) -> tuple[list[tuple[str, Any]], bool]:
    """(name, object) or (common prefix, None) behind `after`, in order, and whether there are more than `limit`.

    :param store: a bucket's keys; a key whose latest version is a delete marker is not there.
    """
    names = list(store)  # at once: others write meanwhile
    names.sort()
    position = max(bisect_left(names, prefix), bisect_right(names, after) if after else 0)
    found: list[tuple[str, Any]] = []
    while limit and position < len(names) and (name := names[position]).startswith(prefix):
        position += 1
        key = store.get(name)
        if not hasattr(key, "contentsize"):
            continue
        head, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
        folder = prefix + head + cut if cut else ""
        if folder:
            position = bisect_right(names, folder + "\U0010ffff")
            if folder <= after:
                continue
        if len(found) == limit:
            return found, True
        found.append((folder, None) if folder else (name, key))
    return found, False


def token_of(name: str) -> str:
    return base64.urlsafe_b64encode(b"1" + name.encode()).decode()


def name_of(token: str) -> str | None:
    """The name behind which a listing goes on; None for a token that is none of ours."""
    try:
        plain = base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        return None
    return plain[1:] if plain[:1] == "1" and token_of(plain[1:]) == token else None


class Page:
    """The document of one listing."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._parts: list[str] = []

    def name(self, text: str) -> str:
        """A key, or a part of one, as `EncodingType` wants it."""
        if self._encoding == "url":
            return quote(text)
        return _CONTROL.sub(lambda found: f"&#x{ord(found[0]):x};", escape(text))

    def add(self, tag: str, text: object) -> None:
        self._parts.append(f"<{tag}>{text}</{tag}>")

    def entries(self, found: Iterable[tuple[str, Any]], owned: bool) -> None:
        for name, key in found:
            if key is None:
                self._parts.append(f"<CommonPrefixes><Prefix>{self.name(name)}</Prefix></CommonPrefixes>")
                continue
            algorithm = key.checksum_algorithm
            checked = f"<ChecksumAlgorithm>{escape(algorithm)}</ChecksumAlgorithm>" if algorithm else ""
            self._parts.append(
                f"<Contents><Key>{self.name(name)}</Key><LastModified>{key.last_modified_ISO8601}</LastModified>"
                f"<ETag>{escape(key.etag)}</ETag>{checked}<Size>{key.size}</Size>"
                f"<StorageClass>{escape(key.storage_class)}</StorageClass>{_OWNER if owned else ''}</Contents>"
            )

    def text(self) -> str:
        body = "".join(self._parts)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{_NAMESPACE}">{body}</ListBucketResult>'
        )


class _Asked:
    """The parameters of a listing, which both versions share."""

    def __init__(self, response: Any) -> None:
        errors: Any = importlib.import_module("moto.s3.exceptions")
        self._query = response._get_querystring(response.request, response.uri)
        self.prefix, self.delimiter, self.encoding = (
            self.get(each) for each in ("prefix", "delimiter", "encoding-type")
        )
        wanted = self.get("max-keys") or str(PAGE)
        if not re.fullmatch(r"\d{1,10}", wanted) or int(wanted) > MOST:
            told = "Provided max-keys not an integer or within integer range"
            raise errors.InvalidArgumentError(told, "max-keys", wanted)
        self.limit = min(int(wanted), PAGE)
        if self.encoding not in {"", "url"}:
            raise errors.InvalidArgumentError(
                "Invalid Encoding Method specified in Request", "encoding-type", self.encoding
            )
        self.bucket = response.backend.get_bucket(response.bucket_name)
        if not hasattr(self.bucket, "keys") or type(self.bucket).__name__ == "FakeTableStorageBucket":
            raise errors.MethodNotAllowed

    def get(self, name: str) -> str:
        value = self._query.get(name, [""])[0]
        return value.decode() if isinstance(value, bytes) else str(value or "")

    def page(self, truncated: bool) -> Page:
        page = Page(self.encoding)
        page.add("Name", escape(self.bucket.name))
        page.add("Prefix", page.name(self.prefix))
        page.add("MaxKeys", self.limit)
        page.add("IsTruncated", str(truncated).lower())
        if self.delimiter:
            page.add("Delimiter", page.name(self.delimiter))
        if self.encoding:
            page.add("EncodingType", self.encoding)
        return page


def _list_objects_v2(response: Any) -> tuple[int, dict[str, Any], str]:
    asked, token = _Asked(response), None
    after, start = asked.get("start-after"), asked.get("start-after")
    if "continuation-token" in response.querystring or asked.get("continuation-token"):
        token = asked.get("continuation-token")
        known = name_of(token)
        if not known:
            raise importlib.import_module("moto.s3.exceptions").InvalidContinuationToken
        after = known
    found, truncated = walk(asked.bucket.keys, asked.prefix, asked.delimiter, after, asked.limit)
    page = asked.page(truncated)
    page.add("KeyCount", len(found))
    if token is not None:
        page.add("ContinuationToken", token)
    elif start:
        page.add("StartAfter", page.name(start))
    if truncated:
        page.add("NextContinuationToken", token_of(found[-1][0]))
    page.entries(found, asked.get("fetch-owner") == "true")
    return 200, _headers(response), page.text()


def _list_objects(response: Any) -> tuple[int, dict[str, Any], str]:
    """`NextMarker` is there with a delimiter alone; without one the last key is the next marker."""
    asked = _Asked(response)
    marker = asked.get("marker")
    found, truncated = walk(asked.bucket.keys, asked.prefix, asked.delimiter, marker, asked.limit)
    page = asked.page(truncated)
    page.add("Marker", page.name(marker))
    if truncated and asked.delimiter:
        page.add("NextMarker", page.name(found[-1][0]))
    page.entries(found, True)
    return 200, _headers(response), page.text()


def _headers(response: Any) -> dict[str, Any]:
    return {**response.response_headers, "Content-Type": "application/xml"}


def list_quickly() -> None:
    """Have the base answer listings by these; who may list, and what, it judges as before."""
    answers: Any = importlib.import_module("moto.s3.responses").S3Response
    answers.list_objects_v2, answers.list_objects = _list_objects_v2, _list_objects
