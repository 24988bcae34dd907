"""Large objects as they are read from their files, a piece at a time: the base would hold each three times in memory.

Evidence: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html; what a range and a condition mean is the
base's to say as before.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, BinaryIO

LARGE = PIECE = 2**20


class Contents:
    """The bytes of a file from `start` to `end`. It is open already: what replaces the object is not seen."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._start, self._end = file, start, end

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, part: slice) -> Contents:
        start, end, _ = part.indices(len(self))
        return Contents(self._file, self._start + start, self._start + end)

    def __iter__(self) -> Iterator[bytes]:
        with self._file as file:
            file.seek(self._start)
            left = len(self)
            while left and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece


class _Key:
    """The base's object, with its contents as they lie on disk."""

    def __init__(self, key: Any) -> None:
        self._key = key
        self.value = Contents(key._value_buffer.path.open("rb"), 0, key.contentsize)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)


def stream_large() -> None:
    """Have the base answer GetObject of large objects so."""
    answers: Any = importlib.import_module("moto.s3.responses").S3Response
    original = getattr(answers.get_object, "original", answers.get_object)

    def get_object(response: Any) -> Any:
        get_key = response._get_key

        def found() -> tuple[Any, bool]:
            key, not_modified = get_key()
            return (key if key.contentsize < LARGE or not_modified else _Key(key)), not_modified

        response._get_key = found
        status, headers, body = original(response)
        if isinstance(body, Contents):
            headers["content-length"] = str(len(body))
        return status, headers, body

    get_object.original = original  # type: ignore[attr-defined]
    answers.get_object = get_object
