"""Exact division of decimals, which DuckDB does in floating point.

The quotient is cut off at the result's scale, computed on 128-bit integers. A value that those cannot hold is
Redshift's numeric overflow, not a wrong digit. Deviates: AWS documents the scale, not whether the last digit is
rounded; local_aws cuts it off, as integer division does.
Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import cast, fill
from local_aws.sql.redshift.types import ColumnType


def _unscaled(value: exp.Expr, kind: ColumnType) -> exp.Expr:
    scale = kind.scale or 0
    if kind.name != "numeric" or scale == 0:
        return cast(value, "HUGEINT")
    shifted = fill(f"_1 * CAST(1{'0' * scale} AS DECIMAL({scale + 1}, 0))", [cast(value, f"DECIMAL(38,{scale})")])
    return cast(shifted, "HUGEINT")


def divided(
    left: exp.Expr, left_kind: ColumnType, right: exp.Expr, right_kind: ColumnType, result: ColumnType
) -> exp.Expr:
    """`left / right` as the decimal `result`."""
    scale = result.scale or 0
    power = scale + (right_kind.scale or 0) - (left_kind.scale or 0)
    factor = f"CAST('1{'0' * max(power, 0)}' AS HUGEINT)"
    divisor = f"CAST('1{'0' * max(-power, 0)}' AS HUGEINT)"
    sides = [_unscaled(left, left_kind), _unscaled(right, right_kind)]
    quotient = cast(fill(f"(_1 * {factor}) // (_2 * {divisor})", sides), "DECIMAL(38,0)")
    if scale == 0:
        return cast(quotient, result.duckdb)
    unit = f"CAST('0.{'0' * (scale - 1)}1' AS DECIMAL({scale}, {scale}))"
    return cast(fill(f"_1 * {unit}", [quotient]), result.duckdb)
