"""Aggregates. https://docs.aws.amazon.com/redshift/latest/dg/c_Aggregate_Functions.html"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import (
    Build,
    Call,
    Function,
    Kinds,
    Returns,
    as_argument,
    as_text,
    cast,
    fill,
    typed,
)
from local_aws.sql.redshift.functions.decimals import divided
from local_aws.sql.redshift.functions.supers import super_key
from local_aws.sql.redshift.types import ColumnType

DOUBLE = typed("float8")


def _plain(name: str) -> Build:
    return lambda call: call.aggregate(name, *(each.copy() for each in call.arguments))


def _cast(name: str) -> Build:
    """DuckDB's aggregate, in the type that Redshift gives it."""

    def build(call: Call) -> exp.Expr:
        found = call.aggregate(name, *(each.copy() for each in call.arguments))
        return cast(found, call.kind.duckdb) if call.kind is not None else found

    return build


def _extreme(name: str) -> Build:
    """MIN and MAX: of SUPER values by what they are ordered by."""

    def build(call: Call) -> exp.Expr:
        kind = call.kinds[0]
        if kind is not None and kind.name == "super":
            return call.over(
                exp.Anonymous(this=f"arg_{name}", expressions=[call.argument(0), super_key(call.argument(0))])
            )
        return _plain(name)(call)

    return build


def _sum_kind(kinds: Kinds) -> ColumnType | None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html"""
    kind = kinds[0]
    if kind is None:
        return None
    if kind.name in {"int2", "int4"}:
        return ColumnType("int8")
    if kind.name == "int8":
        return ColumnType("numeric", precision=38, scale=0)
    return ColumnType("numeric", precision=38, scale=kind.scale) if kind.name == "numeric" else ColumnType("float8")


def _avg_kind(kinds: Kinds) -> ColumnType | None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_AVG.html: integers give BIGINT, decimals keep their scale."""
    kind = kinds[0]
    if kind is None:
        return None
    if kind.is_integer:
        return ColumnType("int8")
    return ColumnType("numeric", precision=38, scale=kind.scale) if kind.name == "numeric" else ColumnType("float8")


def _avg(call: Call) -> exp.Expr:
    if call.kind is None or call.kind.name == "float8":
        return call.aggregate("avg", call.argument(0))
    total, count = call.aggregate("sum", call.argument(0)), call.aggregate("count", call.argument(0))
    count = exp.Anonymous(this="nullif", expressions=[count, exp.Literal.number(0)])
    kind = call.kinds[0]
    scale = kind.scale or 0 if kind is not None and kind.name == "numeric" else 0
    summed = ColumnType("numeric", precision=38, scale=scale)
    result = ColumnType("numeric", precision=38, scale=scale)
    found = divided(cast(total, summed.duckdb), summed, count, ColumnType("int8"), result)
    return cast(found, call.kind.duckdb)


def _listagg(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html: no delimiter unless told; at most 64 KB."""
    delimiter = call.argument(1) if len(call.arguments) > 1 else exp.Literal.string("")
    if call.distinct and call.order and call.order[0].this == call.arguments[0]:
        # ordered as values, joined as texts
        values = call.aggregate("list", call.argument(0), order=True)
        texts = fill("list_transform(_1, lambda e: _2)", [values, as_text(exp.column("e"), call.kinds[0])])
        found = fill("array_to_string(_1, _2)", [texts, delimiter])
    else:
        found = call.aggregate("string_agg", as_text(call.argument(0), call.kinds[0]), delimiter, order=True)
    too_long = "ERROR: Result size exceeds LISTAGG limit"
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.GT(
                    this=exp.Anonymous(this="strlen", expressions=[found]), expression=exp.Literal.number(65535)
                ),
                true=exp.Anonymous(this="error", expressions=[exp.Literal.string(too_long)]),
            )
        ],
        default=found.copy(),
    )


def _percentile(name: str) -> Build:
    def build(call: Call) -> exp.Expr:
        if not call.order:
            raise errors.error(f"{call.name} requires WITHIN GROUP (ORDER BY …)")
        ordered = call.order[0]
        share = call.argument(0)
        if ordered.args.get("desc"):
            share = exp.Sub(this=exp.Literal.number(1), expression=share)
        return call.over(exp.Anonymous(this=name, expressions=[ordered.this.copy(), share]))

    return build


def _median_kind(kinds: Kinds) -> ColumnType | None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_MEDIAN.html"""
    kind = kinds[0]
    if kind is None or kind.name in {"date", "timestamp", "timestamptz"}:
        return kind
    if kind.is_integer or kind.name == "numeric":
        return ColumnType("float8") if kind.is_integer else kind
    return ColumnType("float8")


def _one(build: Build, returns: Returns) -> Function:
    return Function(1, 1, build, returns)


AGGREGATES: dict[str, Function] = {
    "count": Function(0, 1, _plain("count"), typed("int8")),
    "approximate_count": _one(_plain("approx_count_distinct"), typed("int8")),
    "sum": _one(_cast("sum"), _sum_kind),
    "avg": _one(_avg, _avg_kind),
    "min": _one(_extreme("min"), as_argument()),
    "max": _one(_extreme("max"), as_argument()),
    "any_value": _one(_plain("any_value"), as_argument()),
    "median": _one(_cast("median"), _median_kind),
    "listagg": Function(1, 2, _listagg, typed("varchar", length=65535)),
    "stddev": _one(_plain("stddev_samp"), DOUBLE),
    "stddev_samp": _one(_plain("stddev_samp"), DOUBLE),
    "stddev_pop": _one(_plain("stddev_pop"), DOUBLE),
    "variance": _one(_plain("var_samp"), DOUBLE),
    "var_samp": _one(_plain("var_samp"), DOUBLE),
    "var_pop": _one(_plain("var_pop"), DOUBLE),
    "bool_and": _one(_plain("bool_and"), typed("bool")),
    "bool_or": _one(_plain("bool_or"), typed("bool")),
    "bit_and": _one(_plain("bit_and"), as_argument()),
    "bit_or": _one(_plain("bit_or"), as_argument()),
    "grouping": Function(1, 32, _cast("grouping"), typed("int4")),
    "percentile_cont": _one(_percentile("quantile_cont"), lambda kinds: None),
    "percentile_disc": _one(_percentile("quantile_disc"), lambda kinds: None),
    "approximate_percentile_disc": _one(_percentile("quantile_disc"), lambda kinds: None),
}
