"""Functions that take a function: each gives its lambda's parameters their types, then compiles it.

Evidence: https://trino.io/docs/current/functions/lambda.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.functions import patterns
from local_aws.sql.trino.typed import At, Scope, Typed, coerce
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions

Nodes = list[exp.Expr]
Made = Callable[["Expressions", Nodes, Scope, At], Typed]


def _array(compiler: Expressions, name: str, node: exp.Expr, scope: Scope, at: At) -> Typed:
    value = compiler.value(node, scope)
    if value.type.name != "array":
        raise compiler.wrong_arguments(name, [value], [f"{name}(array(T), function)"], at)
    return value


def _map(compiler: Expressions, name: str, node: exp.Expr, scope: Scope, at: At) -> Typed:
    value = compiler.value(node, scope)
    if value.type.name != "map":
        raise compiler.wrong_arguments(name, [value], [f"{name}(map(K,V), function)"], at)
    return value


def transform(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    value = _array(compiler, "transform", nodes[0], scope, at)
    body, [one] = compiler.function(nodes[1], [value.type.element], scope)
    return Typed(f"list_transform({value.sql}, lambda {one}: {body.sql})", types.array(body.type))


def filter_(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    value = _array(compiler, "filter", nodes[0], scope, at)
    body, [one] = compiler.function(nodes[1], [value.type.element], scope)
    return Typed(f"list_filter({value.sql}, lambda {one}: {body.sql})", value.type)


def matching(name: str, template: str) -> Made:
    def special(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
        value = _array(compiler, name, nodes[0], scope, at)
        body, [one] = compiler.function(nodes[1], [value.type.element], scope)
        found = f"list_transform({value.sql}, lambda {one}: {body.sql})"
        return Typed(template.replace("{}", found), types.BOOLEAN)

    return special


def reduce(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    """`reduce(array, start, (s, x) -> …, s -> …)`; the state takes the type that start and step have in common."""
    folded = fold(compiler, _array(compiler, "reduce", nodes[0], scope, at), nodes[1:3], scope, at)
    output, [last] = compiler.function(nodes[3], [folded.type], scope)
    return Typed(f"(list_transform([{folded.sql}], lambda {last}: {output.sql}))[1]", output.type)


def fold(compiler: Expressions, value: Typed, nodes: Nodes, scope: Scope, at: At) -> Typed:
    """The state that a step from element to element ends in; NULL for an array that is NULL."""
    start = compiler.value(nodes[0], scope)
    kind = start.type
    for _ in range(3):  # a step may widen the state: integer, then decimal or double
        body, _ = compiler.function(nodes[1], [kind, value.type.element], scope)
        wider = compiler.common_of([kind, body.type], at)
        if wider == kind:
            break
        kind = wider
    wrapped = types.row(("s", kind), ("x", value.type.element))
    elements = f"list_transform({value.sql}, lambda e: CAST(struct_pack(s := NULL, x := e) AS {wrapped.duckdb}))"
    first = f"CAST(struct_pack(s := {coerce(start, kind).sql}, x := NULL) AS {wrapped.duckdb})"
    step = _substituted(compiler, nodes[1], kind, value.type.element, scope)
    folded = (
        f"list_reduce({elements}, lambda a, b: CAST(struct_pack(s := {step}, x := NULL) AS {wrapped.duckdb}), {first})"
    )
    return Typed(f"({folded}).s", kind)


def _substituted(compiler: Expressions, node: exp.Expr, state: Type, element: Type, scope: Scope) -> str:
    names = [each.name.lower() for each in node.expressions]
    values = [Typed("(a).s", state), Typed("(b).x", element)]
    inner = Scope([], scope, dict(zip(names, values, strict=True)))
    return coerce(compiler.value(node.this, inner), state).sql


def zip_with(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    """`zip_with(a, b, (x, y) -> …)`: the shorter array is filled with NULLs."""
    left, right = (_array(compiler, "zip_with", each, scope, at) for each in nodes[:2])
    both, names = compiler.names.new("p"), [each.name.lower() for each in nodes[2].expressions]
    if not isinstance(nodes[2], exp.Lambda) or len(names) != 2:
        raise QueryFailed("TYPE_MISMATCH", "Expected a lambda that takes 2 argument(s)", at)
    pair = [
        Typed(f"struct_extract_at({both}, {n})", each.type.element) for n, each in enumerate((left, right), start=1)
    ]
    body = compiler.value(nodes[2].this, Scope([], scope, dict(zip(names, pair, strict=True))))
    zipped = f"list_transform(list_zip({left.sql}, {right.sql}), lambda {both}: {body.sql})"
    missing = f"{left.sql} IS NULL OR {right.sql} IS NULL"
    return Typed(f"CASE WHEN {missing} THEN NULL ELSE {zipped} END", types.array(body.type))


def map_filter(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    value = _map(compiler, "map_filter", nodes[0], scope, at)
    body = _on_entry(compiler, nodes[1], value.type, scope)
    return Typed(f"map_from_entries(list_filter(map_entries({value.sql}), lambda e: {body.sql}))", value.type)


def transform_values(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    value = _map(compiler, "transform_values", nodes[0], scope, at)
    body = _on_entry(compiler, nodes[1], value.type, scope)
    entries = f"list_transform(map_entries({value.sql}), lambda e: struct_pack(k := e.key, v := {body.sql}))"
    return Typed(f"map_from_entries({entries})", types.map_of(value.type.args[0], body.type))


def transform_keys(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    value = _map(compiler, "transform_keys", nodes[0], scope, at)
    body = _on_entry(compiler, nodes[1], value.type, scope)
    entries = f"list_transform(map_entries({value.sql}), lambda e: struct_pack(k := {body.sql}, v := e.value))"
    return Typed(f"from_entries({entries})", types.map_of(body.type, value.type.args[1]))


def _on_entry(compiler: Expressions, node: exp.Expr, kind: Type, scope: Scope) -> Typed:
    names = [each.name.lower() for each in node.expressions]
    values = [Typed("e.key", kind.args[0]), Typed("e.value", kind.args[1])]
    return compiler.value(node.this, Scope([], scope, dict(zip(names, values, strict=True))))


def map_zip_with(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    """`map_zip_with(a, b, (k, x, y) -> …)`: every key of either map; the value that one has not is NULL."""
    left, right = (_map(compiler, "map_zip_with", each, scope, at) for each in nodes[:2])
    names, key = [each.name.lower() for each in nodes[2].expressions], compiler.names.new("p")
    if not isinstance(nodes[2], exp.Lambda) or len(names) != 3:
        raise QueryFailed("TYPE_MISMATCH", "Expected a lambda that takes 3 argument(s)", at)
    kind = compiler.common_of([left.type.args[0], right.type.args[0]], at)
    sides = [Typed(f"({each.sql})[{key}]", each.type.args[1]) for each in (left, right)]
    inner = Scope([], scope, dict(zip(names, [Typed(key, kind), *sides], strict=True)))
    body = compiler.value(nodes[2].this, inner)
    added = f"list_filter(map_keys({right.sql}), lambda e: NOT list_contains(map_keys({left.sql}), e))"
    keys = f"list_concat(map_keys({left.sql}), {added})"
    entries = f"list_transform({keys}, lambda {key}: struct_pack(k := {key}, v := {body.sql}))"
    missing = f"{left.sql} IS NULL OR {right.sql} IS NULL"
    sql = f"CASE WHEN {missing} THEN NULL ELSE map_from_entries({entries}) END"
    return Typed(sql, types.map_of(kind, body.type))


def array_sort(compiler: Expressions, nodes: Nodes, scope: Scope, at: At) -> Typed:
    """`array_sort(array, (x, y) -> …)`: each element put in behind those that are not greater; equal ones keep
    their order.
    """
    value = _array(compiler, "array_sort", nodes[0], scope, at)
    if len(nodes) == 1:
        return compiler.call("array_sort", nodes, scope, at)
    kind, done, new = value.type.element, *(compiler.names.new("p") for _ in range(2))
    if not isinstance(nodes[1], exp.Lambda) or len(nodes[1].expressions) != 2:
        raise QueryFailed("TYPE_MISMATCH", "Expected a lambda that takes 2 argument(s)", at)
    names = [each.name.lower() for each in nodes[1].expressions]
    pair = [Typed(f"({done}).v", kind), Typed(f"({new}[1]).v", kind)]
    order = compiler.value(nodes[1].this, Scope([], scope, dict(zip(names, pair, strict=True))))
    if not (order.type.is_integer or order.type.name == "unknown"):
        raise compiler.wrong_arguments("array_sort", [value], ["array_sort(array(T), function(T,T,integer))"], at)
    wrong = fail("INVALID_FUNCTION_ARGUMENT", "'Lambda comparator must return either -1, 0, or 1'", types.INTEGER)
    checked = f"CASE WHEN {order.sql} IN (-1, 0, 1) THEN {order.sql} ELSE {wrong} END"
    parts = [f"list_filter(s, lambda {done}: ({checked}) {test})" for test in ("<= 0", "> 0")]
    single = f"list_transform({value.sql}, lambda e: [struct_pack(v := e)])"
    folded = f"list_reduce({single}, lambda s, {new}: list_concat(list_concat({parts[0]}, {new}), {parts[1]}))"
    made = f"list_transform({folded}, lambda e: e.v)"
    return Typed(f"CASE WHEN len({value.sql}) < 2 THEN {value.sql} ELSE {made} END", value.type)


LAMBDAS: dict[str, Made] = {
    "array_sort": array_sort,
    "regexp_replace": patterns.replace_by,
    "transform": transform,
    "map_zip_with": map_zip_with,
    "filter": filter_,
    "any_match": matching("any_match", "any_true({})"),
    "all_match": matching("all_match", "all_true({})"),
    "none_match": matching("none_match", "(NOT any_true({}))"),
    "reduce": reduce,
    "zip_with": zip_with,
    "map_filter": map_filter,
    "transform_values": transform_values,
    "transform_keys": transform_keys,
}
