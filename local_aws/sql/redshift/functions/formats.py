"""Format strings of TO_CHAR, TO_DATE and TO_TIMESTAMP.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import fill
from local_aws.sql.redshift.functions.date_formats import READABLE

_ROMAN = "['I   ', 'II  ', 'III ', 'IV  ', 'V   ', 'VI  ', 'VII ', 'VIII', 'IX  ', 'X   ', 'XI  ', 'XII ']"
_ORDINAL = (
    "CASE WHEN {0} % 100 IN (11, 12, 13) THEN 'th' WHEN {0} % 10 = 1 THEN 'st' WHEN {0} % 10 = 2 THEN 'nd'"
    " WHEN {0} % 10 = 3 THEN 'rd' ELSE 'th' END"
)
# token → (how it is printed from the timestamp _1, the strptime code that reads it); longer tokens first
_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("HH24", "strftime(_1, '%H')", "%H"),
    ("HH12", "strftime(_1, '%I')", "%I"),
    ("IYYY", "CAST(isoyear(_1) AS VARCHAR)", ""),
    ("Y,YYY", "printf('%d,%03d', year(_1) // 1000, year(_1) % 1000)", ""),
    ("YYYY", "strftime(_1, '%Y')", "%Y"),
    ("YYY", "right(strftime(_1, '%Y'), 3)", ""),
    ("IYY", "right(CAST(isoyear(_1) AS VARCHAR), 3)", ""),
    ("SSSS", "CAST(CAST(epoch(_1 - date_trunc('day', _1)) AS BIGINT) AS VARCHAR)", ""),
    ("A.M.", "CASE WHEN hour(_1) < 12 THEN 'A.M.' ELSE 'P.M.' END", ""),
    ("P.M.", "CASE WHEN hour(_1) < 12 THEN 'A.M.' ELSE 'P.M.' END", ""),
    ("a.m.", "CASE WHEN hour(_1) < 12 THEN 'a.m.' ELSE 'p.m.' END", ""),
    ("p.m.", "CASE WHEN hour(_1) < 12 THEN 'a.m.' ELSE 'p.m.' END", ""),
    ("A.D.", "'A.D.'", ""),
    ("B.C.", "'A.D.'", ""),
    ("a.d.", "'a.d.'", ""),
    ("b.c.", "'a.d.'", ""),
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
    ("IY", "right(CAST(isoyear(_1) AS VARCHAR), 2)", ""),
    ("ID", "CAST(isodow(_1) AS VARCHAR)", ""),
    ("RM", f"{_ROMAN}[month(_1)]", ""),
    ("rm", f"lower({_ROMAN}[month(_1)])", ""),
    ("AD", "'AD'", ""),
    ("BC", "'AD'", ""),
    ("ad", "'ad'", ""),
    ("bc", "'ad'", ""),
    ("IW", "strftime(_1, '%V')", ""),
    ("WW", "lpad(CAST((dayofyear(_1) - 1) // 7 + 1 AS VARCHAR), 2, '0')", ""),
    ("CC", "lpad(CAST(century(_1) AS VARCHAR), 2, '0')", ""),
    ("TZ", "'UTC'", ""),
    ("tz", "'utc'", ""),
    ("W", "CAST((day(_1) - 1) // 7 + 1 AS VARCHAR)", ""),
    ("Y", "right(strftime(_1, '%Y'), 1)", ""),
    ("I", "right(CAST(isoyear(_1) AS VARCHAR), 1)", ""),
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
    "A.M.",
    "P.M.",
    "a.m.",
    "p.m.",
    "A.D.",
    "B.C.",
    "a.d.",
    "b.c.",
    "AD",
    "BC",
    "ad",
    "bc",
    "RM",
    "rm",
    "TZ",
    "tz",
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
        position += len(token[0])
        ordinal = text[position : position + 2]
        suffix = ordinal if ordinal.upper() == "TH" else ""
        position += len(suffix)
        yield "", (token[0], _shown(token, trimmed, suffix), "" if suffix else token[2])
        trimmed = False


def _shown(token: tuple[str, str, str], trimmed: bool, suffix: str) -> str:
    """How a token is printed: FM takes zeros and blanks off, TH puts the ending of the ordinal number on."""
    body = token[1]
    if trimmed:
        bare = f"trim({body})"
        digits = "'%" in body or "lpad" in body
        words = token[0].upper() in {"MON", "DY", "AM", "PM", "MONTH", "DAY"}
        zeros = digits and not words
        body = f"(CASE WHEN ltrim({bare}, '0') = '' THEN '0' ELSE ltrim({bare}, '0') END)" if zeros else bare
    if not suffix:
        return body
    ending = _ORDINAL.format(f"CAST({token[1]} AS BIGINT)")
    return f"({body} || {f'upper({ending})' if suffix.isupper() else ending})"


def _begins(rest: str, token: str) -> bool:
    return rest.startswith(token) if token in _BY_CASE else rest[: len(token)].upper() == token


def printed(instant: exp.Expr, text: str) -> exp.Expr:
    """The expression that prints a timestamp by a format."""
    pieces = [
        exp.Literal.string(literal) if token is None else fill(token[1], [instant]) for literal, token in _split(text)
    ]
    return exp.Anonymous(this="concat", expressions=pieces or [exp.Literal.string("")])


def parsed(text: str) -> str | None:
    """The strptime format for a format; None where only `date_formats` reads it."""
    found = []
    for literal, token in _split(text):
        if token is not None and not token[2]:
            return None
        found.append(literal.replace("%", "%%") if token is None else token[2])
    return "".join(found)


def check(text: str) -> None:
    """:raises SqlError: for what can be printed but not read."""
    for _, token in _split(text):
        if token is not None and not token[2] and token[0].upper() not in READABLE:
            raise errors.unsupported(f"reading dates by the format {text}")
