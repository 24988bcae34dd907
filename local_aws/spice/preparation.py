"""A data set's definition as a plan: what to ask each source for, and the SQL that joins and transforms the answers.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_LogicalTable.html, API_TransformOperation.html.
Each transform is a function from a relation (SQL and its columns) to the next; a row whose value cannot be read as its
column's type is marked, and left out and counted when ingested, as SPICE skips it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.dates import pattern
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import BOOLEAN
from local_aws.spice.types import DATETIME, STRING, Column, converted, literal, quoted

UNREADABLE = '"_unreadable"'
"""The mark of a row that holds a value which does not fit its column's type."""


@dataclass(frozen=True)
class Source:
    """One physical table: the statement for its engine, and the columns that the answer must have."""

    physical_id: str
    relation: str
    """The name under which the preparation's SQL reads the answer."""
    data_source_arn: str
    sql: str
    columns: tuple[Column, ...]
    upload: Mapping[str, Any] | None = None
    """Of files in S3, which no statement asks for: their `UploadSettings`."""


@dataclass(frozen=True)
class Relation:
    sql: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        found = next((each for each in self.columns if each.name == name), None)
        if found is None:
            raise invalid(f"there is no column {name!r}; there are {', '.join(each.name for each in self.columns)}")
        return found

    def select(
        self, items: list[str], columns: tuple[Column, ...], mark: str = UNREADABLE, where: str = ""
    ) -> Relation:
        condition = f" WHERE {where}" if where else ""
        return Relation(f"SELECT {', '.join(items)}, {mark} AS {UNREADABLE} FROM ({self.sql}){condition}", columns)

    @property
    def scope(self) -> Scope:
        return Scope({each.name: each for each in self.columns})


@dataclass(frozen=True)
class Plan:
    """:param select: SQL over the sources' relations; beside the columns it has the mark of unreadable rows."""

    sources: tuple[Source, ...]
    select: str
    columns: tuple[Column, ...]


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def plan(definition: Mapping[str, Any]) -> Plan:
    """The plan of a `CreateDataSet` or `UpdateDataSet` request.

    :raises AwsError: `InvalidParameterValueException` for references that lead nowhere.
    :raises Unsupported: for physical tables and transforms that are not emulated.
    """
    physical = definition["PhysicalTableMap"]
    if not physical:
        raise Unsupported("data sets without a PhysicalTableMap")
    sources = tuple(_source(key, table, number) for number, (key, table) in enumerate(physical.items()))
    relations = {each.physical_id: _read(each) for each in sources}
    logical = definition.get("LogicalTableMap") or {}
    if not logical:
        if len(relations) > 1:
            raise invalid("several physical tables need a LogicalTableMap that joins them")
        [relation] = relations.values()
        return Plan(sources, relation.sql, relation.columns)
    relation = _Logical(logical, relations).root()
    return Plan(sources, relation.sql, relation.columns)


def _source(key: str, table: Mapping[str, Any], number: int) -> Source:
    kind: str = next(iter(table), "empty")
    shape: Mapping[str, Any] = table.get(kind) or {}
    relation = f"source_{number}"
    if kind == "RelationalTable":
        columns = tuple(Column.of(each) for each in shape["InputColumns"])
        path = [shape[part] for part in ("Catalog", "Schema", "Name") if shape.get(part)]
        listed = ", ".join(quoted(each.name) for each in columns)
        sql = f"SELECT {listed} FROM {'.'.join(quoted(part) for part in path)}"
        return Source(key, relation, shape["DataSourceArn"], sql, columns)
    if kind == "CustomSql":
        if not shape.get("Columns"):
            raise Unsupported("CustomSql without Columns")
        columns = tuple(Column.of(each) for each in shape["Columns"])
        return Source(key, relation, shape["DataSourceArn"], shape["SqlQuery"].rstrip().rstrip(";"), columns)
    if kind == "S3Source":
        columns, upload = tuple(Column.of(each) for each in shape["InputColumns"]), shape.get("UploadSettings") or {}
        return Source(key, relation, shape["DataSourceArn"], "", columns, upload)
    raise Unsupported(f"{kind} physical tables")


def _read(source: Source) -> Relation:
    """What the engine answered, each value as its column's type."""
    items = [f"{converted(each, quoted(each.name))} AS {quoted(each.name)}" for each in source.columns]
    marks = [_unread(each, quoted(each.name)) for each in source.columns]
    sql = f"SELECT {', '.join(items)}, {' OR '.join(marks) or 'false'} AS {UNREADABLE} FROM {source.relation}"
    return Relation(sql, source.columns)


def _unread(column: Column, source: str) -> str:
    return f"({source} IS NOT NULL AND {converted(column, source)} IS NULL)"


class _Logical:
    """The logical tables, built from the one that no other table uses."""

    def __init__(self, tables: Mapping[str, Any], physical: Mapping[str, Relation]) -> None:
        self._tables = tables
        self._physical = physical
        self._open: list[str] = []

    def root(self) -> Relation:
        joins = [table["Source"].get("JoinInstruction") or {} for table in self._tables.values()]
        used = {join[side] for join in joins for side in ("LeftOperand", "RightOperand") if join}
        roots = [key for key in self._tables if key not in used]
        if len(roots) != 1:
            raise invalid(f"the LogicalTableMap must end in one table, not in {len(roots)}: {', '.join(roots)}")
        return self._table(roots[0])

    def _table(self, key: str) -> Relation:
        table = self._tables.get(key)
        if table is None:
            raise invalid(f"there is no logical table {key!r}")
        if key in self._open:
            raise invalid(f"the logical table {key!r} joins itself")
        self._open.append(key)
        relation = self._start(table["Source"])
        for transform in table.get("DataTransforms", ()):
            kind, shape = next(iter(transform.items()))
            if kind not in TRANSFORMS:
                raise Unsupported(f"the data transform {kind}")
            relation = TRANSFORMS[kind](relation, shape)
        self._open.pop()
        return relation

    def _start(self, source: Mapping[str, Any]) -> Relation:
        if "JoinInstruction" in source:
            return self._join(source["JoinInstruction"])
        if "PhysicalTableId" in source:
            if source["PhysicalTableId"] not in self._physical:
                raise invalid(f"there is no physical table {source['PhysicalTableId']!r}")
            return self._physical[source["PhysicalTableId"]]
        raise Unsupported("data sets over data sets (LogicalTableSource.DataSetArn)")

    def _join(self, join: Mapping[str, Any]) -> Relation:
        """Columns of the right side that the left has too are called `name[alias]`, as QuickSight calls them."""
        left, right = self._table(join["LeftOperand"]), self._table(join["RightOperand"])
        alias = self._tables[join["RightOperand"]]["Alias"]
        taken = {each.name for each in left.columns}
        renamed = tuple(replace(each, name=_free(each.name, alias, taken)) for each in right.columns)
        items = [f"{quoted(old.name)} AS {quoted(new.name)}" for old, new in zip(right.columns, renamed, strict=True)]
        columns = (*left.columns, *renamed)
        condition = compiled(join["OnClause"], Scope({each.name: each for each in columns}), "OnClause")
        kind = {"OUTER": "FULL"}.get(join["Type"], join["Type"])
        names = ", ".join(quoted(each.name) for each in columns)
        mark = f"coalesce(_left.{UNREADABLE}, false) OR coalesce(_right.{UNREADABLE}, false) AS {UNREADABLE}"
        sides = f"({left.sql}) _left {kind} JOIN (SELECT {', '.join(items)}, {UNREADABLE} FROM ({right.sql})) _right"
        return Relation(f"SELECT {names}, {mark} FROM {sides} ON {condition}", columns)


def _free(name: str, alias: str, taken: set[str]) -> str:
    return f"{name}[{alias}]" if name in taken else name


def compiled(expression: str, scope: Scope, where: str, kind: str | None = BOOLEAN) -> str:
    """The SQL of a row-level expression. :raises AwsError: `InvalidParameterValueException` that names `where`."""
    try:
        found = compile_expression(expression, scope)
    except ExpressionError as error:
        raise invalid(f"{where}: {error}") from error
    if found.level == "group":
        raise invalid(f"{where}: aggregations are not allowed in a data set")
    if kind is not None and found.type != kind:
        raise invalid(f"{where}: the expression gives {found.type}, not {kind}")
    return found.text


# one data transform each: a relation and the operation's shape in, the next relation out


def project(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    columns = tuple(relation.column(name) for name in shape["ProjectedColumns"])
    return relation.select([quoted(each.name) for each in columns], columns)


def keep(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    if "ConditionExpression" not in shape:
        raise Unsupported(f"{next(iter(shape), 'FilterOperation without a condition')} in a FilterOperation")
    condition = compiled(shape["ConditionExpression"], relation.scope, "FilterOperation")
    return relation.select([quoted(each.name) for each in relation.columns], relation.columns, where=condition)


def create_columns(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    items, columns = [quoted(each.name) for each in relation.columns], list(relation.columns)
    for each in shape["Columns"]:
        name = each["ColumnName"]
        if any(name == column.name for column in columns):
            raise invalid(f"CreateColumnsOperation: there is a column {name!r} already")
        try:
            found = compile_expression(each["Expression"], relation.scope)
        except ExpressionError as error:
            raise invalid(f"CreateColumnsOperation, column {name!r}: {error}") from error
        if found.level == "group":
            raise Unsupported("aggregations in a data set's calculated columns")
        column = Column.of({"Name": name, "Type": found.type})
        items.append(f"{converted(column, found.text)} AS {quoted(name)}")
        columns.append(column)
    return relation.select(items, tuple(columns))


def rename_column(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    old, new = relation.column(shape["ColumnName"]), shape["NewColumnName"]
    if new != old.name and any(each.name == new for each in relation.columns):
        raise invalid(f"RenameColumnOperation: there is a column {new!r} already")
    columns = tuple(replace(each, name=new) if each is old else each for each in relation.columns)
    items = [f"{quoted(a.name)} AS {quoted(b.name)}" for a, b in zip(relation.columns, columns, strict=True)]
    return relation.select(items, columns)


def cast_column_type(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    """`Format` tells how a date is written: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CastColumnTypeOperation.html"""
    old = relation.column(shape["ColumnName"])
    new = old.with_type(shape["NewColumnType"], shape.get("SubType"))
    name = read = quoted(old.name)
    if shape.get("Format"):
        if (old.type, new.type) != (STRING, DATETIME):
            raise Unsupported(f"CastColumnTypeOperation with a Format from {old.type} to {new.type}")
        read = f"try_strptime({name}, {literal(_date_pattern(shape['Format']))})"
    cast = converted(new, read)
    items = [f"{cast} AS {name}" if each is old else quoted(each.name) for each in relation.columns]
    columns = tuple(new if each is old else each for each in relation.columns)
    return relation.select(items, columns, mark=f"{UNREADABLE} OR ({name} IS NOT NULL AND {cast} IS NULL)")


def _date_pattern(text: str) -> str:
    try:
        return pattern(text)
    except ExpressionError as error:
        raise invalid(f"CastColumnTypeOperation: {error}") from error


def tag_column(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    tags: list[tuple[str, str]] = []
    for tag in shape["Tags"]:
        if tag.get("ColumnGeographicRole"):
            tags.append(("ColumnGeographicRole", tag["ColumnGeographicRole"]))
        if tag.get("ColumnDescription"):
            tags.append(("ColumnDescription", tag["ColumnDescription"].get("Text", "")))
    old = relation.column(shape["ColumnName"])
    replaced = {key for key, _ in tags}
    kept = tuple(each for each in old.tags if each[0] not in replaced)
    new = replace(old, tags=(*kept, *tags))
    return replace(relation, columns=tuple(new if each is old else each for each in relation.columns))


def untag_column(relation: Relation, shape: Mapping[str, Any]) -> Relation:
    names = {
        {"COLUMN_GEOGRAPHIC_ROLE": "ColumnGeographicRole", "COLUMN_DESCRIPTION": "ColumnDescription"}[each]
        for each in shape["TagNames"]
    }
    old = relation.column(shape["ColumnName"])
    new = replace(old, tags=tuple(each for each in old.tags if each[0] not in names))
    return replace(relation, columns=tuple(new if each is old else each for each in relation.columns))


TRANSFORMS: dict[str, Callable[[Relation, Mapping[str, Any]], Relation]] = {
    "ProjectOperation": project,
    "FilterOperation": keep,
    "CreateColumnsOperation": create_columns,
    "RenameColumnOperation": rename_column,
    "CastColumnTypeOperation": cast_column_type,
    "TagColumnOperation": tag_column,
    "UntagColumnOperation": untag_column,
}
