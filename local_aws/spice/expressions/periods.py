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
_DATED = {
    **{name: f"{name}({{0}})" for name in (*_OVER_TIME, "median")},
    "stdev": "stddev_samp({0})",
    "stdevp": "stddev_pop({0})",
    "var": "var_samp({0})",
    "varp": "var_pop({0})",
    "percentile": "quantile_disc({0}, {1} / 100.0)",
    "percentilecont": "quantile_cont({0}, {1} / 100.0)",
}
_TO_DATE = {f"periodtodate{name}": template for name, template in _DATED.items()}
_RUNNING = {f"periodtodate{name}overtime": name for name in _OVER_TIME}
PERIODIC = frozenset({*_COMPARED, *_TO_DATE, *_RUNNING})


def periodic(name: str, arguments: tuple[Sql, ...], date: str, windows: Windows, now: str | None = None) -> Sql:
    """:param arguments: measure, date, then period, offset or end date.

    :param date: the date field's name; `now` SQL of the present.
    :raises ExpressionError: for a field that is no date, or a measure of the wrong level.
    """
    key, measure = name.lower(), arguments[0]
    share = "50"
    if key.startswith("periodtodatepercentile") and len(arguments) > 2:
        share, arguments = arguments[1].text, (measure, *arguments[2:])
    if arguments[1].type != DATETIME:
        raise ExpressionError(f"{name} takes a date field; {date!r} is a {arguments[1].type}")
    unit = unit_of(arguments[2]) if len(arguments) > 2 else None
    if key in _TO_DATE:
        return _to_date(_TO_DATE[key], share, arguments, unit or "year", now)
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


def _to_date(template: str, share: str, arguments: tuple[Sql, ...], unit: str, now: str | None) -> Sql:
    """From the beginning of the period that the end date lies in, to the end date; without one, to now."""
    measure, date = arguments[0], arguments[1].text
    end = arguments[3].text if len(arguments) > 3 else now
    if end is None:
        raise ExpressionError("periodToDate functions without an end date need a clock")
    where = f"{date} >= {truncated(unit, end)} AND {date} <= {end}"
    kind = INTEGER if template.startswith("count") else measure.type
    kind = kind if template.partition("(")[0] in {"sum", "min", "max", "count", "quantile_disc"} else DECIMAL
    return Sql(f"{template.format(measure.text, share)} FILTER (WHERE {where})", kind, "group")
