"""Redshift Spectrum: tables of the Data Catalog under an external schema, read where they lie.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c-getting-started-using-spectrum.html; what is pruned:
https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope as QueryScope
from sqlglot.optimizer.scope import traverse_scope

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.iceberg.types import hive_type
from local_aws.sql import scan
from local_aws.sql import types as lake_types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.redshift import errors, scans, types
from local_aws.sql.redshift.catalog import ExternalSchema
from local_aws.sql.redshift.functions.call import cast
from local_aws.sql.redshift.resolve import Sources
from local_aws.sql.redshift.scans import ExternalScan
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    from local_aws.lake import Lake

PATH, SIZE = "$path", "$size"
Evaluate = Callable[[str], Any]


def table_of(lake: Lake, schema: ExternalSchema, name: str) -> dict[str, Any]:
    """The Glue table behind a name. :raises SqlError: if database or table are not there."""
    try:
        return lake.catalog.table(schema.database, name)
    except AwsError as problem:
        if "atabase" in problem.message.split(" ", 1)[0]:
            message = f'External database "{schema.database}" does not exist in the Data Catalog'
            raise errors.error(f"{problem.code}: {message}") from problem
        raise errors.no_relation(f"{schema.name}.{name}") from problem


def tables_of(lake: Lake, schema: ExternalSchema) -> list[dict[str, Any]]:
    """The Glue tables of an external schema; none if its database is gone."""
    try:
        return lake.catalog.tables(schema.database)
    except AwsError:
        return []


def columns_of(lake: Lake, schema: ExternalSchema, name: str) -> dict[str, ColumnType]:
    """The columns as Redshift types them, partition keys last.

    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html (data types)
    """
    shape = table_of(lake, schema, name)
    if iceberg.is_iceberg(shape):
        fields = lake.iceberg.table(schema.database, name).schema().fields
        return {each.name.lower(): _type(lake_types.parse(hive_type(each.field_type))) for each in fields}
    return {column.lower(): _type(kind) for column, kind in _declared(shape)}


def _declared(shape: dict[str, Any]) -> list[tuple[str, lake_types.Type]]:
    try:
        keys = [(key["Name"], lake_types.parse(key.get("Type", "string"))) for key in shape["PartitionKeys"]]
        return [*scan.declared_columns(shape), *keys]
    except QueryFailed as problem:
        raise errors.error(f"Spectrum Scan Error: {problem.message}") from problem


def _type(kind: lake_types.Type) -> ColumnType:
    if kind.name in {"varchar", "char"} and kind.args:
        return ColumnType("varchar", length=min(int(kind.args[0]), types.MAX_LENGTH))
    return types.from_duckdb(kind.duckdb)


def place(tree: exp.Expr, sources: Sources, lake: Lake, evaluate: Evaluate | None = None) -> exp.Expr:
    """Each external table of a rewritten query replaced by a read of just the files that the query may need.

    :param evaluate: gives the value of a DuckDB expression without columns, such as `current_date - 7`.
    """
    wanted = {name for name in sources.external if tree.find(exp.Table)}
    if not wanted:
        return tree
    for scope in traverse_scope(tree):
        for alias, (node, source) in list(scope.selected_sources.items()):
            if isinstance(source, exp.Table) and source.name in wanted:
                schema, name = sources.external[source.name]
                predicate = _predicate(scope, alias, node, evaluate)
                body, scan_ = _relation(lake, schema, name, predicate, _columns(scope, alias))
                sources.scans.append(scan_)
                replacement = exp.Subquery(this=body, alias=source.args["alias"].copy())
                if source.args.get("joins"):
                    replacement.set("joins", source.args["joins"])
                source.replace(replacement)
    return tree


def _relation(
    lake: Lake, schema: ExternalSchema, name: str, predicate: exp.Expr | None, columns: list[str]
) -> tuple[exp.Expr, ExternalScan]:
    """The read of a table's files, and its figures."""
    shape = table_of(lake, schema, name)
    own = [each for each in columns if each not in {PATH, SIZE}]
    hidden = [PATH] if {PATH, SIZE} & set(columns) else []
    try:
        if iceberg.is_iceberg(shape):
            plan: Any = iceberg.plan(lake, schema.database, name, predicate, own)
        else:
            plan = scan.relation(lake, schema.database, shape, predicate=predicate, columns=own, hidden=hidden)
    except QueryFailed as problem:
        raise errors.error(f"Spectrum Scan Error: {problem.message}") from problem
    except AwsError as problem:
        raise errors.error(f"Spectrum Scan Error: {problem.code}: {problem.message}") from problem
    body = sqlglot.parse_one(plan.sql, dialect="duckdb")
    return _sized(body, plan.files) if SIZE in columns else body, _figures(lake, schema, shape, plan, own)


def _figures(lake: Lake, schema: ExternalSchema, shape: dict[str, Any], plan: Any, columns: list[str]) -> ExternalScan:
    storage = shape["StorageDescriptor"]
    uris = [each.uri for each in plan.files]
    total = chosen = 0
    if shape.get("PartitionKeys") and not iceberg.is_iceberg(shape):
        places = [
            each["StorageDescriptor"].get("Location", "").rstrip("/") + "/"
            for each in lake.catalog.partitions(schema.database, shape["Name"])
        ]
        total = len(places)
        folders = {uri.rpartition("/")[0] + "/" for uri in uris}
        chosen = sum(any(folder.startswith(place) for folder in folders) for place in places)
    return ExternalScan(
        schema.name,
        shape["Name"],
        scans.format_of(shape),
        storage.get("Location", ""),
        len(uris),
        plan.bytes_scanned(columns) if uris else 0,
        total,
        chosen,
    )


def _sized(body: exp.Expr, files: Any) -> exp.Expr:
    """The relation with each file's size. https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-tables.html"""
    rows = ", ".join(f"('{file.uri.replace(chr(39), chr(39) * 2)}', {file.size})" for file in files) or "('', 0)"
    sizes = sqlglot.parse_one(f'SELECT * FROM (VALUES {rows}) AS s("$file", "$size")', dialect="duckdb")
    query = sqlglot.parse_one('SELECT r.*, s."$size" FROM r JOIN s ON r."$path" = s."$file"', dialect="duckdb")
    for table in list(query.find_all(exp.Table)):
        inner = body if table.name == "r" else sizes
        joins = table.args.get("joins")
        table.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(table.name)), joins=joins))
    return query


def _columns(scope: QueryScope, alias: str) -> list[str]:
    """The columns of a source that the query reads."""
    found = {column.name for column in scope.expression.find_all(exp.Column) if column.table == alias}
    return sorted(found)


def _predicate(scope: QueryScope, alias: str, node: exp.Expr, evaluate: Evaluate | None) -> exp.Expr | None:
    """The conditions that every row of the source must meet to count: they choose the files.

    WHERE does so unless the source is on the side of an outer join that is filled up with NULLs; ON does so for the
    joined source of an inner or left join.
    """
    select = scope.expression
    joins = select.args.get("joins") or []
    mine = next((join for join in joins if join.this is node or join.this.alias_or_name == alias), None)
    conditions: list[exp.Expr] = []
    if any(join.side in {"RIGHT", "FULL"} for join in joins):
        return None
    where = select.args.get("where")
    if where is not None and (mine is None or mine.side != "LEFT"):
        conditions.extend(_conjuncts(where.this))
    if mine is not None and mine.args.get("on") is not None:
        conditions.extend(_conjuncts(mine.args["on"]))
    conditions.extend(_from_outside(scope))
    kept = [bare for each in conditions if (bare := _alone(each, alias)) is not None]
    return exp.and_(*(_computed(each, evaluate) for each in kept)) if kept else None


def _from_outside(scope: QueryScope) -> list[exp.Expr]:
    """The conditions that the query around a plain derived table puts on it, said of the derived table's own columns.

    A query that groups, counts, cuts or ranks sees rows that a condition around it must not take away before.
    """
    select, derived = scope.expression, scope.expression.parent
    around = derived.parent_select if isinstance(derived, exp.Subquery) else None
    plain = isinstance(select, exp.Select) and not any(select.args.get(part) for part in _SHAPING)
    if around is None or scope.parent is None or not plain or any(_ranks(each) for each in select.selects):
        return []
    joins = around.args.get("joins") or []
    where = around.args.get("where")
    mine = next((join for join in joins if join.this is derived), None)
    if where is None or any(join.side in {"RIGHT", "FULL"} for join in joins) or (mine and mine.side == "LEFT"):
        return []
    if mine is None and (around.args.get("from_") is None or around.args["from_"].this is not derived):
        return []
    outputs = {each.alias_or_name: each.unalias() for each in select.selects}
    found = []
    for each in _conjuncts(where.this):
        bare = _alone(each, derived.alias)
        if bare is None or not all(isinstance(outputs.get(c.name), exp.Column) for c in bare.find_all(exp.Column)):
            continue
        whole = exp.Paren(this=bare)
        for column in list(whole.find_all(exp.Column)):
            column.replace(outputs[column.name].copy())
        found.append(whole.this)
    return found


_SHAPING = ("group", "having", "distinct", "limit", "offset", "qualify")


def _ranks(node: exp.Expr) -> bool:
    """Whether an output needs other rows than its own."""
    return node.find(exp.Window) is not None or not isinstance(node.unalias(), exp.Column)


def _computed(condition: exp.Expr, evaluate: Evaluate | None) -> exp.Expr:
    """The condition with what can be computed beforehand computed: readers of statistics know literals only."""
    if evaluate is None:
        return condition
    sides: list[exp.Expr] = [each for each in condition.iter_expressions() if not each.find(exp.Column)]
    for side in sides:
        bare = side.this if isinstance(side, exp.Cast) else side
        if isinstance(bare, exp.Literal | exp.Boolean | exp.Null | exp.Neg | exp.DataType | exp.Var):
            continue
        new = _literal(evaluate(side.sql(dialect="duckdb")))
        if new is not None:
            side.replace(new)
    return condition


def _literal(value: Any) -> exp.Expr | None:
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        value = value.date()
    if isinstance(value, datetime):
        return cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMP") if value.tzinfo is None else None
    if isinstance(value, date):
        return cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _alone(condition: exp.Expr, alias: str) -> exp.Expr | None:
    """The condition without table names, if it is about this source alone."""
    columns = list(condition.find_all(exp.Column))
    hidden = any(column.name in {PATH, SIZE} for column in columns)
    if not columns or hidden or any(column.table != alias for column in columns) or condition.find(exp.Query):
        return None
    bare = condition.copy()
    for column in bare.find_all(exp.Column):
        column.set("table", None)
    return bare
