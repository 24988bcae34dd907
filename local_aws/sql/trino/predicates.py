"""Comparisons, logic, IN, BETWEEN, LIKE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import operators, places
from local_aws.sql.trino.typed import At, Relation, Scope, Typed, coerce, common

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions

SYMBOLS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}


def negation(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    return Typed(f"(NOT {compiler.condition(node.this, scope, 'NOT').sql})", types.BOOLEAN)


def logic(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    word = "AND" if isinstance(node, exp.And) else "OR"
    operands = [compiler.condition(each, scope, f"Logical expression term of {word}") for each in node.flatten()]
    return Typed(f"({f' {word} '.join(each.sql for each in operands)})", types.BOOLEAN)


def comparison(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    left, symbol = compiler.value(node.this, scope), SYMBOLS[type(node)]
    other = node.expression
    quantified = _quantified(other)
    if quantified is not None:
        word, inner = quantified
        relation = compiler.queries.subquery(inner, scope)
        kind = common(left.type, relation.fields[0].type) if len(relation.fields) == 1 else None
        if kind is None:
            raise operators.mismatch(symbol, left.type, relation.fields[0].type, compiler.at(node))
        column = coerce(Typed("c0", relation.fields[0].type), kind).sql
        values = f"SELECT {column} FROM ({relation.sql})" if column != "c0" else relation.sql
        return Typed(f"({coerce(left, kind).sql} {symbol} {word} ({values}))", types.BOOLEAN)
    right = compiler.value(other, scope)
    try:
        return operators.compare(symbol, left, right, None)
    except QueryFailed as error:
        raise error.placed(places.operator(compiler.text, node, symbol, {"<>": "!="}.get(symbol, symbol))) from error


def _quantified(node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """ANY or ALL, and its query; a call of that name is what the parser takes `ALL (VALUES …)` for."""
    if isinstance(node, exp.Any | exp.All):
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return "ANY" if isinstance(node, exp.Any) else "ALL", inner
    word = str(node.this).upper() if isinstance(node, exp.Anonymous) else ""
    if word in {"ALL", "ANY", "SOME"} and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        return "ALL" if word == "ALL" else "ANY", node.expressions[0]
    return None


def is_null(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    if isinstance(node.expression, exp.Boolean):
        truth = compiler.condition(node.this, scope, "IS")
        return Typed(f"({truth.sql} IS {'TRUE' if node.expression.this else 'FALSE'})", types.BOOLEAN)
    value = compiler.value(node.this, scope)
    if not isinstance(node.expression, exp.Null):
        raise unsupported(f"IS {node.expression.sql('trino')}", compiler.at(node))
    sql = value.sql.replace("py_json_canonical(", "unsorted_json(")  # the order of the members does not matter here
    return Typed(f"({sql} IS NULL)", types.BOOLEAN)


def among(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    value = compiler.value(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        inner = query.this if isinstance(query, exp.Subquery) else query
        relation = compiler.queries.subquery(inner, scope)
        if len(relation.fields) > 1 and _members(node.this) == len(relation.fields):
            return _tuple_among(compiler, node, scope, relation)
        kind = common(value.type, relation.fields[0].type)
        if len(relation.fields) != 1 or kind is None:
            found = ", ".join(field.type.trino for field in relation.fields)
            message = "value and result of subquery must be of the same type for IN expression: "
            message += f"{value.type.trino} vs {found}"
            raise QueryFailed("TYPE_MISMATCH", message, compiler.at(node))
        if operators.padded(value.type, relation.fields[0].type):
            trimmed = operators.compared(value, kind, True)
            return Typed(f"({trimmed} IN (SELECT rtrim(c0, ' ') FROM ({relation.sql})))", types.BOOLEAN)
        made = Typed(f"({coerce(value, kind).sql} IN ({relation.sql}))", types.BOOLEAN)
        member = compiler.queries.pushdown.member(coerce(value, kind).sql, relation.sql, kind)
        if member is not None:
            compiler.memberships[made.sql] = member
        return made
    options = [compiler.value(each, scope) for each in node.expressions]
    kind = value.type
    for option in options:
        both = common(kind, option.type)
        if both is None:
            message = f"IN value and list items must be the same type: {value.type.trino}, {option.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, compiler.at(node))
        kind = both
    if kind.name == "row":  # a row with a NULL in it may be equal
        equal = [operators.compare("=", value, option, compiler.at(node)).sql for option in options]
        return Typed(f"({' OR '.join(equal)})", types.BOOLEAN)
    without = operators.padded(value.type, *(option.type for option in options))
    listed = ", ".join(operators.compared(option, kind, without) for option in options)
    return Typed(f"({operators.compared(value, kind, without)} IN ({listed}))", types.BOOLEAN)


def _members(node: exp.Expr) -> int:
    """Of how many members a row is written; 0 for what is no row's text."""
    bare = node.unnest()
    is_row = isinstance(bare, exp.Tuple) or (isinstance(bare, exp.Anonymous) and str(bare.this).upper() == "ROW")
    return len(bare.expressions) if is_row else 0


def _tuple_among(compiler: Expressions, node: exp.Expr, scope: Scope, relation: Relation) -> Typed:
    """`(a, b) IN (SELECT x, y …)`."""
    values, sides = [], []
    for n, (each, field) in enumerate(zip(node.this.unnest().expressions, relation.fields, strict=True)):
        value = compiler.value(each, scope)
        kind = common(value.type, field.type)
        if kind is None:
            message = "Value expression and result of subquery must be of the same type: "
            message += f"{value.type.trino} vs {field.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, compiler.at(node))
        if kind.name in {"row", "array", "map"} or operators.padded(value.type, field.type):
            raise unsupported(f"IN of a row with a {kind.name} over a subquery", compiler.at(node))
        values.append(coerce(value, kind).sql)
        sides.append(coerce(Typed(f"c{n}", field.type), kind).sql)
    return Typed(f"(({', '.join(values)}) IN (SELECT {', '.join(sides)} FROM ({relation.sql})))", types.BOOLEAN)


def between(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    value, low, high = (compiler.value(node.args[part], scope) for part in ("this", "low", "high"))
    if node.args.get("symmetric"):
        raise unsupported("BETWEEN SYMMETRIC", compiler.at(node))
    lower = operators.compare(">=", value, low, compiler.at(node))
    upper = operators.compare("<=", value, high, compiler.at(node))
    return Typed(f"({lower.sql} AND {upper.sql})", types.BOOLEAN)


def like(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    like, escape = (node.this, node.expression) if isinstance(node, exp.Escape) else (node, None)
    value, pattern = compiler.value(like.this, scope), compiler.value(like.expression, scope)
    for each in (value, pattern):
        if not each.type.is_text and each.type.name != "unknown":
            message = f"Left side of LIKE expression must evaluate to a varchar (actual: {each.type.trino})"
            raise QueryFailed("TYPE_MISMATCH", message, compiler.at(node))
    if escape is not None:
        _check_escape(pattern, compiler.value(escape, scope), compiler.at(node))
    # a backslash escapes in DuckDB by itself, in Trino only when asked for
    mark = compiler.value(escape, scope).sql if escape is not None else "chr(1)"
    matches = f"like_escape({value.sql}, {pattern.sql}, {mark})"
    # the parser says NOT LIKE by a flag of the node, not by a NOT above it
    return Typed(f"(NOT {matches})" if like.args.get("negate") else matches, types.BOOLEAN)


def _check_escape(pattern: Typed, escape: Typed, at: At) -> None:
    """:raises QueryFailed: `INVALID_FUNCTION_ARGUMENT`, for literals that are no pattern."""
    mark = escape.constant
    if mark is not None and len(mark) != 1:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character", at)
    if mark is None or pattern.constant is None:
        return
    rest = iter(pattern.constant)
    if any(each == mark and next(rest, "") not in {"%", "_", mark} for each in rest):
        message = "Escape character must be followed by '%', '_' or the escape character itself"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", message, at)
