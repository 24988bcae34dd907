"""The new data preparation: a graph of steps, each a relation made of one or two others.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DataPrepConfiguration.html and the pages of its
steps, from API_TransformStep.html on. A column's ids are not used: names are unique in a relation. Deviates: rows that
cannot be read take no part in aggregates and are counted as dropped; a NULL stays a row when columns are unpivoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from local_aws.errors import Unsupported
from local_aws.spice.filters import keep
from local_aws.spice.transforms import (
    UNREADABLE,
    Relation,
    cast_column_type,
    create_columns,
    invalid,
    joined,
    project,
    rename_column,
    renamed,
    tag_column,
)
from local_aws.spice.types import DECIMAL, INTEGER, STRING, Column, converted, literal, quoted

Shape = Mapping[str, Any]
_AGGREGATES = {"COUNT": "count", "DISTINCT_COUNT": "count", "SUM": "sum", "AVERAGE": "avg", "MAX": "max", "MIN": "min"}


def prepared(configuration: Shape, physical: Mapping[str, Relation]) -> Relation:
    """The destination table of a `DataPrepConfiguration`.

    :raises AwsError: `InvalidParameterValueException` for references that lead nowhere.
    :raises Unsupported: for several destinations.
    """
    destinations = configuration["DestinationTableMap"]
    if len(destinations) != 1:
        raise Unsupported(f"data sets with {len(destinations)} destination tables")
    [destination] = destinations.values()
    return _Steps(configuration, physical).relation(destination["Source"]["TransformOperationId"])


def described(relation: Relation, definition: Shape) -> Relation:
    """The relation, its columns with what a `SemanticModelConfiguration` says of them."""
    tables = (definition.get("SemanticModelConfiguration") or {}).get("TableMap") or {}
    for table in tables.values():
        if table["DestinationTableId"] not in definition["DataPrepConfiguration"]["DestinationTableMap"]:
            raise invalid(f"there is no destination table {table['DestinationTableId']!r}")
        if table.get("RowLevelPermissionConfiguration"):
            raise Unsupported("RowLevelPermissionConfiguration in a SemanticModelConfiguration")
        for metadata in (table.get("SemanticMetadata") or {}).get("ColumnMetadata") or ():
            tags = [tag for each in metadata["ColumnProperties"] for tag in _tags(each)]
            for name in metadata.get("ColumnNames") or ():
                relation = tag_column(relation, {"ColumnName": name, "Tags": tags})
    return relation


def _tags(properties: Shape) -> list[Shape]:
    role = (properties.get("SemanticType") or {}).get("GeographicalRole")
    tags: list[Shape] = [{"ColumnGeographicRole": role}] if role else []
    return [*tags, {"ColumnDescription": properties["Description"]}] if properties.get("Description") else tags


class _Steps:
    """The transform steps, each built when another asks for it."""

    def __init__(self, configuration: Shape, physical: Mapping[str, Relation]) -> None:
        self._sources: Shape = configuration["SourceTableMap"]
        self._steps: Shape = configuration["TransformStepMap"]
        self._physical = physical
        self._open: list[str] = []

    def relation(self, key: str) -> Relation:
        if key not in self._steps:
            raise invalid(f"there is no transform step {key!r}")
        if key in self._open:
            raise invalid(f"the transform step {key!r} is made of itself")
        self._open.append(key)
        kind, shape = self._step(key)
        if kind == "ImportTableStep":
            made = self._imported(shape["Source"]["SourceTableId"])
        elif kind == "JoinStep":
            made = self._join(shape)
        elif kind == "AppendStep":
            made = _append(self._of(shape, "FirstSource"), self._of(shape, "SecondSource"), shape)
        elif kind in STEPS:
            made = STEPS[kind](self._of(shape, "Source"), shape)
        else:
            raise Unsupported(f"the transform step {kind}")
        self._open.pop()
        return made

    def _step(self, key: str) -> tuple[str, Shape]:
        given = [(kind, shape) for kind, shape in self._steps[key].items() if shape]
        if len(given) != 1:
            raise invalid(f"the transform step {key!r} must say one thing, not {len(given)}")
        return given[0]

    def _of(self, shape: Shape, side: str) -> Relation:
        if not shape.get(side):
            raise Unsupported(f"a transform step without its {side}")
        return self.relation(shape[side]["TransformOperationId"])

    def _imported(self, key: str) -> Relation:
        source = self._sources.get(key)
        if source is None:
            raise invalid(f"there is no source table {key!r}")
        if source.get("DataSet"):
            return self._physical[source["DataSet"]["DataSetArn"]]
        if source.get("PhysicalTableId") not in self._physical:
            raise invalid(f"there is no physical table {source.get('PhysicalTableId')!r}")
        return self._physical[source["PhysicalTableId"]]

    def _join(self, shape: Shape) -> Relation:
        """`OutputColumnNameOverrides` name columns anew; else those that the left has too are called `name[alias]`."""
        left = _overridden(self._of(shape, "LeftOperand"), shape.get("LeftOperandProperties"))
        right = _overridden(self._of(shape, "RightOperand"), shape.get("RightOperandProperties"))
        key = shape["RightOperand"]["TransformOperationId"]
        names = renamed(left, right, self._step(key)[1].get("Alias") or key)
        return joined(left, right, shape["Type"], shape["OnClause"], names)


def _overridden(relation: Relation, properties: Shape | None) -> Relation:
    for each in (properties or {}).get("OutputColumnNameOverrides") or ():
        old = each.get("SourceColumnName") or each["OutputColumnName"]
        relation = rename_column(relation, {"ColumnName": old, "NewColumnName": each["OutputColumnName"]})
    return relation


def _append(first: Relation, second: Relation, shape: Shape) -> Relation:
    """The rows of both; a column that one of them has not is NULL in its rows."""
    columns = []
    for name in (each["ColumnName"] for each in shape["AppendedColumns"]):
        found = [column for side in (first, second) for column in side.columns if column.name == name]
        if not found:
            raise invalid(f"AppendOperation: neither side has a column {name!r}")
        if len({each.type for each in found}) > 1:
            raise invalid(f"AppendOperation: the column {name!r} is {found[0].type} and {found[1].type}")
        columns.append(found[0])
    sides = []
    for side in (first, second):
        own = {each.name for each in side.columns}
        items = [quoted(each.name) if each.name in own else f"NULL AS {quoted(each.name)}" for each in columns]
        sides.append(f"SELECT {', '.join(items)}, {UNREADABLE} FROM ({side.sql})")
    return Relation(" UNION ALL ".join(sides), tuple(columns))


def _rename(relation: Relation, shape: Shape) -> Relation:
    for each in shape["RenameColumnOperations"]:
        relation = rename_column(relation, each)
    return relation


def _cast(relation: Relation, shape: Shape) -> Relation:
    for each in shape["CastColumnTypeOperations"]:
        relation = cast_column_type(relation, each)
    return relation


def _aggregate(relation: Relation, shape: Shape) -> Relation:
    keys = [relation.column(name) for name in shape.get("GroupByColumnNames") or ()]
    made = [_aggregated(relation, each["AggregationFunction"], each["NewColumnName"]) for each in shape["Aggregations"]]
    return _grouped(relation, keys, made)


def _pivot(relation: Relation, shape: Shape) -> Relation:
    """A column a label: the aggregate over the rows that have it."""
    function = shape["ValueColumnConfiguration"].get("AggregationFunction")
    if not function:
        raise Unsupported("a PivotOperation without AggregationFunction")
    keys = [relation.column(name) for name in shape.get("GroupByColumnNames") or ()]
    labels = relation.column(shape["PivotConfiguration"].get("LabelColumnName") or "")
    made = []
    for each in shape["PivotConfiguration"]["PivotedLabels"]:
        only = f"CAST({quoted(labels.name)} AS VARCHAR) = {literal(each['LabelName'])}"
        made.append(_aggregated(relation, function, each["NewColumnName"], only))
    return _grouped(relation, keys, made)


def _aggregated(relation: Relation, function: Shape, name: str, only: str = "") -> tuple[str, Column]:
    where = f" FILTER (WHERE {only})" if only else ""
    if function.get("ListAggregation"):
        shape = function["ListAggregation"]
        value = f"CAST({quoted(relation.column(shape.get('InputColumnName') or '').name)} AS VARCHAR)"
        distinct = "DISTINCT " if shape.get("Distinct") else ""
        listed = f"string_agg({distinct}{value}, {literal(shape['Separator'])} ORDER BY {value}){where}"
        return listed, Column(name, STRING)
    shape = function.get("SimpleAggregation") or {}
    if not shape:
        raise invalid(f"the aggregation {name!r} has no function")
    kind = shape["FunctionType"]
    column = relation.column(shape["InputColumnName"]) if shape.get("InputColumnName") else None
    if column is None and kind != "COUNT":
        raise invalid(f"the aggregation {name!r} has no InputColumnName")
    if kind in {"SUM", "AVERAGE"} and column is not None and column.type not in {INTEGER, DECIMAL}:
        raise invalid(f"the aggregation {name!r} cannot take the {kind} of a {column.type}")
    distinct = "DISTINCT " if kind == "DISTINCT_COUNT" else ""
    sql = f"{_AGGREGATES[kind]}({distinct}{'*' if column is None else quoted(column.name)}){where}"
    if "COUNT" in kind or column is None:
        return sql, Column(name, INTEGER)
    if kind == "AVERAGE":
        return sql, Column(name, DECIMAL).with_type(DECIMAL, column.sub_type)
    return sql, replace(column, name=name, tags=())


def _grouped(relation: Relation, keys: Sequence[Column], made: Sequence[tuple[str, Column]]) -> Relation:
    """A row a group; rows that cannot be read stay beside the groups, so that they are counted."""
    columns = (*keys, *(column for _, column in made))
    if len({each.name for each in columns}) < len(columns):
        raise invalid(f"columns are named twice: {', '.join(each.name for each in columns)}")
    listed = [quoted(each.name) for each in keys]
    items = [*listed, *(f"{converted(column, sql)} AS {quoted(column.name)}" for sql, column in made)]
    group = f" GROUP BY {', '.join(listed)}" if listed else ""
    nulls = ", ".join(f"NULL AS {quoted(each.name)}" for each in columns)
    return Relation(
        f"SELECT {', '.join(items)}, false AS {UNREADABLE} FROM ({relation.sql}) WHERE NOT {UNREADABLE}{group}"
        f" UNION ALL SELECT {nulls}, true FROM ({relation.sql}) WHERE {UNREADABLE}",
        columns,
    )


def _unpivot(relation: Relation, shape: Shape) -> Relation:
    """A row a column: its label and its value, beside the columns that stay."""
    given = [
        (relation.column(each.get("ColumnName") or ""), each.get("NewValue")) for each in shape["ColumnsToUnpivot"]
    ]
    spread = [column for column, _ in given]
    if len({each.type for each in spread}) > 1:
        raise invalid(f"columns of one type can be unpivoted, not {', '.join(f'{c.name} ({c.type})' for c in spread)}")
    kept = [each for each in relation.columns if each not in spread]
    label, value = Column(shape["UnpivotedLabelColumnName"], STRING), shape["UnpivotedValueColumnName"]
    columns = (*kept, label, replace(spread[0], name=value, tags=()))
    parts = []
    for column, written in given:
        items = [quoted(each.name) for each in kept]
        items += [f"{literal(written or column.name)} AS {quoted(label.name)}"]
        items += [f"{quoted(column.name)} AS {quoted(value)}"]
        parts.append(f"SELECT {', '.join(items)}, {UNREADABLE} FROM ({relation.sql})")
    return Relation(" UNION ALL ".join(parts), columns)


STEPS: dict[str, Callable[[Relation, Shape], Relation]] = {
    "ProjectStep": project,
    "FiltersStep": lambda relation, shape: keep(relation, shape["FilterOperations"]),
    "CreateColumnsStep": create_columns,
    "RenameColumnsStep": _rename,
    "CastColumnTypesStep": _cast,
    "AggregateStep": _aggregate,
    "PivotStep": _pivot,
    "UnpivotStep": _unpivot,
}
