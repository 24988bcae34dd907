"""Window functions. https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import Call, Function, Returns, as_argument, cast, typed


def _over(name: str) -> Function:
    return _ranked(name, 0, 0, typed("int8"))


def _ranked(name: str, least: int, most: int, returns: Returns) -> Function:
    def build(call: Call) -> exp.Expr:
        if not call.windowed:
            raise errors.error(f"window function {call.name} requires an OVER clause")
        return call.aggregate(name, *(each.copy() for each in call.arguments))

    return Function(least, most, build, returns)


def _ratio(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_WF_RATIO_TO_REPORT.html"""
    if not call.windowed:
        raise errors.error("window function ratio_to_report requires an OVER clause")
    total = call.aggregate("sum", call.argument(0))
    return exp.Paren(this=exp.Div(this=cast(call.argument(0), "DOUBLE"), expression=cast(total, "DOUBLE")))


WINDOWS: dict[str, Function] = {
    "row_number": _over("row_number"),
    "rank": _over("rank"),
    "dense_rank": _over("dense_rank"),
    "percent_rank": _ranked("percent_rank", 0, 0, typed("float8")),
    "cume_dist": _ranked("cume_dist", 0, 0, typed("float8")),
    "ntile": _ranked("ntile", 1, 1, typed("int8")),
    "lag": _ranked("lag", 1, 3, as_argument()),
    "lead": _ranked("lead", 1, 3, as_argument()),
    "first_value": _ranked("first_value", 1, 1, as_argument()),
    "last_value": _ranked("last_value", 1, 1, as_argument()),
    "nth_value": _ranked("nth_value", 2, 2, as_argument()),
    "ratio_to_report": Function(1, 1, _ratio, typed("float8")),
}
