"""Order files to lines: CSV with quotes, with or without header, plain or gzip, streamed.

Encoding is decided per physical line: UTF-8, else Latin-1. Deciding per file would need a pass over it before
the first record, or be wrong for a file glued together from two exports; and a Latin-1 line that happens to
be valid UTF-8 needs a pair like `Ã©`, which no description holds.

A quoted field may hold line ends, so a line of the store may be several of the file. They are joined only if
together they are an order that can be read; else the first of them is set aside alone and reading goes on
with the next. So a stray quote costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from producer.errors import OrderFileError
from producer.order import FIELDS, Reading, read_order, read_raw

SUFFIXES = (".csv", ".csv.gz")
MAX_LINE = 128 * 1024
"""Bytes of the longest line: JSON may take six for one, and a Kinesis record is 1 MiB by default."""
_MAX_JOINED = 64
_HEAD = 50
_ALIASES = {"customer": "customerid", "invoice": "invoiceno", "price": "unitprice"}


class FileLine(NamedTuple):
    """A physical line, its end included. Not `whole` if it is a piece of a line longer than MAX_LINE."""

    number: int
    text: str
    whole: bool


class OrderLine(NamedTuple):
    number: int
    reading: Reading


def order_files(path: Path) -> list[Path]:
    """The file itself, or the .csv and .csv.gz files of a folder in sorted order."""
    if path.is_dir():
        files = [
            file
            for file in sorted(path.iterdir())
            if file.is_file() and file.name.lower().endswith(SUFFIXES) and not file.name.startswith(".")
        ]
        if not files:
            raise OrderFileError(f"{path}: no .csv or .csv.gz file in this folder; name one that holds order files")
        return files
    if not path.exists():
        raise OrderFileError(f"{path}: no such file or folder; name an order file (.csv, .csv.gz) or a folder of them")
    if not path.is_file():
        raise OrderFileError(f"{path}: not a regular file; files are read twice, so save the orders in one first")
    return [path]


def check_shape(path: Path) -> None:
    """Refuse what is no order file before anything of it is sent. Empty files are fine: a day without orders.

    :raises OrderFileError: no header, and not one of the first lines is an order.
    """
    lines = _physical_lines(path)
    first = next(lines, None)
    if first is None or _header(first) is not None:
        return
    readings = [line.reading for line in islice(_order_lines(_chain(first, lines), range(8)), _HEAD)]
    if readings and all(reading.problem for reading in readings):
        raise OrderFileError(
            f"{path}: not an order file: none of its first {len(readings)} lines is an order "
            f"({readings[0].problem}); expected CSV with the columns {','.join(FIELDS)}"
        )


def read_file(path: Path) -> Iterator[OrderLine]:
    """Every line of the file that is not blank, in order, each exactly once, whether it can be read or
    not."""
    lines = _physical_lines(path)
    first = next(lines, None)
    if first is None:
        return
    columns = _header(first)
    if columns is None:
        yield from _order_lines(_chain(first, lines), range(8))
    else:
        yield from _order_lines(lines, columns)


def _order_lines(lines: Iterator[FileLine], columns: Sequence[int]) -> Iterator[OrderLine]:
    """`columns` says at which position of a line each of FIELDS stands."""
    ahead: deque[FileLine] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        text = line.text.rstrip("\r\n")
        if not text:
            continue
        if not line.whole:
            yield OrderLine(line.number, read_raw(text, f"the line is longer than {MAX_LINE} bytes"))
            continue
        values, joined = _split(line, lines, ahead)
        reading = _read(values, columns, text)
        if joined and reading.problem is None:
            for _ in range(joined):
                ahead.popleft()
        elif joined:
            reading = read_raw(text, "a quote is not closed")
        yield OrderLine(line.number, reading)


def _read(values: list[str] | None, columns: Sequence[int], text: str) -> Reading:
    if values is None:
        return read_raw(text, "the quotes do not match")
    if len(values) != len(FIELDS):
        return read_raw(text, f"{len(values)} fields instead of {len(FIELDS)}")
    return read_order([values[column] for column in columns])


def _split(line: FileLine, lines: Iterator[FileLine], ahead: deque[FileLine]) -> tuple[list[str] | None, int]:
    """The values of the line, or None; and how many of the lines ahead an open quote took in."""
    joined = 0

    def feed() -> Iterator[str]:
        nonlocal joined
        yield line.text
        room = MAX_LINE - len(line.text)
        while joined < _MAX_JOINED:
            if joined == len(ahead):
                following = next(lines, None)
                if following is None:
                    return
                ahead.append(following)
            following = ahead[joined]
            room -= len(following.text)
            if room < 0 or not following.whole:
                return
            joined += 1
            yield following.text

    try:
        return next(csv.reader(feed(), strict=True), None), joined
    except csv.Error:
        return None, joined


def _header(line: FileLine) -> list[int] | None:
    """Where each of FIELDS stands, if the line names them all, in any case and order."""
    try:
        names = next(csv.reader([line.text], strict=True), [])
    except csv.Error:
        return None
    plain = [name.strip().lower().replace(" ", "").replace("_", "") for name in names]
    plain = [_ALIASES.get(name, name) for name in plain]
    wanted = [field.lower() for field in FIELDS]
    return [plain.index(field) for field in wanted] if sorted(plain) == sorted(wanted) else None


def _chain(first: FileLine, rest: Iterator[FileLine]) -> Iterator[FileLine]:
    yield first
    yield from rest


def _physical_lines(path: Path) -> Iterator[FileLine]:
    try:
        with _open(path) as file:
            number, whole = 1, True
            while data := file.readline(MAX_LINE):
                ends = data.endswith(b"\n")
                # A last line without an end is whole too; only one that fills the limit may go on.
                complete = whole and (ends or len(data) < MAX_LINE)
                if number == 1 and whole:
                    data = data.removeprefix(b"\xef\xbb\xbf")
                yield FileLine(number, _decode(data), complete)
                whole = ends
                number += ends
    except (OSError, EOFError, zlib.error) as error:
        raise OrderFileError(f"{path}: cannot be read: {error}") from error


def _open(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
