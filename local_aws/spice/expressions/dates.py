"""The date functions, and periods: truncation to a granularity, with QuickSight's weeks.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/truncDate-function.html (period codes; the week starts on
Sunday) and the pages of the other functions; for granularities the enum `TimeGranularity` of the service model.
"""

from __future__ import annotations

from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Function, Sql
from local_aws.spice.types import DATETIME, INTEGER, STRING, literal

PERIODS = {
    "YYYY": "year",
    "Q": "quarter",
    "MM": "month",
    "WK": "week",
    "DD": "day",
    "HH": "hour",
    "MI": "minute",
    "SS": "second",
    "MS": "millisecond",
}
NAMED = {name.upper(): name for name in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")}
"""Periods by their names, which the period functions write without quotes."""
DEFAULT_FORMAT = "yyyy-MM-dd'T'HH:mm:ss:SSS"
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_FORMAT_PARTS = (
    ("yyyy", "%Y"),
    ("YYYY", "%Y"),
    ("yy", "%y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("kk", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("SSS", "%g"),
    ("EEEE", "%A"),
    ("EEE", "%a"),
    ("aa", "%p"),
    ("a", "%p"),
    ("M", "%-m"),
    ("d", "%-d"),
    ("D", "%-d"),
    ("H", "%-H"),
    ("h", "%-I"),
    ("m", "%-M"),
    ("s", "%-S"),
)


def truncated(unit: str, date: str, week_start: str = "SUNDAY") -> str:
    """SQL of `date` cut down to the `unit` (`day`, `week`, …) that it lies in."""
    if unit != "week":
        return f"date_trunc('{unit}', {date})"
    shift = -DAYS.index(week_start) % 7
    return f"(date_trunc('week', {date} + INTERVAL {shift} DAY) - INTERVAL {shift} DAY)"


def pattern(text: str) -> str:
    """A date format such as `yyyy-MM-dd` as `strftime` writes it. :raises ExpressionError: for an unknown letter."""
    out, position = "", 0
    while position < len(text):
        if text.startswith("''", position):
            out, position = out + "'", position + 2
            continue
        if text[position] == "'":
            end = text.find("'", position + 1)
            end = len(text) if end < 0 else end
            out, position = out + text[position + 1 : end].replace("%", "%%"), end + 1
            continue
        part = next((each for each in _FORMAT_PARTS if text.startswith(each[0], position)), None)
        if part is None and text[position].isalpha():
            raise ExpressionError(f"the date format {text!r} is not supported at {text[position:]!r}")
        out += part[1] if part else text[position].replace("%", "%%")
        position += len(part[0]) if part else 1
    return out


def unit_of(argument: Sql) -> str:
    """The unit of a period argument such as 'MM'. :raises ExpressionError: if it is no known literal."""
    code = argument.text.strip("'").upper()
    found = PERIODS.get(code) or NAMED.get(code)
    if argument.level != "constant" or found is None:
        raise ExpressionError(f"the period is one of {', '.join(PERIODS)}, not {argument.text}")
    return found


def _trunc(arguments: tuple[Sql, ...]) -> str:
    return truncated(unit_of(arguments[0]), arguments[1].text)


def _extract(arguments: tuple[Sql, ...]) -> str:
    unit, date = arguments[0].text.strip("'").upper(), arguments[1].text
    if unit == "WD":  # 1 is Sunday
        return f"(dayofweek({date}) + 1)"
    return f"CAST(date_part('{unit_of(arguments[0])}', {date}) AS BIGINT)"


def _difference(arguments: tuple[Sql, ...]) -> str:
    unit = unit_of(arguments[2]) if len(arguments) > 2 else "day"
    start, end = arguments[0].text, arguments[1].text
    if unit == "week":
        return f"(date_diff('day', {truncated('week', start)}, {truncated('week', end)}) // 7)"
    return f"date_diff('{unit}', {start}, {end})"


def _add(arguments: tuple[Sql, ...]) -> str:
    unit = unit_of(arguments[1])
    step = {"quarter": "INTERVAL 3 MONTH"}.get(unit, f"INTERVAL 1 {unit.upper()}")
    return f"({arguments[2].text} + {arguments[0].text} * {step})"


def _format(arguments: tuple[Sql, ...]) -> str:
    wanted = _written(arguments[1]) if len(arguments) > 1 else DEFAULT_FORMAT
    return f"strftime({arguments[0].text}, {literal(pattern(wanted))})"


def _parse(arguments: tuple[Sql, ...]) -> str:
    if len(arguments) == 1:
        return f"TRY_CAST({arguments[0].text} AS TIMESTAMP)"
    return f"try_strptime({arguments[0].text}, {literal(pattern(_written(arguments[1])))})"


def _written(argument: Sql) -> str:
    """The text of a format, which holds quotes of its own as in `yyyyMMdd'T'HHmmss`."""
    if argument.level != "constant" or not argument.text.startswith("'"):
        raise ExpressionError(f"a date format is a text, not {argument.text}")
    return argument.text[1:-1].replace("''", "'")


def _week_days(date: str) -> str:
    """The days of work from a Monday in 1970 up to the date, itself included."""
    number = f"(date_diff('day', DATE '1970-01-05', CAST({date} AS DATE)))"
    weeks = f"CAST(floor({number} / 7) AS BIGINT)"
    return f"({weeks} * 5 + least({number} - {weeks} * 7 + 1, 5))"


def _net_work_days(arguments: tuple[Sql, ...]) -> str:
    """The days of work from the first date to the second, both included; negative where the second is earlier."""
    start, end = arguments[0].text, arguments[1].text
    forward = f"{_week_days(end)} - {_week_days(f'({start} - INTERVAL 1 DAY)')}"
    back = f"{_week_days(f'({end} - INTERVAL 1 DAY)')} - {_week_days(start)}"
    return f"(CASE WHEN {start} <= {end} THEN {forward} ELSE {back} END)"


def _add_work_days(arguments: tuple[Sql, ...]) -> str:
    date, days = arguments[0].text, f"CAST({arguments[1].text} AS BIGINT)"
    today = f"isodow({date})"
    # from a weekend one starts at its Friday to go on, at its Monday to go back
    start = f"(CASE WHEN {today} < 6 THEN 0 WHEN {days} > 0 THEN 5 - {today} ELSE 8 - {today} END)"
    place = f"(CASE WHEN {today} < 6 THEN {today} - 1 WHEN {days} > 0 THEN 4 ELSE 0 END)"
    weeks = f"CAST(floor(({place} + {days}) / 5) AS BIGINT)"
    moved = f"{start} + {weeks} * 2 + {days}"
    return f"(CASE WHEN {days} = 0 THEN {date} ELSE {date} + ({moved}) * INTERVAL 1 DAY END)"


FUNCTIONS: dict[str, Function] = {
    "truncdate": Function(2, 2, _trunc, DATETIME),
    "extract": Function(2, 2, _extract, INTEGER),
    "datediff": Function(2, 3, _difference, INTEGER),
    "adddatetime": Function(3, 3, _add, DATETIME),
    "formatdate": Function(1, 2, _format, STRING),
    "parsedate": Function(1, 2, _parse, DATETIME),
    "addworkdays": Function(2, 2, _add_work_days, DATETIME),
    "networkdays": Function(2, 2, _net_work_days, INTEGER),
    "isworkday": Function(1, 1, lambda arguments: f"CAST(isodow({arguments[0].text}) < 6 AS BIGINT)", INTEGER),
    "epochdate": Function(
        1, 1, lambda arguments: f"make_timestamp(CAST({arguments[0].text} AS BIGINT) * 1000000)", DATETIME
    ),
}
