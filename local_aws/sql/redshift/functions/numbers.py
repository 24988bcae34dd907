"""Numbers, NULLs and conditions. https://docs.aws.amazon.com/redshift/latest/dg/Math_functions.html"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import Call, Function, Kinds, as_argument, cast, fill, template, typed
from local_aws.sql.redshift.promotion import combined
from local_aws.sql.redshift.types import ColumnType

DOUBLE = typed("float8")
INT = typed("int4")


def _double(body: str, count: int = 1) -> Function:
    return Function(count, count, template(body), DOUBLE)


def _decode(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DECODE_expression.html: NULL equals NULL here."""
    subject, rest = call.arguments[0], call.arguments[1:]
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    case = exp.Case(ifs=[])
    for value, result in pairs:
        test = exp.NullSafeEQ(this=subject.copy(), expression=value.copy())
        case.args["ifs"].append(exp.If(this=test, true=result.copy()))
    if len(rest) % 2:
        case.set("default", rest[-1].copy())
    return case


def _decoded(kinds: Kinds) -> ColumnType | None:
    rest = kinds[1:]
    return combined([*rest[1::2], *(rest[-1:] if len(rest) % 2 else [])])


def _all(name: str) -> Function:
    """A function of any number of arguments, which gives one of them."""

    def build(call: Call) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=[each.copy() for each in call.arguments])

    return Function(1, 1000, build, combined)


def _rounded(name: str) -> Function:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ROUND.html: a NUMERIC keeps its type."""

    def build(call: Call) -> exp.Expr:
        body = f"{name}(_1, _2)" if len(call.arguments) > 1 else f"{name}(_1)"
        tree = fill(body, call.arguments)
        kind = call.kinds[0]
        return cast(tree, kind.duckdb) if kind is not None and kind.name == "numeric" else cast(tree, "DOUBLE")

    def returns(kinds: Kinds) -> ColumnType | None:
        return kinds[0] if kinds[0] is not None and kinds[0].name == "numeric" else ColumnType("float8")

    return Function(1, 2, build, returns)


def _truncated(call: Call) -> exp.Expr:
    """TRUNC of a timestamp is its date, of a number the number cut off.

    https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNC_date.html
    """
    kind = call.kinds[0]
    if kind is not None and kind.name in {"timestamp", "timestamptz", "date"}:
        return cast(call.argument(0), "DATE")
    return _rounded("trunc").build(call)


def _truncated_kind(kinds: Kinds) -> ColumnType | None:
    kind = kinds[0]
    if kind is not None and kind.name in {"timestamp", "timestamptz", "date"}:
        return ColumnType("date")
    return _rounded("trunc").returns(kinds)


def _ceiled(name: str) -> Function:
    """CEILING and FLOOR of a NUMERIC are NUMERIC of no scale, of other numbers double."""

    def build(call: Call) -> exp.Expr:
        return cast(fill(f"{name}(_1)", call.arguments), call.kind.duckdb if call.kind else "DOUBLE")

    def returns(kinds: Kinds) -> ColumnType | None:
        kind = kinds[0]
        if kind is not None and kind.name == "numeric":
            return ColumnType("numeric", precision=kind.precision, scale=0)
        return ColumnType("float8")

    return Function(1, 1, build, returns)


NUMBERS: dict[str, Function] = {
    **{name: _all("coalesce") for name in ("coalesce", "nvl")},
    "greatest": _all("greatest"),
    "least": _all("least"),
    "isnull": Function(2, 2, template("coalesce(_1, _2)"), combined),
    "nullif": Function(2, 2, template("nullif(_1, _2)"), as_argument()),
    "nvl2": Function(3, 3, template("CASE WHEN _1 IS NOT NULL THEN _2 ELSE _3 END"), lambda kinds: combined(kinds[1:])),
    "decode": Function(3, 1000, _decode, _decoded),
    "abs": Function(1, 1, template("abs(_1)"), as_argument()),
    "sign": Function(1, 1, template("sign(_1)"), INT),
    "mod": Function(2, 2, template("_1 % _2"), combined),
    "round": _rounded("round"),
    "trunc": Function(1, 2, _truncated, _truncated_kind),
    "ceil": _ceiled("ceil"),
    "ceiling": _ceiled("ceil"),
    "floor": _ceiled("floor"),
    "exp": _double("exp(_1)"),
    "ln": _double("ln(_1)"),
    "dlog1": _double("ln(_1)"),
    "log": _double("log10(_1)"),
    "dlog10": _double("log10(_1)"),
    "sqrt": _double("sqrt(_1)"),
    "cbrt": _double("cbrt(_1)"),
    **{name: _double("pow(_1, _2)", 2) for name in ("power", "pow", "dpow")},
    "dexp": _double("exp(_1)"),
    "pi": _double("pi()", 0),
    "random": _double("random()", 0),
    **{
        name: _double(f"{name}(_1)")
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "cot", "degrees", "radians")
    },
    "atan2": _double("atan2(_1, _2)", 2),
    "to_hex": Function(1, 1, template("lower(to_hex(_1))"), typed("varchar", length=65535)),
}
