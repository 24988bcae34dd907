"""Mathematical and conditional functions.

Evidence: https://trino.io/docs/current/functions/math.html and …/conditional.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import operators
from local_aws.sql.trino.signatures import choose, read
from local_aws.sql.trino.typed import At, Typed, coerce, common

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = """
abs(N) -> N: abs({0})
sqrt(double) -> double: sqrt({0})
cbrt(double) -> double: cube_root(cbrt({0}), {0})
exp(double) -> double: exp({0})
ln(double) -> double: ln({0})
log2(double) -> double: log2({0})
log10(double) -> double: log10({0})
log(double, double) -> double: (ln({1}) / ln({0}))
pow(double, double) -> double: pow({0}, {1})
power(double, double) -> double: pow({0}, {1})
pi() -> double: pi()
e() -> double: exp(CAST(1 AS DOUBLE))
random() -> double: random()
rand() -> double: random()
random(I) -> I: CAST(random_below({0}) AS {type})
random(I, I) -> I: CAST({0} + random_below({1} - {0}) AS {type})
random(double, double) -> double: ({0} + random() * ({1} - {0}))
sin(double) -> double: sin({0})
cos(double) -> double: cos({0})
tan(double) -> double: tan({0})
asin(double) -> double: asin({0})
acos(double) -> double: acos({0})
atan(double) -> double: atan({0})
atan2(double, double) -> double: atan2({0}, {1})
degrees(double) -> double: degrees({0})
radians(double) -> double: radians({0})
sign(I) -> I: CAST(sign({0}) AS {type})
sign(D) -> decimal(1,0): CAST(sign({0}) AS DECIMAL(1,0))
sign(double) -> double: CAST(CASE WHEN isnan({0}) THEN {0} ELSE sign({0}) END AS DOUBLE)
truncate(double) -> double: trunc({0})
truncate(double, bigint) -> double: py_truncate({0}, {1})
bit_count(bigint, bigint) -> bigint: py_bit_count({0}, {1})
normal_cdf(double, double, double) -> double: py_normal_cdf({0}, {1}, {2})
inverse_normal_cdf(double, double, double) -> double: py_inverse_normal_cdf({0}, {1}, {2})
wilson_interval_lower(bigint, bigint, double) -> double: wilson({0}, {1}, {2}, -1)
wilson_interval_upper(bigint, bigint, double) -> double: wilson({0}, {1}, {2}, 1)
format_number(bigint) -> varchar: py_format_number({0})
format_number(double) -> varchar: py_format_number({0})
parse_presto_data_size(varchar) -> decimal(38,0): CAST(py_parse_data_size({0}) AS DECIMAL(38,0))
parse_data_size(varchar) -> decimal(38,0): CAST(py_parse_data_size({0}) AS DECIMAL(38,0))
is_nan(double) -> boolean: isnan({0})
is_finite(double) -> boolean: isfinite({0})
is_infinite(double) -> boolean: isinf({0})
nan() -> double: CAST('NaN' AS DOUBLE)
infinity() -> double: CAST('Infinity' AS DOUBLE)
bitwise_and(bigint, bigint) -> bigint: ({0} & {1})
bitwise_or(bigint, bigint) -> bigint: ({0} | {1})
bitwise_xor(bigint, bigint) -> bigint: xor({0}, {1})
bitwise_not(bigint) -> bigint: (~{0})
bitwise_left_shift(integer, bigint) -> integer: CAST(py_left_shift({0}, {1}, 32) AS INTEGER)
bitwise_left_shift(bigint, bigint) -> bigint: CAST(py_left_shift({0}, {1}, 64) AS BIGINT)
bitwise_left_shift(smallint, bigint) -> smallint: CAST(py_left_shift({0}, {1}, 16) AS SMALLINT)
bitwise_left_shift(tinyint, bigint) -> tinyint: CAST(py_left_shift({0}, {1}, 8) AS TINYINT)
bitwise_right_shift(integer, bigint) -> integer: CAST(py_right_shift({0}, {1}, 32) AS INTEGER)
bitwise_right_shift(bigint, bigint) -> bigint: CAST(py_right_shift({0}, {1}, 64) AS BIGINT)
bitwise_right_shift(smallint, bigint) -> smallint: CAST(py_right_shift({0}, {1}, 16) AS SMALLINT)
bitwise_right_shift(tinyint, bigint) -> tinyint: CAST(py_right_shift({0}, {1}, 8) AS TINYINT)
bitwise_right_shift_arithmetic(integer, bigint) -> integer: CAST(py_signed_shift({0}, {1}, 32) AS INTEGER)
bitwise_right_shift_arithmetic(bigint, bigint) -> bigint: CAST(py_signed_shift({0}, {1}, 64) AS BIGINT)
bitwise_right_shift_arithmetic(smallint, bigint) -> smallint: CAST(py_signed_shift({0}, {1}, 16) AS SMALLINT)
bitwise_right_shift_arithmetic(tinyint, bigint) -> tinyint: CAST(py_signed_shift({0}, {1}, 8) AS TINYINT)
from_base(varchar, bigint) -> bigint: py_from_base({0}, {1})
to_base(bigint, bigint) -> varchar: py_to_base({0}, {1})
human_readable_seconds(double) -> varchar: py_human_readable_seconds({0})
sinh(double) -> double: sinh({0})
cosh(double) -> double: cosh({0})
tanh(double) -> double: tanh({0})
cot(double) -> double: cot({0})
width_bucket(double, double, double, bigint) -> bigint: bucket_of({0}, {1}, {2}, {3})
width_bucket(double, array(double)) -> bigint: CAST(len(list_filter({1}, lambda z: z <= {0})) AS BIGINT)
nullif(T, T) -> T: nullif({0}, {1})
typeof(T) -> varchar: {0}
"""


def rounding(function: str) -> Special:
    def special(compiler: Expressions, args: list[Typed], at: At) -> Typed:
        """Whole numbers stay as they are; a decimal loses its scale, except `round(x, d)`, which keeps it."""
        [value, *digits] = args
        if value.type.is_integer and not digits:
            return value
        if value.type.name == "decimal":
            precision, scale = value.type.args
            if digits:
                kind = types.decimal(precision + 1, scale)
                return Typed(f"CAST({function}({value.sql}, {digits[0].sql}) AS {kind.duckdb})", kind)
            kind = types.decimal(precision - scale + min(1, scale), 0)
            return Typed(f"CAST({function}({value.sql}) AS {kind.duckdb})", kind)
        if not value.type.is_number and value.type.name != "unknown":
            raise compiler.wrong_arguments(function, args, [f"{function}(bigint)", f"{function}(double)"], at)
        if digits:
            kind = value.type
            return Typed(f"CAST({function}({value.sql}, CAST({digits[0].sql} AS INTEGER)) AS {kind.duckdb})", kind)
        return Typed(f"{function}({coerce(value, types.DOUBLE).sql})", types.DOUBLE)

    return special


def mod(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return operators.arithmetic("%", args[0], args[1], at)


def coalesce(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """The first that is not NULL, in the type that all of them have in common."""
    if len(args) < 2:
        raise QueryFailed("SYNTAX_ERROR", "The 'coalesce' function must have at least two arguments", at)
    kind = compiler.common_of([arg.type for arg in args], at)
    return Typed(f"coalesce({', '.join(coerce(arg, kind).sql for arg in args)})", kind)


def nullif(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    kind = common(args[0].type, args[1].type)
    if kind is None:
        message = f"Types are not comparable with NULLIF: {args[0].type.trino} vs {args[1].type.trino}"
        raise QueryFailed("TYPE_MISMATCH", message, at)
    same = f"{coerce(args[0], kind).sql} = {coerce(args[1], kind).sql}"
    return Typed(f"CASE WHEN {same} THEN NULL ELSE {args[0].sql} END", args[0].type)


def extreme(function: str) -> Special:
    def special(compiler: Expressions, args: list[Typed], at: At) -> Typed:
        """NULL if one of the arguments is, unlike DuckDB's."""
        kind = compiler.common_of([arg.type for arg in args], at)
        values = [coerce(arg, kind).sql for arg in args]
        missing = " OR ".join(f"{value} IS NULL" for value in values)
        return Typed(f"CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(values)}) END", kind)

    return special


def typeof(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed(f"'{args[0].type.trino}'", types.VARCHAR)


def truncate(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Digits dropped; of a decimal, with its scale kept where digits are asked for."""
    value = args[0]
    if value.type.name != "decimal":
        found = choose(_TRUNCATE, args)
        if found is None:
            raise compiler.wrong_arguments("truncate", args, ["truncate(double)", "truncate(decimal(p,s))"], at)
        return found
    precision, scale = value.type.args
    if len(args) == 1:
        kind = types.decimal(max(1, precision - scale), 0)
        return Typed(f"CAST(trunc({value.sql}) AS {kind.duckdb})", kind)
    if args[1].constant is None:
        raise unsupported("truncate of a decimal to a number of digits that is no literal", at)
    dropped = scale - int(args[1].constant)
    if dropped <= 0:
        return value
    power = f"CAST(1{'0' * dropped} AS HUGEINT)"
    return operators.scaled(f"unscaled({value.sql}) // {power} * {power}", value.type)


_TRUNCATE = read(TABLE)["truncate"]
SPECIALS: dict[str, Special] = {
    "truncate": truncate,
    "round": rounding("round"),
    "ceil": rounding("ceil"),
    "ceiling": rounding("ceil"),
    "floor": rounding("floor"),
    "mod/2": mod,
    "coalesce": coalesce,
    "nullif/2": nullif,
    "greatest": extreme("greatest"),
    "least": extreme("least"),
    "typeof/1": typeof,
}
