"""INSERT into an external table, and CREATE EXTERNAL TABLE AS.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_external_table.html and
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html (CREATE EXTERNAL TABLE AS). Deviates: one
file a partition, under a name of its own; `write.parallel` and `write.maxfilesize.mb` change nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.sql import arrow_types, projection, scan, table_files
from local_aws.sql.errors import QueryFailed
from local_aws.sql.hive.words import Words
from local_aws.sql.partitions import key_types
from local_aws.sql.redshift import errors, external, names, spectrum, syntax
from local_aws.sql.redshift.catalog import ExternalSchema
from local_aws.sql.redshift.scans import format_of
from local_aws.sql.redshift.types import ColumnType, from_duckdb

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session

BATCH = 50_000
_HIVE = {"int2": "smallint", "int4": "int", "int8": "bigint", "float4": "float", "float8": "double", "bool": "boolean"}
_HIVE |= {"date": "date", "timestamp": "timestamp"}
Shape = dict[str, Any]


def insert(session: Session, schema: ExternalSchema, name: str, query: exp.Expr) -> int:
    """Write a query's rows as the table's files. :returns: how many there are.

    :raises SqlError: in a transaction, for formats other than Parquet and text, for rows that do not fit.
    """
    if session.batched:
        raise errors.error("INSERT into an external table cannot run inside a transaction block")
    if not isinstance(query, exp.Query) or isinstance(query, exp.Values):
        raise errors.error("INSERT into an external table needs a SELECT statement")
    if query.args.get("limit") is not None:
        raise errors.error("Limit clause is not supported")
    shape = spectrum.table_of(session.lake, schema, name)
    if iceberg.is_iceberg(shape) or format_of(shape) not in {"PARQUET", "TEXT"}:
        raise errors.unsupported(f"INSERT into external tables of the format {format_of(shape)}")
    columns = [*scan.declared_columns(shape), *key_types(shape)]
    prepared = session.prepare(query)
    session.register(prepared)
    given = len(prepared.tree.selects)
    if given != len(columns):
        message = f"INSERT has {given} columns, the external table {name} has {len(columns)}"
        raise errors.error(message)
    names = [f"c{n}" for n in range(given)]
    values = ", ".join(
        f'CAST({c} AS {kind.duckdb}) AS "{label}"' for c, (label, kind) in zip(names, columns, strict=True)
    )
    rows = session.connection.sql(f"SELECT {values} FROM ({prepared.sql}) AS q({', '.join(names)})")
    wanted = pa.schema([(label, arrow_types.to_arrow(kind)) for label, kind in columns])
    return _write(session, schema, shape, rows.to_arrow_reader(BATCH), wanted)


def _write(session: Session, schema: ExternalSchema, shape: Shape, rows: Any, wanted: pa.Schema) -> int:
    def batches() -> Iterator[pa.Table]:
        for batch in rows:
            yield pa.Table.from_batches([batch]).cast(wanted)

    catalog = session.lake.catalog
    try:
        written = table_files.write(external.lake_session(session, schema), batches(), shape, wanted)
        fresh = table_files.partition_inputs(shape, written)
        if fresh and not projection.is_enabled(shape):
            known = {tuple(each["Values"]) for each in catalog.partitions(schema.database, shape["Name"])}
            new = [each for each in fresh if tuple(each["Values"]) not in known]
            catalog.create_partitions(schema.database, shape["Name"], new)
    except QueryFailed as problem:
        raise errors.error(f"Spectrum write error: {problem.message}") from problem
    except AwsError as problem:
        raise errors.error(f"{problem.code}: {problem.message}") from problem
    return written.rows


def create_as(session: Session, words: Words) -> int:
    """`words` stand after CREATE EXTERNAL TABLE. :returns: how many rows the new table has."""
    parts, keys = external.run(lambda: _header(words), [])
    schema = external.schema_of(session, parts)
    attributes, query = _split(words.rest())
    tree = names.fold(syntax.parse(query)[0])
    columns = _columns(session, tree)
    if [label for label, _ in columns][len(columns) - len(keys) :] != keys or len(keys) == len(columns):
        raise errors.error("the partition columns must be the last columns of the query, in the same order")
    own = ", ".join(f'"{label}" {_hive(kind)}' for label, kind in columns if label not in keys)
    parted = ", ".join(f'"{label}" {_hive(kind)}' for label, kind in columns if label in keys)
    text = f'"{schema.database}"."{parts[-1]}" ({own}) {f"PARTITIONED BY ({parted}) " if keys else ""}{attributes}'
    external.create_table(session, schema, text, parts)
    try:
        return insert(session, schema, parts[-1], tree)
    except errors.SqlError:
        session.lake.catalog.delete_table(schema.database, parts[-1])
        raise


def _header(words: Words) -> tuple[list[str], list[str]]:
    """The table's name and its partition columns."""
    parts = words.parts()
    if not words.accept("PARTITIONED BY"):
        return parts, []
    return parts, [each.lower() for each in words.list(words.name)]


def _split(text: str) -> tuple[str, str]:
    """The table's attributes and the query after AS."""
    from local_aws.sql.hive.words import tokens_of

    depth = 0
    tokens = tokens_of(text)
    for token, following in itertools.pairwise(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text.upper() == "AS" and following.text.upper() in {"SELECT", "WITH", "("}:
            query = text[token.end :].strip()
            return text[: token.start], query
    raise errors.syntax("end of input")


def _columns(session: Session, tree: exp.Expr) -> list[tuple[str, ColumnType]]:
    prepared = session.prepare(tree)
    session.register(prepared)
    found: list[tuple[str, ColumnType]] = []
    for position, (name, kind, *_) in enumerate(session.connection.execute(f"DESCRIBE {prepared.sql}").fetchall()):
        known = prepared.columns[position].type if position < len(prepared.columns) else None
        found.append((name, known or from_duckdb(kind)))
    if len({name for name, _ in found}) < len(found):
        raise errors.error("CREATE EXTERNAL TABLE AS needs a name of its own for each column")
    return found


def _hive(kind: ColumnType) -> str:
    if kind.name == "numeric":
        return f"decimal({kind.precision},{kind.scale})"
    if kind.is_text:
        return f"{'char' if kind.name == 'bpchar' and (kind.length or 0) < 256 else 'varchar'}({kind.length})"
    if kind.name not in _HIVE:
        raise errors.unsupported(f"CREATE EXTERNAL TABLE AS with a column of the type {kind.standard}")
    return _HIVE[kind.name]
