"""Table calculations and level-aware functions: `sumOver`, `runningSum`, `rank`, `sum({x}, [{y}])` and their kin.

Over aggregates (POST_AGG_FILTER, the default) they are SQL windows over the visual's groups. Over rows (PRE_AGG after
the filters, PRE_FILTER before them) they are columns that are put to the table before it is grouped.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/level-aware-calculations.html and
https://docs.aws.amazon.com/quicksight/latest/user/table-calculation-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Sql
from local_aws.spice.types import DECIMAL, INTEGER, quoted

PRE_FILTER, PRE_AGG, POST = "PRE_FILTER", "PRE_AGG", "POST_AGG_FILTER"
LEVELS = {PRE_FILTER, PRE_AGG, POST}

MARK = "/*over*/"
"""Stands in the SQL of every window over groups."""
OTHERS = "*"
"""Before a field's name in a place: all dimensions of the visual but this one."""
_PLACE = re.compile("⟦([^⟧]*)⟧")


@dataclass(frozen=True)
class Kind:
    """One function.

    :param template: SQL of the window function, `{0}` the measure, `{n}` the number argument.
    :param sorted: whether the second argument is a sort order (and the third the partition).
    :param frame: SQL of the frame.
    :param type: of the result; None is the measure's.
    :param rows: whether it can be taken over rows (PRE_AGG, PRE_FILTER).
    :param reach: whether the frame is so many rows before and after, as the call says.
    """

    template: str
    sorted: bool = False
    frame: str = ""
    type: str | None = None
    number: bool = False
    rows: bool = False
    reach: bool = False

    def reaching(self, name: str, numbers: Sequence[str]) -> Kind:
        """With the frame of `windowSum(…, [sort], before, after)`."""
        if len(numbers) != 2 or not all(each.isdigit() for each in numbers):
            raise ExpressionError(f"{name} takes the rows before and after as whole numbers")
        return replace(self, frame=f"ROWS BETWEEN {numbers[0]} PRECEDING AND {numbers[1]} FOLLOWING")


_RUNNING = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
KINDS: dict[str, Kind] = {
    "sumover": Kind("sum({0})", rows=True),
    "avgover": Kind("avg({0})", type=DECIMAL, rows=True),
    "minover": Kind("min({0})", rows=True),
    "maxover": Kind("max({0})", rows=True),
    "countover": Kind("count({0})", type=INTEGER, rows=True),
    "distinctcountover": Kind("count(DISTINCT {0})", type=INTEGER, rows=True),
    "stdevover": Kind("stddev_samp({0})", type=DECIMAL, rows=True),
    "stdevpover": Kind("stddev_pop({0})", type=DECIMAL, rows=True),
    "varover": Kind("var_samp({0})", type=DECIMAL, rows=True),
    "varpover": Kind("var_pop({0})", type=DECIMAL, rows=True),
    "percentileover": Kind("quantile_disc({0}, {n} / 100.0)", number=True, rows=True),
    "percentilecontover": Kind("quantile_cont({0}, {n} / 100.0)", type=DECIMAL, number=True, rows=True),
    "percentilediscover": Kind("quantile_disc({0}, {n} / 100.0)", number=True, rows=True),
    "windowsum": Kind("sum({0})", sorted=True, reach=True),
    "windowavg": Kind("avg({0})", sorted=True, reach=True, type=DECIMAL),
    "windowmin": Kind("min({0})", sorted=True, reach=True),
    "windowmax": Kind("max({0})", sorted=True, reach=True),
    "windowcount": Kind("count({0})", sorted=True, reach=True, type=INTEGER),
    "percentoftotal": Kind("{0} * 1.0 / nullif(sum({0})", type=DECIMAL),
    "runningsum": Kind("sum({0})", sorted=True, frame=_RUNNING),
    "runningavg": Kind("avg({0})", sorted=True, frame=_RUNNING, type=DECIMAL),
    "runningcount": Kind("count({0})", sorted=True, frame=_RUNNING, type=INTEGER),
    "runningmin": Kind("min({0})", sorted=True, frame=_RUNNING),
    "runningmax": Kind("max({0})", sorted=True, frame=_RUNNING),
    "lag": Kind("lag({0}, {n})", sorted=True, number=True),
    "lead": Kind("lead({0}, {n})", sorted=True, number=True),
    "difference": Kind("{0} - lead({0}, {n})", sorted=True, number=True),
    "percentdifference": Kind("{0} * 1.0 / nullif(lead({0}, {n})", sorted=True, number=True, type=DECIMAL),
    "firstvalue": Kind("first_value({0})", sorted=True, frame=_WHOLE),
    "lastvalue": Kind("last_value({0})", sorted=True, frame=_WHOLE),
    "rank": Kind("rank()", type=INTEGER, rows=True),
    "denserank": Kind("dense_rank()", type=INTEGER, rows=True),
    "percentilerank": Kind("percent_rank() * 100", type=DECIMAL, rows=True),
}


@dataclass(frozen=True)
class Window:
    """A column of the table that is computed over its rows."""

    name: str
    sql: str
    before_filters: bool


@dataclass
class Windows:
    """The columns over rows that the expressions of one visual need, and the levels of its level-aware aggregates."""

    columns: list[Window] = field(default_factory=list)
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, sql: str, level: str) -> str:
        """The SQL of a new column's name; the same one for the same SQL."""
        before = level == PRE_FILTER
        for each in self.columns:
            if (each.sql, each.before_filters) == (sql, before):
                return quoted(each.name)
        made = Window(f"_over {len(self.columns)}", sql, before)
        self.columns.append(made)
        return quoted(made.name)

    def around(self, statement: str, table: str, where: str) -> str:
        """The statement over the table with these columns in it."""
        if not self.columns:
            return statement
        late = [each for each in self.columns if not each.before_filters]
        if any(quoted(each.name) in where for each in late):
            raise ExpressionError("a filter on a PRE_AGG calculation is not supported")
        source = table
        for each in self.columns:
            if each.before_filters:
                source = f"(SELECT *, {each.sql} AS {quoted(each.name)} FROM {source})"
        source = f"(SELECT * FROM {source} WHERE {where})"
        for each in late:
            source = f"(SELECT *, {each.sql} AS {quoted(each.name)} FROM {source})"
        return statement.replace(f"FROM {table} WHERE {where}", f"FROM {source} WHERE true")

    def once(self, value: Sql, aggregate: str) -> Sql | None:
        """An aggregate of a level-aware aggregate: each of its groups counts once, however many rows it has."""
        keys = self.levels.get(value.text.strip("()"))
        if keys is None:
            return None
        parts = ", ".join([*(f"k{at} := {key}" for at, key in enumerate(keys)), f"v := {value.text}"])
        pairs = f"list(DISTINCT struct_pack({parts}))"
        text = f"list_aggregate(list_transform({pairs}, lambda pair: pair.v), '{aggregate}')"
        return Sql(text, DECIMAL if aggregate in {"avg", "median"} else value.type, "group")


def over(
    name: str,
    kind: Kind,
    measure: Sql | None,
    order: Sequence[tuple[Sql, str, str]],
    partition: Sequence[tuple[str, Sql]],
    number: str,
    level: str,
    windows: Windows,
) -> Sql:
    """The window.

    :param measure: what is aggregated; None for a rank.
    :param order: (value, direction, field name or "") of each sort key.
    :param partition: (field name, SQL) of each field.
    """
    by_rows = level != POST
    inside = measure or (order[0][0] if order else None)
    if by_rows and not kind.rows:
        raise ExpressionError(f"{name} is computed over aggregates only, not {level}")
    if inside is not None and by_rows and inside.level == "group":
        raise ExpressionError(f"{name} with {level} takes unaggregated values")
    if inside is not None and not by_rows and inside.level == "row":
        raise ExpressionError(f"{name} takes an aggregated measure, as in {name}(sum(…), …)")

    def placed(field_name: str, sql: Sql) -> str:
        return sql.text if by_rows or not field_name else f"⟦{field_name}⟧"

    keys = ", ".join(placed(each, sql) for each, sql in partition)
    sorts = ", ".join(f"{placed(each, sql)} {way} NULLS LAST" for sql, way, each in order)
    parts = [f"PARTITION BY {keys}" if keys else "", f"ORDER BY {sorts}" if sorts else "", kind.frame]
    window = f"OVER ({' '.join(each for each in parts if each)})"
    text = _windowed(kind, measure.text if measure else "", number, window)
    result = kind.type or (measure.type if measure else INTEGER)
    if by_rows:
        return Sql(windows.add(text, level), result, "row")
    return Sql(f"{MARK}{text}", result, "group")


def _windowed(kind: Kind, measure: str, number: str, window: str) -> str:
    text = kind.template.format(measure, n=number)
    if kind.template.endswith("* 100"):
        return f"({text.removesuffix(' * 100')} {window} * 100)"
    if "nullif(" in kind.template:
        less = " - 1" if "lead(" in kind.template else ""
        return f"({text} {window}, 0){less})"
    return f"({text} {window})"


def resolved(statement: str, dimensions: Mapping[str, str]) -> str:
    """The statement with its partition and sort fields set in.

    :param dimensions: column → SQL of the visual's dimensions.
    :raises ExpressionError: for a field that the visual does not show.
    """

    def one(found: re.Match[str]) -> str:
        if found[1].startswith(OTHERS):
            others = [sql for name, sql in dimensions.items() if name != found[1].removeprefix(OTHERS)]
            return ", ".join(others) or "NULL"
        if found[1] not in dimensions:
            raise ExpressionError(f"a table calculation is by {found[1]!r}, which is not in the visual's field wells")
        return dimensions[found[1]]

    return _PLACE.sub(one, statement)
