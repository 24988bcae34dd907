"""A data set's definition as a plan: what to ask each source for, and the SQL that joins and transforms the answers.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_LogicalTable.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.spice import data_prep
from local_aws.spice.filters import keep
from local_aws.spice.transforms import TRANSFORMS, UNREADABLE, Relation, invalid, joined, renamed
from local_aws.spice.types import Column, converted, quoted


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
    parent: str | None = None
    """The ARN of the data set whose rows they are, which no statement asks an engine for."""


@dataclass(frozen=True)
class Plan:
    """:param select: SQL over the sources' relations; beside the columns it has the mark of unreadable rows."""

    sources: tuple[Source, ...]
    select: str
    columns: tuple[Column, ...]


Parents = Mapping[str, tuple[Column, ...]]
"""The columns of the data sets that others can be made of, by ARN."""


def plan(definition: Mapping[str, Any], parents: Parents | None = None) -> Plan:
    """The plan of a `CreateDataSet` or `UpdateDataSet` request.

    :raises AwsError: `InvalidParameterValueException` for references that lead nowhere.
    :raises Unsupported: for physical tables and transforms that are not emulated.
    """
    physical = definition["PhysicalTableMap"]
    sources = tuple(_source(key, table, number) for number, (key, table) in enumerate(physical.items()))
    logical, prep = definition.get("LogicalTableMap") or {}, definition.get("DataPrepConfiguration") or {}
    if prep and logical:
        raise invalid("a data set has a LogicalTableMap or a DataPrepConfiguration, not both")
    sources += tuple(_parents(logical, prep, parents or {}, len(sources)))
    relations = {each.parent or each.physical_id: _read(each) for each in sources}
    if prep:
        relation = data_prep.prepared(prep, relations)
        return Plan(sources, relation.sql, data_prep.described(relation, definition).columns)
    if not logical:
        if len(relations) != 1:
            raise invalid(f"{len(relations)} physical tables need a LogicalTableMap that joins them")
        [relation] = relations.values()
        return Plan(sources, relation.sql, relation.columns)
    relation = _Logical(logical, relations).root()
    return Plan(sources, relation.sql, relation.columns)


def _parents(logical: Mapping[str, Any], prep: Mapping[str, Any], parents: Parents, number: int) -> Iterator[Source]:
    """The data sets that this one is made of, each once, with the columns that it takes of them."""
    wanted: dict[str, Sequence[str]] = {}
    for table in logical.values():
        if table["Source"].get("DataSetArn"):
            wanted[table["Source"]["DataSetArn"]] = ()
    for table in (prep.get("SourceTableMap") or {}).values():
        if table.get("DataSet"):
            wanted[table["DataSet"]["DataSetArn"]] = [each["Name"] for each in table["DataSet"]["InputColumns"]]
    for arn, names in wanted.items():
        if arn not in parents:
            raise AwsError("ResourceNotFoundException", f"There is no data set {arn}", 404, ResourceType="DATA_SET")
        columns = {each.name: each for each in parents[arn]}
        unknown = [name for name in names if name not in columns]
        if unknown:
            raise invalid(f"the data set {arn} has no column {', '.join(unknown)}")
        taken = tuple(columns[name] for name in names or columns)
        yield Source(arn, f"source_{number}", "", "", taken, parent=arn)
        number += 1


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
            if kind not in {*TRANSFORMS, "FilterOperation"}:
                raise Unsupported(f"the data transform {kind}")
            relation = keep(relation, [shape]) if kind == "FilterOperation" else TRANSFORMS[kind](relation, shape)
        self._open.pop()
        return relation

    def _start(self, source: Mapping[str, Any]) -> Relation:
        if "JoinInstruction" in source:
            return self._join(source["JoinInstruction"])
        if "PhysicalTableId" in source:
            if source["PhysicalTableId"] not in self._physical:
                raise invalid(f"there is no physical table {source['PhysicalTableId']!r}")
            return self._physical[source["PhysicalTableId"]]
        if "DataSetArn" in source:
            return self._physical[source["DataSetArn"]]
        raise invalid("the source of a logical table is a join, a physical table or a data set")

    def _join(self, join: Mapping[str, Any]) -> Relation:
        left, right = self._table(join["LeftOperand"]), self._table(join["RightOperand"])
        names = renamed(left, right, self._tables[join["RightOperand"]]["Alias"])
        return joined(left, right, join["Type"], join["OnClause"], names)
