"""Functions over periods: `periodOverPeriod…` and `periodToDate…OverTime` of a visual's dates, `periodToDate…` of rows.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/table-calculation-functions.html and the page of each,
such as periodOverPeriodDifference-function.html (without a period it is the visual's granularity; the offset is 1).
Deviates: without a period the offset counts the visual's dates, so that a date without rows is skipped.
"""

from __future__ import annotations

from local_aws.spice.expressions.dates import truncated, unit_of
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Sql
from local_aws.spice.expressions.windows import MARK, OTHERS, Windows
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER

_OVER_TIME = {"sum": "sum", "avg": "avg", "min": "min", "max": "max", "count": "count"}
_COMPARED = {
    "periodoverperioddifference": ("({now} - {before})", None),
    "periodoverperiodpercentdifference": ("(({now} - {before}) * 1.0 / nullif(abs({before}), 0))", DECIMAL),
    "periodoverperiodlastvalue": ("{before}", None),
}
_TO_DATE = {f"periodtodate{name}": name for name in _OVER_TIME}
_RUNNING = {f"periodtodate{name}overtime": name for name in _OVER_TIME}
PERIODIC = frozenset({*_COMPARED, *_TO_DATE, *_RUNNING})


def periodic(name: str, arguments: tuple[Sql, ...], date: str, windows: Windows) -> Sql:
    """:param arguments: measure, date, then period, offset or end date.

    :param date: the date field's name.
    :raises ExpressionError: for a field that is no date, or a measure of the wrong level.
    """
    key, measure = name.lower(), arguments[0]
    if arguments[1].type != DATETIME:
        raise ExpressionError(f"{name} takes a date field; {date!r} is a {arguments[1].type}")
    unit = unit_of(arguments[2]) if len(arguments) > 2 else None
    if key in _TO_DATE:
        return _to_date(_TO_DATE[key], arguments, unit or "year")
    if measure.level == "row":
        raise ExpressionError(f"{name} takes an aggregated measure, as in {name}(sum(…), …)")
    place, others = f"⟦{date}⟧", f"⟦{OTHERS}{date}⟧"
    if key in _RUNNING:
        begun = truncated(unit or "year", place)
        window = f"OVER (PARTITION BY {others}, {begun} ORDER BY {place} ROWS UNBOUNDED PRECEDING)"
        kind = {"avg": DECIMAL, "count": INTEGER}.get(_RUNNING[key], measure.type)
        return Sql(f"{MARK}({_RUNNING[key]}({measure.text}) {window})", kind, "group")
    offset = arguments[3].text if len(arguments) > 3 else "1"
    if not offset.isdigit():
        raise ExpressionError(f"{name} takes a whole number as its offset, not {offset}")
    window = f"(PARTITION BY {others} ORDER BY {place}"
    if unit is None:
        before = f"lag({measure.text}, {offset}) OVER {window})"
    else:
        step = "INTERVAL 3 MONTH" if unit == "quarter" else f"INTERVAL 1 {unit.upper()}"
        at = f"{offset} * {step} PRECEDING"
        before = f"first_value({measure.text}) OVER {window} RANGE BETWEEN {at} AND {at})"
    template, kind_or_none = _COMPARED[key]
    text = template.format(now=measure.text, before=before)
    return Sql(f"{MARK}{text}", kind_or_none or measure.type, "group")


def _to_date(aggregate: str, arguments: tuple[Sql, ...], unit: str) -> Sql:
    """From the beginning of the period that the end date lies in, to the end date."""
    measure, date = arguments[0], arguments[1].text
    if len(arguments) < 4:
        raise ExpressionError("periodToDate functions without an end date are not supported by local_aws")
    end = arguments[3].text
    where = f"{date} >= {truncated(unit, end)} AND {date} <= {end}"
    kind = {"avg": DECIMAL, "count": INTEGER}.get(aggregate, measure.type)
    return Sql(f"{aggregate}({measure.text}) FILTER (WHERE {where})", kind, "group")
