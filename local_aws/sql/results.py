"""Values as Athena prints them, and the two files of a result: its CSV and its description.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html; the form of the values is
that of Athena's own CSV files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_aws.sql.trino.casts import printed
from local_aws.sql.trino.typed import Relation, text
from local_aws.sql.types import Type

Column = tuple[str, Type]
_PRECISION = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "varbinary": 1073741824,
}
_PRECISION |= {"timestamp": 3, "timestamp with time zone": 3, "varchar": 2147483647}


def shown(sql: str, kind: Type, depth: int = 0) -> str:
    """A DuckDB expression for a value's text: `[a, b]`, `{k=v}`, `{a=1, b=x}`, `61 62`; NULL stays NULL."""
    each = f"e{depth}"
    if kind.name == "array":
        element = f"coalesce({shown(each, kind.element, depth + 1)}, 'null')"
        return f"('[' || array_to_string(list_transform({sql}, lambda {each}: {element}), ', ') || ']')"
    if kind.name == "map":
        key, value = (
            shown(f"{each}.{part}", one, depth + 1) for part, one in zip(("key", "value"), kind.args, strict=True)
        )
        pair = f"coalesce({key}, 'null') || '=' || coalesce({value}, 'null')"
        pairs = f"list_transform(map_entries({sql}), lambda {each}: {pair})"
        return f"CASE WHEN {sql} IS NULL THEN NULL ELSE '{{' || array_to_string({pairs}, ', ') || '}}' END"
    if kind.name == "row":
        parts = []
        for n, (name, one) in enumerate(kind.fields):
            label, value = text(f"{name or f'field{n}'}="), shown(f"struct_extract_at({sql}, {n + 1})", one, depth)
            parts.append(f"{label} || coalesce({value}, 'null')")
        inner = " || ', ' || ".join(parts)
        return f"CASE WHEN {sql} IS NULL THEN NULL ELSE '{{' || {inner} || '}}' END"
    if kind.name == "varbinary":
        return f"lower(rtrim(regexp_replace(hex({sql}), '(..)', '\\1 ', 'g')))"
    if kind.name in {"double", "real"}:
        return f"java_{kind.name}({sql})"
    if kind.name.startswith("interval"):
        return f"{'days' if kind.name == 'interval day to second' else 'months'}_text({sql})"
    return printed(sql, kind) or f"CAST({sql} AS VARCHAR)"


def csv_query(relation: Relation) -> str:
    """A query for the texts of a relation's values, a column each."""
    cells = ", ".join(f"{shown(each.sql, each.type)} AS c{n}" for n, each in enumerate(relation.fields))
    return f"SELECT {cells} FROM ({relation.sql})"


def csv_copy(query: str, path: Path) -> str:
    """DuckDB's statement that writes a query's rows as Athena has them: every value in quotes, NULL nothing at all.

    DuckDB writes the file as it goes: the rows may be more than memory holds, and no other thread waits for them.
    """
    return f"COPY ({query}) TO {text(str(path))} (FORMAT csv, HEADER false, FORCE_QUOTE *, USE_TMP_FILE false)"


def csv_header(names: list[str]) -> str:
    return ",".join('"' + name.replace('"', '""') + '"' for name in names)


def column_info(column: Column) -> dict[str, Any]:
    """ColumnInfo of ResultSetMetadata. Evidence: …/APIReference/API_ColumnInfo.html"""
    name, kind = column
    precision, scale = _PRECISION.get(kind.name, 0), 0
    if kind.name == "decimal":
        precision, scale = kind.args
    elif kind.is_text and kind.args:
        precision = kind.args[0]
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind.name,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind.is_text,
    }


def description(columns: list[Column]) -> bytes:
    """The `.metadata` object. Deviates: JSON; Athena's own is a binary form that it does not document."""
    return json.dumps({"columns": [column_info(column) for column in columns]}).encode()


def read_csv(path: Path, offset: int, count: int) -> tuple[list[list[str | None]], int | None]:
    """`count` records of a result from a byte offset, and the offset of the next one, None at the end."""
    rows: list[list[str | None]] = []
    with path.open("rb") as file:
        file.seek(offset)
        while len(rows) < count:
            record = _record(file)
            if record is None:
                return rows, None
            rows.append(_cells(record))
        following = file.tell()
        return rows, following if file.read(1) else None


def _record(file: Any) -> str | None:
    line = file.readline()
    if not line:
        return None
    whole = line
    while whole.count(b'"') % 2:  # a line break inside quotes
        whole += file.readline()
    return str(whole.decode().removesuffix("\n"))


def _cells(record: str) -> list[str | None]:
    cells, at = list[str | None](), 0
    while at <= len(record):
        if record[at : at + 1] != '"':
            cells.append(None)
            at += 1
            continue
        end = at + 1
        while True:
            end = record.index('"', end)
            if record[end + 1 : end + 2] != '"':
                break
            end += 2
        cells.append(record[at + 1 : end].replace('""', '"'))
        at = end + 2
    return cells
