"""Format strings of TO_CHAR, TO_DATE and TO_TIMESTAMP.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import fill

# token → (how it is printed from the timestamp _1, the strptime code that reads it); longer tokens first
_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("HH24", "strftime(_1, '%H')", "%H"),
    ("HH12", "strftime(_1, '%I')", "%I"),
    ("IYYY", "CAST(isoyear(_1) AS VARCHAR)", ""),
    ("YYYY", "strftime(_1, '%Y')", "%Y"),
    ("Month", "rpad(monthname(_1), 9, ' ')", "%B"),
    ("month", "rpad(lower(monthname(_1)), 9, ' ')", "%B"),
    ("MONTH", "rpad(upper(monthname(_1)), 9, ' ')", "%B"),
    ("Mon", "strftime(_1, '%b')", "%b"),
    ("mon", "lower(strftime(_1, '%b'))", "%b"),
    ("MON", "upper(strftime(_1, '%b'))", "%b"),
    ("Day", "rpad(dayname(_1), 9, ' ')", "%A"),
    ("day", "rpad(lower(dayname(_1)), 9, ' ')", "%A"),
    ("DAY", "rpad(upper(dayname(_1)), 9, ' ')", "%A"),
    ("DDD", "strftime(_1, '%j')", "%j"),
    ("Dy", "strftime(_1, '%a')", "%a"),
    ("dy", "lower(strftime(_1, '%a'))", "%a"),
    ("DY", "upper(strftime(_1, '%a'))", "%a"),
    ("YY", "strftime(_1, '%y')", "%y"),
    ("MM", "strftime(_1, '%m')", "%m"),
    ("MI", "strftime(_1, '%M')", "%M"),
    ("MS", "strftime(_1, '%g')", "%g"),
    ("DD", "strftime(_1, '%d')", "%d"),
    ("HH", "strftime(_1, '%I')", "%I"),
    ("SS", "strftime(_1, '%S')", "%S"),
    ("US", "strftime(_1, '%f')", "%f"),
    ("AM", "strftime(_1, '%p')", "%p"),
    ("PM", "strftime(_1, '%p')", "%p"),
    ("am", "lower(strftime(_1, '%p'))", "%p"),
    ("pm", "lower(strftime(_1, '%p'))", "%p"),
    ("IW", "strftime(_1, '%V')", ""),
    ("WW", "lpad(CAST((dayofyear(_1) - 1) // 7 + 1 AS VARCHAR), 2, '0')", ""),
    ("CC", "lpad(CAST(century(_1) AS VARCHAR), 2, '0')", ""),
    ("TZ", "'UTC'", ""),
    ("D", "CAST(dayofweek(_1) + 1 AS VARCHAR)", ""),
    ("Q", "CAST(quarter(_1) AS VARCHAR)", ""),
    ("J", "CAST(CAST(julian(CAST(_1 AS DATE)) AS BIGINT) AS VARCHAR)", ""),
)
_BY_CASE = {
    "Month",
    "month",
    "MONTH",
    "Mon",
    "mon",
    "MON",
    "Day",
    "day",
    "DAY",
    "Dy",
    "dy",
    "DY",
    "AM",
    "PM",
    "am",
    "pm",
}


def _split(text: str) -> Iterator[tuple[str, tuple[str, str, str] | None]]:
    """(literal text, None) and ("", token) in order; quoted text is literal; FM takes blanks off the next token."""
    position, trimmed = 0, False
    while position < len(text):
        rest = text[position:]
        if rest[0] == '"' and '"' in rest[1:]:
            literal = rest[1:].split('"', 1)[0]
            yield literal, None
            position += len(literal) + 2
            continue
        if rest[:2].upper() == "FM":
            position, trimmed = position + 2, True
            continue
        token = next((each for each in _TOKENS if _begins(rest, each[0])), None)
        if token is None:
            if rest[0].isalpha() and rest[0].upper() not in "T":
                raise errors.unsupported(f"the format {text}")
            yield rest[0], None
            position += 1
            continue
        printed_by = f"ltrim(trim({token[1]}), '0')" if trimmed and "rpad" not in token[1] else f"trim({token[1]})"
        yield "", (token[0], printed_by if trimmed else token[1], token[2])
        position, trimmed = position + len(token[0]), False


def _begins(rest: str, token: str) -> bool:
    return rest.startswith(token) if token in _BY_CASE else rest[: len(token)].upper() == token


def printed(instant: exp.Expr, text: str) -> exp.Expr:
    """The expression that prints a timestamp by a format."""
    pieces = [
        exp.Literal.string(literal) if token is None else fill(token[1], [instant]) for literal, token in _split(text)
    ]
    return exp.Anonymous(this="concat", expressions=pieces or [exp.Literal.string("")])


def parsed(text: str) -> str:
    """The strptime format for a format. :raises SqlError: for what can be printed but not read."""
    found = []
    for literal, token in _split(text):
        if token is not None and not token[2]:
            raise errors.unsupported(f"reading dates by the format {text}")
        found.append(literal.replace("%", "%%") if token is None else token[2])
    return "".join(found)
