"""Statements that write rows: CREATE TABLE AS, INSERT INTO, UNLOAD; and views.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas.html, …/insert-into.html, …/unload.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws import iceberg
from local_aws.sql import arrow_types, projection, scan, table_files, types
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.file_writers import LIBRARIES, compression
from local_aws.sql.hive.create import FORMATS
from local_aws.sql.outcome import Outcome, ddl
from local_aws.sql.partitions import key_types
from local_aws.sql.tables import located, view_input
from local_aws.sql.trino.casts import cast
from local_aws.sql.trino.queries import output_names
from local_aws.sql.trino.typed import Field, Relation, Typed, common
from local_aws.sql.types import Type

if TYPE_CHECKING:
    import pyarrow as pa

Shape = dict[str, Any]
ROWS_OUT = [("rows", types.BIGINT)]
_MOMENTS = {"timestamp", "timestamp with time zone"}


def create_view(session: Session, node: exp.Create, text: str) -> Outcome:
    """The view's text is kept, with the types of its columns."""
    parts = [part.name.lower() for part in node.this.parts] if isinstance(node.this, exp.Table) else []
    if not parts:
        raise unsupported("a column list in CREATE VIEW")
    _, database, name = located(parts, session.database, None)
    query = text[_body(node, text) :].strip().rstrip(";")
    columns = _new_columns(session.analyze(node.expression))
    known = session.lake.catalog.find_table(database, name)
    shape = view_input(name, query, session.database, columns)
    if known is None:
        session.lake.catalog.create_table(database, shape)
    elif node.args.get("replace") and known.get("TableType") == "VIRTUAL_VIEW":
        session.lake.catalog.update_table(database, shape)
    else:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"View already exists: '{database}.{name}'")
    return ddl("CREATE_VIEW")


def _body(node: exp.Create, text: str) -> int:
    """Where the query begins: after the first AS of the statement's tokens."""
    from local_aws.sql.trino.dialect import AthenaQuery

    for token in AthenaQuery().tokenize(text):
        if token.text.upper() == "AS":
            return int(token.end) + 1
    raise QueryFailed("SYNTAX_ERROR", "CREATE VIEW needs AS and a query")


def create_table_as(session: Session, node: exp.Create, folder: str) -> Outcome:
    """CTAS. :param folder: where a table without a location lies: `…/tables/<query id>`.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas-considerations-limitations.html
    """
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    _, database, name = located([part.name.lower() for part in table.parts], session.database, None)
    if session.lake.catalog.find_table(database, name) is not None:
        if node.args.get("exists"):
            return ddl("CREATE_TABLE_AS_SELECT", kind="DDL")
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table 'awsdatacatalog.{database}.{name}' already exists")
    settings = _settings(node)
    query = node.expression
    if settings.pop("with_no_data", False):
        query = exp.select("*").from_(query.subquery("q", copy=True)).limit(0)
    relation = session.compile(query)
    columns = _new_columns(relation)
    names = [label for label, _ in columns]
    partitioned = settings.get("partitioned_by", settings.get("partitioning", []))
    if settings.get("table_type", "HIVE").upper() == "ICEBERG":
        location = settings.get("location", "")
        found = [(name, kind.hive, None) for name, kind in columns]
        properties = {"table_type": "ICEBERG"} | ({"format": settings["format"]} if "format" in settings else {})
        iceberg.create(session.lake, database, name, found, partitioned, location, properties)
        try:
            count = iceberg.append(session.lake, database, name, session.reader(relation))
        except BaseException:
            iceberg.drop(session.lake, database, name)
            raise
        return Outcome("DDL", "CREATE_TABLE_AS_SELECT", ROWS_OUT, update_count=count, manifest=[])
    keys = [key.lower() for key in partitioned]
    if names[len(names) - len(keys) :] != keys:
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH", "Partition keys must be the last columns in the table and in the same order"
        )
    location = settings.get("external_location") or folder
    if keys and len(keys) == len(names):
        raise QueryFailed("INVALID_TABLE_PROPERTY", "Table contains only partition columns")
    shape = _hive_table(name, columns, keys, location, settings)
    _check_empty(session, location, f"Target directory for table '{database}.{name}'")
    written = table_files.write(session, session.batches(relation, _schema(columns)), shape, _schema(columns))
    session.lake.catalog.create_table(database, shape)
    session.lake.catalog.create_partitions(database, name, table_files.partition_inputs(shape, written))
    return Outcome("DDL", "CREATE_TABLE_AS_SELECT", ROWS_OUT, update_count=written.rows, manifest=written.uris)


def _check_empty(session: Session, location: str, what: str) -> None:
    if session.lake.objects.under(location):
        raise QueryFailed("HIVE_PATH_ALREADY_EXISTS", f"{what} already exists: {location}")


def _schema(columns: list[tuple[str, Type]]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, arrow_types.to_arrow(kind)) for name, kind in columns])


def _new_columns(relation: Relation) -> list[tuple[str, Type]]:
    """The columns of a table or a view that a query makes.

    :raises QueryFailed: where one has no name or no type, or two have one name.
    """
    unnamed = next((n for n, each in enumerate(relation.fields, 1) if not each.name), None)
    if unnamed is not None:
        raise QueryFailed("MISSING_COLUMN_NAME", f"Column name not specified at position {unnamed}")
    names = [name.lower() for name in output_names(relation)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Column name '{twice}' specified more than once")
    columns = list(zip(names, (each.type for each in relation.fields), strict=True))
    unknown = next((n for n, (_, kind) in enumerate(columns, 1) if kind.name == "unknown"), None)
    if unknown is not None:
        raise QueryFailed("COLUMN_TYPE_UNKNOWN", f"Column type is unknown at position {unknown}")
    return columns


def _settings(node: exp.Create) -> dict[str, Any]:
    """The properties of CTAS's WITH."""
    known = {"format", "external_location", "partitioned_by", "partitioning", "location", "table_type", "is_external"}
    known |= {"write_compression", "parquet_compression", "orc_compression", "field_delimiter"}
    properties = node.args.get("properties")
    found: dict[str, Any] = {}
    for each in properties.expressions if properties is not None else []:
        if isinstance(each, exp.FileFormatProperty):
            key, value = "format", each.this
        elif isinstance(each, exp.PartitionedByProperty):
            key, value = "partitioned_by", each.this
        elif isinstance(each, exp.LocationProperty):
            key, value = "location", each.this
        elif isinstance(each, exp.WithDataProperty):
            found["with_no_data"] = bool(each.args.get("no"))
            continue
        elif isinstance(each, exp.Property):
            key, value = str(each.name).lower(), each.args.get("value")
        else:
            raise unsupported(f"{each.sql('trino')} in CREATE TABLE AS")
        if key in {"bucketed_by", "bucket_count"}:
            raise unsupported("bucketed tables")
        if key not in known:
            raise unsupported(f"the table property {key} in CREATE TABLE AS")
        found[key] = _value(value)
    return found


def _value(node: Any) -> Any:
    if isinstance(node, exp.Array | exp.Tuple | exp.Schema):
        return [each.name for each in node.expressions]
    if isinstance(node, exp.Expr):
        return node.name
    return str(node)


def _hive_table(
    name: str, columns: list[tuple[str, Type]], keys: list[str], location: str, settings: dict[str, Any]
) -> Shape:
    form = str(settings.get("format", "PARQUET")).upper()
    if form not in LIBRARIES:
        raise unsupported(f"format = '{form}' in CREATE TABLE AS")
    delimiter = settings.get("field_delimiter", "\x01")
    parameters = {"field.delim": delimiter, "serialization.format": delimiter} if form == "TEXTFILE" else {}
    own = [{"Name": label, "Type": kind.hive} for label, kind in columns if label not in keys]
    asked = settings.get("write_compression") or settings.get(f"{form.lower()}_compression") or ""
    reads, writes, _ = FORMATS[form]
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            **{"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
            **({"write.compression": compression(form, asked)} if asked else {}),
        },
        "PartitionKeys": [{"Name": label, "Type": kind.hive} for label, kind in columns if label in keys],
        "StorageDescriptor": {
            "Columns": own,
            "Location": location.rstrip("/") + "/",
            "InputFormat": reads,
            "OutputFormat": writes,
            "SerdeInfo": {"SerializationLibrary": LIBRARIES[form], "Parameters": parameters},
        },
    }


def insert(session: Session, node: exp.Insert) -> Outcome:
    """INSERT INTO a Hive table; its partition keys come last in the query."""
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    _, database, name = located([part.name.lower() for part in table.parts], session.database, None)
    shape = session.tables.shape(database, name, None)
    if shape.get("TableType") == "VIRTUAL_VIEW":
        raise QueryFailed("NOT_SUPPORTED", "Inserting into views is not supported")
    columns = [*scan.declared_columns(shape), *key_types(shape)]
    named = (
        [each.name.lower() for each in node.this.expressions]
        if isinstance(node.this, exp.Schema)
        else [n for n, _ in columns]
    )
    relation = session.compile(node.expression)
    kinds = dict(columns)
    missing = [each for each in named if each not in kinds]
    if missing:
        raise QueryFailed("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {missing[0]}")
    relation = assigned(relation, [kinds[each] for each in named])
    chosen = _schema([(each, kinds[each]) for each in named])
    whole = _schema(columns)
    rows = (_completed(batch, whole) for batch in session.batches(relation, chosen))
    written = table_files.write(session, rows, shape, whole)
    session.lake.catalog.create_partitions(database, name, _fresh(session, database, shape, written))
    return Outcome("DML", "INSERT", ROWS_OUT, update_count=written.rows, manifest=written.uris)


def _fresh(session: Session, database: str, shape: Shape, written: table_files.Written) -> list[Shape]:
    """The partitions that the catalog does not have yet; those that projection describes it never has."""
    if projection.is_enabled(shape) or not shape["PartitionKeys"]:
        return []
    known = {tuple(each["Values"]) for each in session.lake.catalog.partitions(database, shape["Name"])}
    return [each for each in table_files.partition_inputs(shape, written) if tuple(each["Values"]) not in known]


def assigned(relation: Relation, wanted: list[Type]) -> Relation:
    """A query's rows as INSERT stores them: what has a type in common with its column is cast to the column's.

    So `DECIMAL '1'` goes into an integer column, and a timestamp with time zone into one without, which both is what
    dbt writes to Athena. Evidence: the coercions of https://trino.io/docs/current/language/types.html, which Trino's
    analyzer takes for INSERT as the SQL standard's store assignment; https://docs.aws.amazon.com/athena/latest/ug/insert-into.html

    :raises QueryFailed: `TYPE_MISMATCH` where there is no such type, or not as many columns.
    """
    given = [each.type for each in relation.fields]
    if len(given) != len(wanted) or any(common(a, b) is None for a, b in zip(given, wanted, strict=True)):
        shown = [", ".join(kind.trino for kind in side) for side in (wanted, given)]
        raise QueryFailed(
            "TYPE_MISMATCH", f"Insert query has mismatched column types: Table: [{shown[0]}], Query: [{shown[1]}]"
        )
    return replace(relation, fields=[_stored(a, b) for a, b in zip(relation.fields, wanted, strict=True)])


def _stored(field: Field, wanted: Type) -> Field:
    """Types of one name are settled where the rows are written, in the digits and the lengths that the file has."""
    given = field.type
    if given.name in {wanted.name, "unknown"} or (given.is_text and wanted.is_text):
        return field
    kind = replace(wanted, args=given.args) if {given.name, wanted.name} <= _MOMENTS else wanted
    return replace(field, sql=cast(Typed(field.sql, given), kind, safe=False).sql, type=kind)


def _completed(rows: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The rows with all of the table's columns, in its order."""
    import pyarrow as pa

    made = [
        rows.column(each.name) if each.name in rows.column_names else pa.nulls(rows.num_rows, each.type)
        for each in wanted
    ]
    return pa.table(made, schema=wanted)


def unload(session: Session, node: exp.Expr, location: str, settings: dict[str, Any]) -> Outcome:
    relation = session.compile(node)
    form = str(settings.get("format", "")).upper()
    if form not in LIBRARIES:
        raise unsupported(f"UNLOAD with format = '{form}'")
    unknown = set(settings) - {"format", "compression", "field_delimiter", "partitioned_by"}
    if unknown:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"UNLOAD has no property {sorted(unknown)[0]}")
    _check_empty(session, location, "Target directory for UNLOAD")
    columns = _new_columns(relation)
    keys = [each.lower() for each in settings.get("partitioned_by", [])]
    names = [label for label, _ in columns]
    if names[len(names) - len(keys) :] != keys:
        raise QueryFailed("HIVE_COLUMN_ORDER_MISMATCH", "Partition keys must be the last columns of the query")
    settings = {"write_compression": settings.get("compression", ""), **settings}
    shape = _hive_table("unload", columns, keys, location, settings)
    written = table_files.write(session, session.batches(relation, _schema(columns)), shape, _schema(columns))
    return Outcome("DML", "UNLOAD", ROWS_OUT, update_count=written.rows, manifest=written.uris)
