"""Results of statements: kept in a file, a page at a time; as fields or as CSV.

Evidence: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_GetStatementResult.html; types in fields:
https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html (Data type mapping)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from local_aws.sql.redshift import errors, types
from local_aws.sql.redshift.query import ResultColumn

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

PAGE_ROWS = 1000
LARGEST = 500 * 1024 * 1024


@dataclass(frozen=True)
class Result:
    """A result on disk: one record batch of the file is one page."""

    path: Path
    columns: list[ResultColumn]
    rows: int
    size: int

    def page(self, number: int) -> tuple[list[list[Any]], bool]:
        """The rows of a page, as Python values, and whether another follows."""
        with pa.memory_map(str(self.path)) as source:
            reader = pa.ipc.open_file(source)
            if number >= max(reader.num_record_batches, 1):
                raise IndexError(number)
            if not reader.num_record_batches:
                return [], False
            batch = reader.get_batch(number)
            columns = [_values(column, each) for column, each in zip(batch.columns, self.columns, strict=True)]
            return [list(row) for row in zip(*columns, strict=True)], number + 1 < reader.num_record_batches


def _values(column: pa.Array, described: ResultColumn) -> list[Any]:
    """A column's values; those of a TIMETZ say that they are in UTC, which the engine's times do not."""
    found: list[Any] = column.to_pylist()
    if described.type is None or described.type.name != "timetz":
        return found
    return [None if value is None else value.replace(tzinfo=UTC) for value in found]


def keep(reader: duckdb.DuckDBPyRelation, columns: list[ResultColumn], path: Path, check: Callable[[], None]) -> Result:
    """Write a query's rows to a file. :raises SqlError: over 500 MB, the Data API's limit."""
    found = _described(reader, columns)
    rows = size = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    batches = reader.to_arrow_reader(PAGE_ROWS)
    schema = pa.schema([pa.field(f"c{n}", each.type) for n, each in enumerate(batches.schema)])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for page in _pages(pa.record_batch(batch.columns, schema=schema) for batch in batches):
            check()
            rows, size = rows + page.num_rows, size + page.nbytes
            if size > LARGEST:
                raise errors.error("Database response exceeded size limit")
            writer.write_batch(page)
    return Result(path, found, rows, size)


def _pages(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of any size, the engine's own (it ends one with each file it reads), as full pages."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(each.num_rows for each in waiting) >= PAGE_ROWS:
            joined = pa.concat_batches(waiting)
            yield joined.slice(0, PAGE_ROWS)
            waiting = [joined.slice(PAGE_ROWS)]
    if any(each.num_rows for each in waiting):
        yield pa.concat_batches(waiting)


def _described(reader: duckdb.DuckDBPyRelation, columns: list[ResultColumn]) -> list[ResultColumn]:
    """The columns with the types that the rows have; what DDL declared of texts is kept."""
    found = []
    for position, (name, kind, *_) in enumerate(reader.description):
        actual = types.from_duckdb(str(kind))
        known = columns[position] if position < len(columns) else ResultColumn(name, None)
        if known.type is None and str(kind).startswith("STRUCT"):
            raise errors.unsupported("a reference to a whole row")
        same = known.type is not None and (
            known.type.name == actual.name
            or (known.type.is_text and actual.is_text)
            or (known.type.name, actual.name) == ("timetz", "time")
        )
        found.append(replace(known, type=known.type if same and actual.name != "numeric" else actual))
    return found


def metadata(column: ResultColumn) -> dict[str, Any]:
    """A member of ColumnMetadata."""
    kind = column.type
    assert kind is not None
    return {
        "isCaseSensitive": kind.is_text,
        "isCurrency": False,
        "isSigned": kind.is_integer or kind.name in {"numeric", "float4", "float8"},
        "label": column.name,
        "length": 0,
        "name": column.name,
        "nullable": 1 if column.nullable else 0,
        "precision": kind.digits,
        "scale": kind.scale or 0,
        "schemaName": column.schema,
        "tableName": column.table,
        "typeName": kind.name,
    }


def field(value: Any) -> dict[str, Any]:
    """A value as the tagged union of the API: numerics, dates and times are texts."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"blobValue": value}
    return {"stringValue": text(value)}


def text(value: Any) -> str:
    """A value as Redshift prints it."""
    if isinstance(value, datetime):
        shown = value.replace(tzinfo=None).isoformat(sep=" ")
        shown = shown.rstrip("0") if "." in shown else shown
        return f"{shown}+00" if value.tzinfo is not None else shown
    if isinstance(value, time):
        shown = value.replace(tzinfo=None).isoformat()
        shown = shown.rstrip("0") if "." in shown else shown
        return f"{shown}+00" if value.tzinfo is not None else shown
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, pa.MonthDayNano):
        return _interval(*value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _interval(months: int, days: int, nanoseconds: int) -> str:
    """As PostgreSQL prints it, which is the default style: `1 year 2 mons 3 days 04:05:06`.

    https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html (interval styles)
    """
    years, months = int(months / 12), months - 12 * int(months / 12)
    units = ((years, "year"), (months, "mon"), (days, "day"))
    shown = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in units if number]
    if nanoseconds or not shown:
        seconds, micro = divmod(abs(nanoseconds) // 1000, 1_000_000)
        sign = "-" if nanoseconds < 0 else ""
        fraction = f".{micro:06}".rstrip("0") if micro else ""
        shown.append(f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}")
    return " ".join(shown)


def csv_page(columns: list[ResultColumn], rows: list[list[Any]], first: bool) -> str:
    """A page as CSV, the first with a header. Deviates: AWS does not document header and NULLs; here they are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if first:
        writer.writerow([each.name for each in columns])
    writer.writerows(_csv_rows(rows))
    return out.getvalue()


def _csv_rows(rows: list[list[Any]]) -> Iterator[list[str]]:
    for row in rows:
        yield ["" if value is None else text(value) for value in row]
