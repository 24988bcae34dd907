"""Function calls: scalar, aggregate, window, with a lambda; and the refusal, by name, of every other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import functions, operators
from local_aws.sql.trino.functions import json, lambdas, sql_json
from local_aws.sql.trino.signatures import Signature, choose
from local_aws.sql.trino.typed import At, Scope, Typed, coerce, settled

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions


_SAME_IF_DISTINCT = {"min", "max", "approx_distinct", "bool_and", "bool_or", "every", "arbitrary", "any_value"}
_ORDERED = {"map_agg", "multimap_agg", "map_union", "arbitrary", "any_value", "set_agg"}
"""Aggregates that ORDER BY would change, and that cannot take it here."""


@dataclass
class _Call:
    """A call with the clauses around it: DISTINCT and ORDER BY inside, FILTER, WITHIN GROUP, OVER outside."""

    name: str
    args: list[exp.Expr]
    at: At
    distinct: bool = False
    order: list[exp.Expr] = field(default_factory=list)
    condition: exp.Expr | None = None
    window: exp.Window | None = None
    ignore_nulls: bool = False
    overflow: str = "ERROR"


def compile_call(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    call = _unwrapped(compiler, node)
    if call.name in sql_json.NAMES and isinstance(node, exp.Anonymous):
        return sql_json.compiled(compiler, node, scope, call.at)
    if call.name == "try":
        return _try(compiler, call, scope)
    if call.name == "normalize":
        return _normalize(compiler, call, scope)
    if call.name == "reduce_agg":
        return _reduce_agg(compiler, call, scope)
    if call.name in lambdas.LAMBDAS and call.window is None:
        return lambdas.LAMBDAS[call.name](compiler, call.args, scope, call.at)
    if call.name in functions.AGGREGATES or call.name in functions.WINDOWS:
        return _aggregate(compiler, call, scope)
    if call.name == "grouping":
        args = ", ".join(compiler.value(arg, scope).sql for arg in call.args)
        return Typed(f"CAST(grouping({args}) AS INTEGER)", types.INTEGER)
    if call.window is not None or call.condition is not None or call.distinct or call.order:
        raise QueryFailed(
            "FUNCTION_NOT_AGGREGATE", f"Function '{call.name}' is not an aggregate or window function", call.at
        )
    return scalar(compiler, call.name, [compiler.value(arg, scope) for arg in call.args], call.at)


def scalar(compiler: Expressions, name: str, args: list[Typed], at: At) -> Typed:
    """:raises QueryFailed: `FUNCTION_NOT_FOUND`, for a name or arguments that Trino does not have."""
    for key in (f"{name}/{len(args)}", name):
        if key in functions.SPECIALS:
            return functions.SPECIALS[key](compiler, args, at)
    options = functions.SCALARS.get(name)
    if options is None:
        raise _unknown(name, at)
    found = choose(options, args)
    if found is None:
        raise compiler.wrong_arguments(name, args, [each.expected() for each in options], at)
    return found


def special(compiler: Expressions, key: str, args: list[Typed], at: At) -> Typed:
    return functions.SPECIALS[key](compiler, args, at)


def _unknown(name: str, at: At) -> QueryFailed:
    if name in functions.KNOWN:
        return unsupported(f"the function {name}", at)
    return QueryFailed("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", at)


def _unwrapped(compiler: Expressions, node: exp.Expr) -> _Call:
    if isinstance(node, exp.Anonymous):
        call = _Call(str(node.this).lower(), list(node.expressions), compiler.at(node))
        call.overflow = (node.meta.get("options") or {}).get("overflow", "ERROR")
        if len(call.args) >= 1 and isinstance(call.args[-1], exp.Order):
            last = call.args.pop()
            call.args.append(last.this)
            call.order = list(last.expressions)
        if call.args and isinstance(call.args[0], exp.Distinct):
            call.args, call.distinct = [*call.args[0].expressions, *call.args[1:]], True
        return call
    call = _unwrapped(compiler, node.this)
    if isinstance(node, exp.Filter):
        call.condition = node.expression.this
    elif isinstance(node, exp.WithinGroup):
        call.order = list(node.expression.expressions)
    elif isinstance(node, exp.Window):
        call.window = node
    elif isinstance(node, exp.IgnoreNulls):
        call.ignore_nulls = True
    elif not isinstance(node, exp.RespectNulls):
        raise unsupported(f"the expression {node.sql('trino')[:100]!r}", call.at)
    return call


def _try(compiler: Expressions, call: _Call, scope: Scope) -> Typed:
    """`try(x)`: NULL where x fails. DuckDB has it too, but not around aggregates and subqueries."""
    [node] = call.args
    for inner in node.find_all(exp.Query, exp.Window, exp.Anonymous):
        if not isinstance(inner, exp.Anonymous) or str(inner.this).lower() in functions.AGGREGATES:
            raise unsupported("TRY around an aggregate, a window function or a subquery", call.at)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "json_parse" and len(node.expressions) == 1:
        [document] = node.expressions
        if isinstance(document, exp.Column):  # which cannot fail itself
            return json.parse_or_null(compiler, compiler.value(document, scope), call.at)
    value = compiler.value(node, scope)
    if any(inner is not node for inner in node.find_all(exp.Func)):
        # in a lambda: DuckDB would take what stands in it twice out of TRY, and fail there
        return Typed(f"TRY(list_transform([0], lambda tried: {value.sql})[1])", value.type)
    return Typed(f"TRY({value.sql})", value.type)


def _normalize(compiler: Expressions, call: _Call, scope: Scope) -> Typed:
    """`normalize(x [, NFC | NFD | NFKC | NFKD])`: the form is a word."""
    form = call.args[1].name.upper() if len(call.args) > 1 else "NFC"
    value = compiler.value(call.args[0], scope)
    if form not in {"NFC", "NFD", "NFKC", "NFKD"} or not (value.type.is_text or value.type.name == "unknown"):
        raise compiler.wrong_arguments("normalize", [value], ["normalize(varchar(x), varchar(y))"], call.at)
    return Typed(f"py_normalize({value.sql}, '{form}')", types.VARCHAR)


def _reduce_agg(compiler: Expressions, call: _Call, scope: Scope) -> Typed:
    """`reduce_agg(value, start, (state, value) -> …, (a, b) -> …)`: all values that are not NULL, folded one by one.

    Deviates: nothing is folded in parallel, so that the last function is only checked.
    """
    if len(call.args) != 4 or call.window is not None or call.distinct:
        raise unsupported("reduce_agg in a window, with DISTINCT, or of other than four arguments", call.at)
    value = compiler.value(call.args[0], scope)
    kept = f"{value.sql} IS NOT NULL"
    if call.condition is not None:
        kept += f" AND {compiler.condition(call.condition, scope, 'FILTER').sql}"
    values = Typed(f"list({value.sql}) FILTER (WHERE {kept})", types.array(value.type))
    made = lambdas.fold(compiler, values, call.args[1:3], scope, call.at)
    compiler.function(call.args[3], [made.type, made.type], scope)
    return made


def _aggregate(compiler: Expressions, call: _Call, scope: Scope) -> Typed:
    tail = ""
    if call.condition is not None:
        tail += f" FILTER (WHERE {compiler.condition(call.condition, scope, 'FILTER').sql})"
    if call.window is not None:
        tail += f" OVER ({_window(compiler, call.window, scope)})"
    if call.name in functions.WINDOWS and call.window is None:
        raise QueryFailed("MISSING_OVER", f"Window function {call.name} requires an OVER clause", call.at)
    if call.name == "count" and (not call.args or isinstance(call.args[0], exp.Star)):
        return Typed(f"count(*){tail}", types.BIGINT)
    args = [settled(compiler.value(arg, scope)) for arg in call.args]
    clauses = {
        "{distinct}": "DISTINCT " if call.distinct else "",
        "{order}": " ORDER BY " + ", ".join(ordered(compiler, each, scope) for each in call.order)
        if call.order
        else "",
        "{nulls}": " IGNORE NULLS" if call.ignore_nulls else "",
        "{overflow}": f"'{call.overflow}'",
    }
    if call.distinct and call.window is not None:
        raise QueryFailed("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported", call.at)
    if call.name == "listagg" and len(args) == 1:
        args.append(Typed("''", types.VARCHAR, ""))
    if call.name in {"sum", "avg"} and args and args[0].type.name == "decimal":
        return _decimal_aggregate(call, args[0], clauses["{distinct}"], tail)
    options = functions.AGGREGATES.get(call.name) or functions.WINDOWS[call.name]
    if (call.distinct or call.order) and all("{distinct}" not in each.template for each in options):
        if call.order and call.name in _ORDERED:
            raise unsupported(f"ORDER BY in {call.name}", call.at)
        if call.distinct and call.name not in _SAME_IF_DISTINCT:
            raise unsupported(f"DISTINCT in {call.name}", call.at)
    found = choose([_placed(each, clauses, tail) for each in options], args)
    if found is None:
        raise compiler.wrong_arguments(call.name, args, [each.expected() for each in options], call.at)
    return found


def _placed(signature: Signature, clauses: dict[str, str], tail: str) -> Signature:
    template = signature.template
    for mark, clause in clauses.items():
        template = template.replace(mark, clause)
    template = template.replace("{tail}", tail) if "{tail}" in template else template + tail
    return Signature(signature.name, signature.params, signature.result, template, signature.variadic)


def _decimal_aggregate(call: _Call, arg: Typed, distinct: str, tail: str) -> Typed:
    """The sum in 38 digits; the mean in the column's own type, rounded half up."""
    precision, scale = arg.type.args
    total = f"sum({distinct}{arg.narrow or arg.sql}){tail}"
    if call.name == "sum":
        kind = types.decimal(38, scale)
        return Typed(f"CAST({total} AS {kind.duckdb})", kind)
    many = f"CAST(nullif(count({distinct}{arg.sql}){tail}, 0) AS HUGEINT)"
    unit = f" * 0.{'0' * (scale - 1)}1" if scale else ""
    digits = f"CAST(rounded_quotient(unscaled(CAST({total} AS DECIMAL(38,{scale}))), {many}) AS DECIMAL(38,0))"
    return Typed(f"CAST({digits}{unit} AS DECIMAL({precision},{scale}))", arg.type)


def ordered(compiler: Expressions, node: exp.Expr, scope: Scope, written: str | None = None) -> str:
    """One item of an ORDER BY; NULLs come last unless the query says otherwise."""
    sql = written if written is not None else compiler.value(node.this, scope).sql
    direction = " DESC" if node.args.get("desc") else ""
    return f"{sql}{direction} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"


def _window(compiler: Expressions, node: exp.Window, scope: Scope) -> str:
    alias = node.args.get("alias")
    if alias is not None:
        named = compiler.queries.windows.get(alias.name.lower())
        if named is None:
            raise QueryFailed(
                "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {alias.name}", compiler.at(alias)
            )
        return _window(compiler, named, scope)
    parts = []
    partition = node.args.get("partition_by") or []
    if partition:
        parts.append("PARTITION BY " + ", ".join(compiler.value(each, scope).sql for each in partition))
    order = node.args.get("order")
    if order is not None:
        parts.append("ORDER BY " + ", ".join(ordered(compiler, each, scope) for each in order.expressions))
    spec = node.args.get("spec")
    if spec is not None:
        ends = [_bound(compiler, spec, side, scope) for side in ("start", "end")]
        frame = f"BETWEEN {ends[0]} AND {ends[1]}" if spec.args.get("end") else ends[0]
        parts.append(f"{spec.args.get('kind') or 'ROWS'} {frame}")
        _check_range(compiler, node, scope)
    return " ".join(parts)


def _check_range(compiler: Expressions, node: exp.Window, scope: Scope) -> None:
    """:raises QueryFailed: where a RANGE frame's offset cannot be taken from the sort key."""
    spec, order = node.args["spec"], node.args.get("order")
    for side in ("start", "end"):
        bound = spec.args.get(side)
        if str(spec.args.get("kind")).upper() != "RANGE" or bound is None or isinstance(bound, str):
            continue
        if order is None or len(order.expressions) != 1:
            raise QueryFailed("INVALID_ORDER_BY", "Window frame of type RANGE requires one ORDER BY", compiler.at(node))
        key, offset = compiler.value(order.expressions[0].this, scope), compiler.value(bound, scope)
        operators.arithmetic("-", key, offset, compiler.at(node))


def _bound(compiler: Expressions, spec: exp.Expr, side: str, scope: Scope) -> str:
    bound, direction = spec.args.get(side), spec.args.get(f"{side}_side") or ""
    if bound is None:
        return ""
    written = bound if isinstance(bound, str) else coerce(compiler.value(bound, scope), types.BIGINT).sql
    if not isinstance(bound, str) and isinstance(bound, exp.Interval):
        written = compiler.value(bound, scope).sql
    return f"{written} {direction}".strip()
