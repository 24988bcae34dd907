"""Numbers, NULLs and conditions. https://docs.aws.amazon.com/redshift/latest/dg/Math_functions.html"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from local_aws.sql.redshift.functions.call import Call, Function, Kinds, as_argument, cast, fill, template, typed
from local_aws.sql.redshift.promotion import as_numeric, combined
from local_aws.sql.redshift.types import ColumnType

DOUBLE = typed("float8")
INT = typed("int4")


def _double(body: str, count: int = 1) -> Function:
    def build(call: Call) -> exp.Expr:
        return fill(body, [number(call, n) for n in range(len(call.arguments))])

    return Function(count, count, build, DOUBLE)


def number(call: Call, position: int) -> exp.Expr:
    """An argument; a text is read as the number that it says."""
    kind = call.kinds[position]
    node = call.argument(position)
    return cast(node, "DOUBLE") if kind is not None and kind.is_text else node


def _logarithm(body: str) -> str:
    """A logarithm of what has one; PostgreSQL's words for the others."""
    zero = "WHEN _1 = 0 THEN error('ERROR: cannot take logarithm of zero')"
    negative = "WHEN _1 < 0 THEN error('ERROR: cannot take logarithm of a negative number')"
    return f"CASE {zero} {negative} ELSE {body} END"


def _log(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_LOG.html: of base 10, or of the base that stands first."""
    values = [number(call, n) for n in range(len(call.arguments))]
    last = fill(_logarithm("log10(_1)"), values[-1:])
    return last if len(values) == 1 else fill("_1 / _2", [last, fill(_logarithm("log10(_1)"), values[:1])])


def _number_kind(kinds: Kinds) -> ColumnType | None:
    return ColumnType("float8") if kinds[0] is not None and kinds[0].is_text else kinds[0]


def _decode(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DECODE_expression.html: NULL equals NULL here."""
    subject, rest = call.arguments[0], call.arguments[1:]
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    case = exp.Case(ifs=[])
    for value, result in pairs:
        test = exp.NullSafeEQ(this=subject.copy(), expression=value.copy())
        test.left.type, test.right.type = subject.type, value.type
        case.args["ifs"].append(exp.If(this=test, true=result.copy()))
    if len(rest) % 2:
        case.set("default", rest[-1].copy())
    return case


def _nullif(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_NULLIF_function.html"""
    test = exp.EQ(this=call.argument(0), expression=call.argument(1))
    test.left.type, test.right.type = call.arguments[0].type, call.arguments[1].type
    return exp.Case(ifs=[exp.If(this=test, true=exp.Null())], default=call.argument(0))


def _decoded(kinds: Kinds) -> ColumnType | None:
    rest = kinds[1:]
    return combined([*rest[1::2], *(rest[-1:] if len(rest) % 2 else [])])


def _all(name: str) -> Function:
    """A function of any number of arguments, which gives one of them."""

    def build(call: Call) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=[each.copy() for each in call.arguments])

    return Function(1, 1000, build, combined)


def _places(node: exp.Expr) -> int | None:
    """A literal number of decimals."""
    inner = node.this if isinstance(node, exp.Neg | exp.Paren) else node
    if not isinstance(inner, exp.Literal) or inner.is_string or not inner.is_int:
        return None
    return -int(inner.name) if isinstance(node, exp.Neg) else int(inner.name)


def _rounded(name: str) -> Function:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ROUND.html: a NUMERIC stays one, with so many decimals.

    Integers are made NUMERIC first, as that page says.
    """

    def build(call: Call) -> exp.Expr:
        values = [number(call, 0), *call.arguments[1:]]
        kind = call.kinds[0]
        if kind is not None and kind.is_integer:
            values[0] = cast(values[0], as_numeric(kind).duckdb)
        tree = fill(f"{name}(_1, CAST(_2 AS INTEGER))" if len(values) > 1 else f"{name}(_1)", values)
        return cast(tree, call.kind.duckdb if call.kind is not None else "DOUBLE")

    def returns(kinds: Kinds) -> ColumnType | None:
        kind = kinds[0]
        return as_numeric(kind) if kind is not None and (kind.is_integer or kind.name == "numeric") else _FLOAT

    return Function(1, 2, build, returns, refine=_to_places)


_FLOAT = ColumnType("float8")


def _to_places(kind: ColumnType | None, arguments: Sequence[exp.Expr]) -> ColumnType | None:
    """The scale that ROUND or TRUNC leaves: none, or the literal number of decimals."""
    if kind is None or kind.name != "numeric":
        return kind
    places = _places(arguments[1]) if len(arguments) > 1 else 0
    scale = kind.scale or 0
    return kind if places is None else ColumnType("numeric", precision=kind.precision, scale=max(0, min(places, scale)))


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
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CEILING_FLOOR.html: the argument's type, without decimals."""

    def build(call: Call) -> exp.Expr:
        return cast(fill(f"{name}(_1)", [number(call, 0)]), call.kind.duckdb if call.kind else "DOUBLE")

    def returns(kinds: Kinds) -> ColumnType | None:
        kind = kinds[0]
        if kind is not None and kind.is_integer:
            return kind
        if kind is not None and kind.name == "numeric":
            return ColumnType("numeric", precision=kind.precision, scale=0)
        return ColumnType("float8")

    return Function(1, 1, build, returns)


NUMBERS: dict[str, Function] = {
    **{name: _all("coalesce") for name in ("coalesce", "nvl")},
    "greatest": _all("greatest"),
    "least": _all("least"),
    "isnull": Function(2, 2, template("coalesce(_1, _2)"), combined),
    "nullif": Function(2, 2, _nullif, as_argument()),
    "nvl2": Function(3, 3, template("CASE WHEN _1 IS NOT NULL THEN _2 ELSE _3 END"), lambda kinds: combined(kinds[1:])),
    "decode": Function(3, 1000, _decode, _decoded),
    "abs": Function(1, 1, lambda call: fill("abs(_1)", [number(call, 0)]), _number_kind),
    "sign": Function(1, 1, lambda call: fill("sign(_1)", [number(call, 0)]), INT),
    "mod": Function(2, 2, template("_1 % _2"), combined),
    "round": _rounded("round"),
    "trunc": Function(1, 2, _truncated, _truncated_kind, refine=_to_places),
    "ceil": _ceiled("ceil"),
    "ceiling": _ceiled("ceil"),
    "floor": _ceiled("floor"),
    "exp": _double("exp(_1)"),
    "ln": _double(_logarithm("ln(_1)")),
    "dlog1": _double(_logarithm("ln(_1)")),
    "log": Function(1, 2, _log, DOUBLE),
    "dlog10": _double(_logarithm("log10(_1)")),
    "sqrt": _double(
        "CASE WHEN _1 < 0 THEN error('ERROR: cannot take square root of a negative number') ELSE sqrt(_1) END"
    ),
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
