"""ARRAY[…] and what stands in brackets after an array, a map or a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import Scope, Typed, coerce

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions


def array(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    values = [compiler.value(each, scope) for each in node.expressions]
    kind = compiler.common_of([each.type for each in values], compiler.at(node))
    return Typed(f"[{', '.join(coerce(each, kind).sql for each in values)}]", types.array(kind))


def bracket(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    base, key = compiler.value(node.this, scope), compiler.value(node.expressions[0], scope)
    if base.type.name == "map":
        sought = coerce(key, base.type.args[0])
        missing = fail("INVALID_FUNCTION_ARGUMENT", f"'Key not present in map: ' || {sought.sql}", base.type.args[1])
        there = f"{base.sql} IS NULL OR map_contains({base.sql}, {sought.sql})"
        sql = f"CASE WHEN {there} THEN ({base.sql})[{sought.sql}] ELSE {missing} END"
        return Typed(sql, base.type.args[1])
    if base.type.name == "row" and key.constant is not None:
        at = int(key.constant)
        if not 1 <= at <= len(base.type.fields):
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"ROW subscript {at} is out of bounds", compiler.at(node))
        return Typed(f"struct_extract_at({base.sql}, {at})", base.type.fields[at - 1][1])
    if base.type.name != "array" or not key.type.is_integer:
        raise QueryFailed(
            "TYPE_MISMATCH", f"Cannot use {key.type.trino} for subscript of {base.type.trino}", compiler.at(node)
        )
    kind = base.type.element
    outside = fail(
        "INVALID_FUNCTION_ARGUMENT",
        f"'Array subscript must be less than or equal to array length: ' || {key.sql} || ' > ' || len({base.sql})",
        kind,
    )
    zero = fail("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'", kind)
    negative = fail("INVALID_FUNCTION_ARGUMENT", f"'Array subscript is negative: ' || {key.sql}", kind)
    outside = f"CASE WHEN {key.sql} = 0 THEN {zero} WHEN {key.sql} < 0 THEN {negative} ELSE {outside} END"
    inside = f"{base.sql} IS NULL OR {key.sql} IS NULL OR {key.sql} BETWEEN 1 AND len({base.sql})"
    return Typed(f"CASE WHEN {inside} THEN ({base.sql})[{key.sql}] ELSE {outside} END", kind)
