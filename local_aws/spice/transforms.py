"""Relations, and what a data set's preparation makes of one: the next.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_TransformOperation.html. A row whose value
cannot be read as its column's type is marked, and left out and counted when ingested, as SPICE skips it.
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


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


JOINS = {"INNER": "INNER", "LEFT": "LEFT", "RIGHT": "RIGHT", "OUTER": "FULL"}


def joined(left: Relation, right: Relation, kind: str, on: str, names: tuple[Column, ...]) -> Relation:
    """The join of two relations. :param names: the right one's columns as they are called after it."""
    items = [f"{quoted(old.name)} AS {quoted(new.name)}" for old, new in zip(right.columns, names, strict=True)]
    columns = (*left.columns, *names)
    condition = compiled(on, Scope({each.name: each for each in columns}), "OnClause")
    listed = ", ".join(quoted(each.name) for each in columns)
    mark = f"coalesce(_left.{UNREADABLE}, false) OR coalesce(_right.{UNREADABLE}, false) AS {UNREADABLE}"
    sides = f"({left.sql}) _left {JOINS[kind]} JOIN (SELECT {', '.join(items)}, {UNREADABLE} FROM ({right.sql})) _right"
    return Relation(f"SELECT {listed}, {mark} FROM {sides} ON {condition}", columns)


def renamed(left: Relation, right: Relation, alias: str) -> tuple[Column, ...]:
    """The right side's columns; those that the left has too are called `name[alias]`, as QuickSight calls them."""
    taken = {each.name for each in left.columns}
    return tuple(replace(each, name=f"{each.name}[{alias}]") if each.name in taken else each for each in right.columns)


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
    "CreateColumnsOperation": create_columns,
    "RenameColumnOperation": rename_column,
    "CastColumnTypeOperation": cast_column_type,
    "TagColumnOperation": tag_column,
    "UntagColumnOperation": untag_column,
}
