"""A visual's question to SPICE: dimensions, measures, order, limits with the rest as one item. One statement.

What lies past a limit is aggregated from its rows again, not summed from aggregates: the distinct count or the ratio of
"other" is that of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.fields import Field, Wells, aggregated
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.windows import MARK, resolved
from local_aws.spice.types import DATETIME

MAX_ROWS = 10_000
"""Groups that a chart gets at most."""


@dataclass(frozen=True)
class Limit:
    """How many items of a dimension are shown, and whether the rest is shown as one."""

    items: int
    other: bool = True

    @classmethod
    def of(cls, shape: Shape | None, default: int, other: bool = True) -> Limit:
        """From an `ItemsLimitConfiguration`."""
        shape = shape or {}
        others = shape.get("OtherCategories")
        return cls(int(shape.get("ItemsLimit") or default), others != "EXCLUDE" if others else other)


@dataclass(frozen=True)
class Order:
    """One sort key: SQL and direction. `dimension` is the position of the dimension that it is, if it is one.

    :param of: SQL of an aggregate over all rows of the dimension's item, by which the items are sorted.
    """

    text: str
    direction: str
    dimension: int | None = None
    of: str | None = None


@dataclass(frozen=True)
class Grouped:
    """Measures by dimensions.

    :param table: SQL of the table.
    :param orders: for each dimension, how its items are sorted; none means dates upward, else first measure downward.
    :param limits: for each dimension, how many of its items.
    """

    table: str
    where: str
    dimensions: Sequence[Field]
    measures: Sequence[Field]
    orders: Sequence[Sequence[Order]] = ()
    limits: Sequence[Limit | None] = field(default=())

    def sql(self) -> str:
        """Columns: each dimension, each measure, for each limited dimension whether the row is its rest and how many
        items there are in all."""
        if any(MARK in each.sql.text for each in self.measures):
            return self._over_groups()
        rows = ["*", *(f"{each.sql.text} AS {_name(number)}" for number, each in enumerate(self.dimensions))]
        parts = [f"_rows AS (SELECT {', '.join(rows)} FROM {self.table} WHERE {self.where})"]
        joins, kept, selected, rest, order = "", [], [], [], []
        for number, _ in enumerate(self.dimensions):
            limit = self.limits[number] if number < len(self.limits) else None
            given = self.orders[number] if number < len(self.orders) else ()
            if limit is None and given and given[0].of is not None:
                by = f"_by{number}"
                ranked = f"SELECT {_name(number)} AS _item, {given[0].of} AS _value FROM _rows GROUP BY 1"
                parts.append(f"{by} AS MATERIALIZED ({ranked})")
                joins += f" JOIN {by} ON {by}._item IS NOT DISTINCT FROM _rows.{_name(number)}"
                selected.append(_name(number))
                order.extend([f"any_value({by}._value) {given[0].direction} NULLS LAST", _name(number)])
                continue
            if limit is None:
                selected.append(_name(number))
                order.extend([*self._order(number), _name(number)])  # ties in a fixed order
                continue
            rank = f"_rank{number}"
            sort = ", ".join([*self._order(number), _name(number)])
            ranked = f"SELECT {_name(number)} AS _item, row_number() OVER (ORDER BY {sort}) AS _n FROM _rows GROUP BY 1"
            parts.append(f"{rank} AS MATERIALIZED ({ranked})")
            joins += f" JOIN {rank} ON {rank}._item IS NOT DISTINCT FROM _rows.{_name(number)}"
            past = f"{rank}._n > {limit.items}"
            if not limit.other:
                kept.append(f"NOT ({past})")
            selected.append(f"CASE WHEN {past} THEN NULL ELSE {_name(number)} END")
            rest.extend([f"bool_or({past})", f"(SELECT count(*) FROM {rank})"])
            order.extend([f"bool_or({past})", f"min({rank}._n)"])
        groups = [f"{text}, {past}" if (past := self._past(number)) else text for number, text in enumerate(selected)]
        columns = [*selected, *(each.sql.text for each in self.measures), *rest]
        condition = f" WHERE {' AND '.join(kept)}" if kept else ""
        grouping = f" GROUP BY {', '.join(groups)}" if groups else ""
        ordering = f" ORDER BY {', '.join(order)}" if order else ""
        statement = f"SELECT {', '.join(columns)} FROM _rows{joins}{condition}{grouping}{ordering} LIMIT {MAX_ROWS}"
        return f"WITH {', '.join(parts)} {statement}"

    def _over_groups(self) -> str:
        """With table calculations: they are of the visual's groups, so no group is left out or put with others."""
        rows = ["*", *(f"{each.sql.text} AS {_name(number)}" for number, each in enumerate(self.dimensions))]
        names = [_name(number) for number, _ in enumerate(self.dimensions)]
        limited = [number for number, _ in enumerate(names) if number < len(self.limits) and self.limits[number]]
        columns = [*names, *(each.sql.text for each in self.measures), *(["false", "0"] * len(limited))]
        order = [text for number, name in enumerate(names) for text in (*self._order(number), name)]
        grouping = f" GROUP BY {', '.join(names)} ORDER BY {', '.join(order)}" if names else ""
        inner = f"SELECT {', '.join(rows)} FROM {self.table} WHERE {self.where}"
        statement = f"WITH _rows AS ({inner}) SELECT {', '.join(columns)} FROM _rows{grouping} LIMIT {MAX_ROWS}"
        return resolved(statement, {each.column: _name(number) for number, each in enumerate(self.dimensions)})

    def _past(self, number: int) -> str:
        limit = self.limits[number] if number < len(self.limits) else None
        return "" if limit is None else f"_rank{number}._n > {limit.items}"

    def _order(self, number: int) -> list[str]:
        # the key of one dimension cannot be another one, of which there is more than one value an item
        given = [
            each
            for each in (self.orders[number] if number < len(self.orders) else ())
            if each.dimension in {None, number}
        ]
        if not given:
            if self.dimensions[number].sql.type == DATETIME or not self.measures:
                return [f"{_name(number)} ASC NULLS LAST"]
            return [f"{self.measures[0].sql.text} DESC NULLS LAST"]
        texts = (each.text if each.dimension is None else _name(each.dimension) for each in given)
        return [f"{text} {each.direction} NULLS LAST" for text, each in zip(texts, given, strict=True)]


def _name(number: int) -> str:
    return f'"_dimension {number}"'


def orders(sort: Sequence[Shape] | None, fields: Sequence[Field], wells: Wells) -> list[Order]:
    """Sort keys from a list of `FieldSortOptions`; keys on fields that the visual has not are left out.

    :param fields: the dimensions first, then the measures.
    """
    found: list[Order] = []
    dimensions = [each for each in fields if each.role != "measure"]
    for each in sort or ():
        if each.get("FieldSort"):
            wanted = next((one for one in fields if one.id == each["FieldSort"]["FieldId"]), None)
            if wanted is not None:
                position = dimensions.index(wanted) if wanted in dimensions else None
                found.append(Order(wanted.sql.text, each["FieldSort"]["Direction"], position))
        elif each.get("ColumnSort"):
            by = each["ColumnSort"]
            name = by["SortBy"]["ColumnName"]
            column = wells.scope.column(name)
            function = by.get("AggregationFunction")
            rows = any(one.role == "value" for one in fields)  # an unaggregated table sorts its rows
            with suppress(ExpressionError):  # a key that cannot be, such as the sum of a text, sorts nothing
                value = column if rows or column.level == "group" else aggregated(column, function, name, "MIN")
                found.append(Order(value.text, by["Direction"]))
    return found
