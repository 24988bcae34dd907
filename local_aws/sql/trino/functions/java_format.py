"""`format(format, args…)`: Java's Formatter over texts that say their type by their first letter.

`b` a boolean, `i` a whole number, `d` a decimal, `f` a double, `D` a date, `T` a timestamp, `Z` one with a zone, `t` a
time, `s` a text; None is NULL. Deviates: `%g`, `%a`, `%h`, `%c` of numbers are refused.
Evidence: https://trino.io/docs/current/functions/conversion.html#format and java.util.Formatter
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from local_aws.sql.trino.functions.rows import failure

_SPECIFIER = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])")
_TIMES = {"H": "%H", "I": "%I", "M": "%M", "S": "%S", "p": "%p", "B": "%B", "b": "%b", "h": "%b", "A": "%A", "a": "%a"}
_TIMES |= {"Y": "%Y", "y": "%y", "j": "%j", "m": "%m", "d": "%d", "R": "%H:%M", "T": "%H:%M:%S", "F": "%Y-%m-%d"}
_TIMES |= {"D": "%m/%d/%y", "r": "%I:%M:%S %p"}
_BARE = {"e": "%d", "k": "%H", "l": "%I"}


@dataclass(frozen=True)
class _Spec:
    flags: str
    width: int
    precision: int | None
    conversion: str
    whole: str


def formatted(layout: str, args: list[str | None]) -> str:
    """:raises ValueError: in Trino's words, for a format that the arguments do not fit."""
    made, at, following, last = "", 0, 0, 0
    for found in _SPECIFIER.finditer(layout):
        made += _literal(layout[at : found.start()], layout, args)
        at = found.end()
        index, same, flags, width, precision, moment, conversion = found.groups()
        spec = _Spec(flags, int(width or 0), int(precision) if precision else None, conversion, found[0])
        if conversion in "%n" and not moment:
            made += _padded("%" if conversion == "%" else "\n", spec)
            continue
        if not same:
            last = int(index) if index else following + 1
            following += 0 if index else 1
        if not 0 < last <= len(args):
            raise _wrong(layout, args, f"Format specifier '{spec.whole}'")
        text = _moment(args[last - 1], spec, layout, args) if moment else _value(args[last - 1], spec, layout, args)
        upper = moment == "T" or (not moment and conversion.isupper())
        made += text.upper() if upper else text
    return made + _literal(layout[at:], layout, args)


def _wrong(layout: str, args: list[str | None], reason: str) -> ValueError:
    shown = ", ".join("null" if each is None else each[1:] for each in args)
    return failure(f"Invalid format string: {layout} (args: [{shown}]): {reason}")


def _literal(text: str, layout: str, args: list[str | None]) -> str:
    if "%" in text:
        raise _wrong(layout, args, f"Conversion = '{text[text.index('%') + 1 :][:1] or '%'}'")
    return text


def _padded(text: str, spec: _Spec) -> str:
    return text.ljust(spec.width) if "-" in spec.flags else text.rjust(spec.width)


def _value(value: str | None, spec: _Spec, layout: str, args: list[str | None]) -> str:
    conversion, kind = spec.conversion.lower(), (value or "s")[0]
    if conversion == "b":
        return _padded(("true" if value[1:] != "false" or kind != "b" else "false") if value else "false", spec)
    if value is None or conversion == "s":
        text = "null" if value is None else _text(value)
        return _padded(text if spec.precision is None else text[: spec.precision], spec)
    wanted = {"d": "i", "x": "i", "o": "i", "f": "fd", "e": "fd"}.get(conversion, "")
    if kind not in wanted:
        java = {"s": "java.lang.String", "f": "java.lang.Double", "i": "java.lang.Long", "d": "java.math.BigDecimal"}
        raise _wrong(layout, args, f"{spec.conversion} != {java.get(kind, 'java.lang.Boolean')}")
    return _number(value[1:], conversion, spec)


def _text(value: str) -> str:
    if value[0] not in "TZ":
        return value[1:]
    day, _, clock = value[1:].partition(" ")  # LocalDateTime's own form
    clock, _, zone = clock.partition(" ")
    clock = clock.rstrip("0").rstrip(".") if "." in clock else clock
    clock = clock.removesuffix(":00") if clock.count(":") > 1 and clock.endswith(":00") else clock
    return f"{day}T{clock}{'Z[UTC]' if zone == 'UTC' else zone}"


def _number(written: str, conversion: str, spec: _Spec) -> str:
    if written in {"NaN", "Infinity", "-Infinity"}:
        return _padded(written, spec)
    if conversion in "xo":
        whole = int(written) & (2**64 - 1) if int(written) < 0 else int(written)
        digits = f"{whole:{conversion}}"
        return _padded(digits.zfill(spec.width) if "0" in spec.flags else digits, spec)
    number = Decimal(written)
    negative, size = number.is_signed() and number != 0, abs(number)
    if conversion == "d":
        digits = str(int(size))
    elif conversion == "e":
        digits = _exponent(size, 6 if spec.precision is None else spec.precision)
    else:
        scale = Decimal(1).scaleb(-(6 if spec.precision is None else spec.precision))
        digits = f"{_quantized(size, scale):f}"
    if "," in spec.flags:
        whole_part, dot, fraction = digits.partition(".")
        digits = f"{int(whole_part):,}" + dot + fraction
    sign = "-" if negative else "+" if "+" in spec.flags else " " if " " in spec.flags else ""
    if negative and "(" in spec.flags:
        return _padded(f"({digits})", spec)
    if "0" in spec.flags:
        return sign + digits.zfill(spec.width - len(sign))
    return _padded(sign + digits, spec)


def _quantized(size: Decimal, scale: Decimal) -> Decimal:
    from decimal import Context

    return size.quantize(scale, ROUND_HALF_UP, context=Context(prec=400))


def _exponent(size: Decimal, precision: int) -> str:
    if size == 0:
        return f"{0:.{precision}f}e+00"
    power = size.adjusted()
    mantissa = _quantized(size.scaleb(-power), Decimal(1).scaleb(-precision))
    if mantissa >= 10:
        power, mantissa = power + 1, _quantized(mantissa / 10, Decimal(1).scaleb(-precision))
    return f"{mantissa:f}e{'-' if power < 0 else '+'}{abs(power):02}"


def _moment(value: str | None, spec: _Spec, layout: str, args: list[str | None]) -> str:
    if value is None:
        return _padded("null", spec)
    if value[0] not in "DTZ":
        raise _wrong(layout, args, f"t{spec.conversion} != {value[0]}")
    moment = datetime.fromisoformat(" ".join(value[1:].split(" ")[:2]))
    conversion = spec.conversion
    if conversion in _BARE:
        return _padded(moment.strftime(_BARE[conversion]).lstrip("0") or "0", spec)
    if conversion == "L":
        return _padded(f"{moment.microsecond // 1000:03}", spec)
    if conversion not in _TIMES or (value[0] == "D" and conversion in "HIMSpRTr"):
        raise _wrong(layout, args, f"UnknownFormatConversion t{conversion}")
    text = moment.strftime(_TIMES[conversion])
    return _padded(text.lower() if conversion == "p" else text, spec)
