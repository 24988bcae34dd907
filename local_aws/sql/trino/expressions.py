"""Expressions: each kind of node of Trino's grammar, resolved, typed, and written as DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import calls, casts, dialect, operators
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Names, Scope, Typed, coerce, common, name, text
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


class Expressions:
    """Compiles the expressions of one statement.

    `text` is the statement's text, for the positions in messages.
    :param now: the query's time.
    """

    def __init__(self, written: str, now: datetime, queries: Queries) -> None:
        self.text = written
        self.now = now
        self.names = Names()
        self.queries = queries
        self.memberships: dict[str, exp.Expr] = {}
        """What `value IN (subquery)` says of the rows that it keeps, by its text."""
        self._kinds: dict[type[exp.Expr], Callable[[exp.Expr, Scope], Typed]] = {
            exp.Column: self._column,
            exp.Identifier: self._column,
            exp.Dot: self._column,
            exp.Literal: self._literal,
            exp.Boolean: lambda node, scope: Typed("TRUE" if node.this else "FALSE", types.BOOLEAN),
            exp.Null: lambda node, scope: Typed("NULL", types.UNKNOWN),
            exp.Paren: self._paren,
            exp.Neg: self._negative,
            exp.Not: self._not,
            exp.And: self._logic,
            exp.Or: self._logic,
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Escape: self._like,
            exp.DPipe: self._concat,
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Case: self._case,
            exp.If: self._if,
            exp.Interval: self._interval,
            exp.Subquery: self._subquery,
            exp.Select: self._subquery,
            exp.Exists: self._exists,
            exp.Array: self._array,
            exp.Bracket: self._bracket,
            exp.Tuple: self._tuple,
            exp.Extract: self._extract,
            exp.CurrentDate: lambda node, scope: Typed(f"DATE '{self.now:%Y-%m-%d}'", types.DATE),
            exp.CurrentTimestamp: lambda node, scope: calls.special(self, "now/0", [], None),
            exp.Localtimestamp: self._localtimestamp,
            exp.AtTimeZone: self._at_time_zone,
            exp.Trim: self._trim,
            exp.Substring: self._substring,
            exp.StrPosition: lambda node, scope: self.call("strpos", [node.this, node.args["substr"]], scope, None),
            exp.ParseJSON: lambda node, scope: self.call("json_parse", [node.this], scope, None),
            exp.HexString: lambda node, scope: Typed(f"unhex({text(node.this)})", types.VARBINARY),
            exp.Anonymous: lambda node, scope: calls.compile_call(self, node, scope),
            exp.Filter: lambda node, scope: calls.compile_call(self, node, scope),
            exp.Window: lambda node, scope: calls.compile_call(self, node, scope),
            exp.WithinGroup: lambda node, scope: calls.compile_call(self, node, scope),
            exp.IgnoreNulls: lambda node, scope: calls.compile_call(self, node, scope),
            exp.RespectNulls: lambda node, scope: calls.compile_call(self, node, scope),
        }

    # what the others use
    def value(self, node: exp.Expr, scope: Scope) -> Typed:
        """The value of an expression. :raises QueryFailed: as Trino's analyzer would."""
        kind = type(node)
        if kind in self._kinds:
            return self._kinds[kind](node, scope)
        if kind in COMPARISONS:
            return self._comparison(node, scope)
        if kind in ARITHMETIC:
            left, right = self.value(node.this, scope), self.value(node.expression, scope)
            return operators.arithmetic(ARITHMETIC[kind], left, right, self.at(node))
        if isinstance(node, exp.Placeholder | exp.Parameter):
            raise QueryFailed(
                "INVALID_PARAMETER_USAGE", "Incorrect number of parameters: a ? has no value", self.at(node)
            )
        raise unsupported(f"the expression {node.sql('trino')[:100]!r}", self.at(node))

    def covers(self, node: exp.Expr) -> bool:
        """Whether a node is an expression by itself, rather than a part of one."""
        return type(node) in self._kinds or type(node) in COMPARISONS or type(node) in ARITHMETIC

    def condition(self, node: exp.Expr, scope: Scope, clause: str) -> Typed:
        """A value that must be boolean, for WHERE, HAVING, ON and FILTER."""
        found = self.value(node, scope)
        if found.type.name not in {"boolean", "unknown"}:
            message = f"{clause} clause must evaluate to a boolean: actual type {found.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
        return found

    def at(self, node: exp.Expr) -> At:
        """Where a node begins in the statement, as far as its names tell."""
        starts = [each.meta["start"] for each in node.find_all(exp.Identifier, exp.Anonymous) if "start" in each.meta]
        return dialect.position(self.text, min(starts)) if starts and self.text else None

    def common_of(self, kinds: Sequence[Type], at: At) -> Type:
        found = kinds[0] if kinds else types.UNKNOWN
        for each in kinds[1:]:
            both = common(found, each)
            if both is None:
                message = f"All operands must be the same type: {found.trino}, {each.trino}"
                raise QueryFailed("TYPE_MISMATCH", message, at)
            found = both
        return found

    def wrong_arguments(self, function: str, args: Sequence[Typed], expected: Sequence[str], at: At) -> QueryFailed:
        given = ", ".join(arg.type.trino for arg in args)
        message = f"Unexpected parameters ({given}) for function {function}. Expected: {', '.join(expected)}"
        return QueryFailed("FUNCTION_NOT_FOUND", message, at)

    def function(self, node: exp.Expr, kinds: list[Type], scope: Scope) -> tuple[Typed, list[str]]:
        """A lambda's body, its parameters of the given types, and the names that they have in DuckDB."""
        if not isinstance(node, exp.Lambda) or len(node.expressions) != len(kinds):
            raise QueryFailed("TYPE_MISMATCH", f"Expected a lambda that takes {len(kinds)} argument(s)", self.at(node))
        made = [self.names.new("p") for _ in kinds]
        params = zip(node.expressions, made, kinds, strict=True)
        inner = Scope([], scope, {each.name.lower(): Typed(own, kind) for each, own, kind in params})
        return self.value(node.this, inner), made

    def call(self, function: str, nodes: list[exp.Expr], scope: Scope, at: At) -> Typed:
        return calls.scalar(self, function, [self.value(node, scope) for node in nodes], at)

    # names and literals
    def _column(self, node: exp.Expr, scope: Scope) -> Typed:
        parts = _parts(node)
        if parts is None:
            base = self.value(node.this, scope)
            return self._field(base, node.expression.name.lower(), self.at(node))
        lowered = [part.lower() for part in parts]
        found = scope.find(lowered, self.at(node))
        if found is None:
            raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{'.'.join(parts)}' cannot be resolved", self.at(node))
        value, rest = found
        for each in rest:
            value = self._field(value, each, self.at(node))
        return value

    def _field(self, value: Typed, field: str, at: At) -> Typed:
        for n, (label, kind) in enumerate(value.type.fields):
            if label.lower() == field:
                return Typed(f"struct_extract({value.sql}, {text(label or f'field{n}')})", kind)
        raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{field}' cannot be resolved", at)

    @staticmethod
    def _literal(node: exp.Expr, scope: Scope) -> Typed:
        written = str(node.this)
        if node.is_string:
            return Typed(text(written), types.VARCHAR, written)
        if "e" in written.lower():
            return Typed(f"CAST({written} AS DOUBLE)", types.DOUBLE, written)
        if "." in written:
            whole, _, fraction = written.partition(".")
            kind = types.decimal(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
            return Typed(f"CAST({written} AS {kind.duckdb})", kind, written)
        kind = types.INTEGER if int(written) < 2**31 else types.BIGINT
        return Typed(written, kind, written)

    def _paren(self, node: exp.Expr, scope: Scope) -> Typed:
        inner = self.value(node.this, scope)
        return Typed(f"({inner.sql})", inner.type, inner.constant)

    # operators
    def _negative(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if not (value.type.is_number or value.type.name.startswith("interval")):
            message = f"Cannot negate {value.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
        return Typed(f"(-{value.sql})", value.type, f"-{value.constant}" if value.constant else None)

    def _not(self, node: exp.Expr, scope: Scope) -> Typed:
        return Typed(f"(NOT {self.condition(node.this, scope, 'NOT').sql})", types.BOOLEAN)

    def _logic(self, node: exp.Expr, scope: Scope) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        operands = [self.condition(each, scope, f"Logical expression term of {word}") for each in node.flatten()]
        return Typed(f"({f' {word} '.join(each.sql for each in operands)})", types.BOOLEAN)

    def _comparison(self, node: exp.Expr, scope: Scope) -> Typed:
        left, symbol = self.value(node.this, scope), COMPARISONS[type(node)]
        other = node.expression
        if isinstance(other, exp.Any | exp.All):
            inner = other.this.this if isinstance(other.this, exp.Subquery) else other.this
            relation = self.queries.subquery(inner, scope)
            word = "ANY" if isinstance(other, exp.Any) else "ALL"
            return Typed(f"({left.sql} {symbol} {word} ({relation.sql}))", types.BOOLEAN)
        return operators.compare(symbol, left, self.value(other, scope), self.at(node))

    def _is(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if not isinstance(node.expression, exp.Null):
            raise unsupported(f"IS {node.expression.sql('trino')}", self.at(node))
        return Typed(f"({value.sql} IS NULL)", types.BOOLEAN)

    def _in(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        query = node.args.get("query")
        if query is not None:
            inner = query.this if isinstance(query, exp.Subquery) else query
            relation = self.queries.subquery(inner, scope)
            kind = common(value.type, relation.fields[0].type)
            if len(relation.fields) != 1 or kind is None:
                found = ", ".join(field.type.trino for field in relation.fields)
                message = "value and result of subquery must be of the same type for IN expression: "
                message += f"{value.type.trino} vs {found}"
                raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
            made = Typed(f"({coerce(value, kind).sql} IN ({relation.sql}))", types.BOOLEAN)
            member = self.queries.pushdown.member(coerce(value, kind).sql, relation.sql, kind)
            if member is not None:
                self.memberships[made.sql] = member
            return made
        options = [self.value(each, scope) for each in node.expressions]
        kind = value.type
        for option in options:
            both = common(kind, option.type)
            if both is None:
                message = f"IN value and list items must be the same type: {value.type.trino}, {option.type.trino}"
                raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
            kind = both
        listed = ", ".join(coerce(option, kind).sql for option in options)
        return Typed(f"({coerce(value, kind).sql} IN ({listed}))", types.BOOLEAN)

    def _between(self, node: exp.Expr, scope: Scope) -> Typed:
        value, low, high = (self.value(node.args[part], scope) for part in ("this", "low", "high"))
        if node.args.get("symmetric"):
            raise unsupported("BETWEEN SYMMETRIC", self.at(node))
        lower = operators.compare(">=", value, low, self.at(node))
        upper = operators.compare("<=", value, high, self.at(node))
        return Typed(f"({lower.sql} AND {upper.sql})", types.BOOLEAN)

    def _like(self, node: exp.Expr, scope: Scope) -> Typed:
        like, escape = (node.this, node.expression) if isinstance(node, exp.Escape) else (node, None)
        value, pattern = self.value(like.this, scope), self.value(like.expression, scope)
        for each in (value, pattern):
            if not each.type.is_text and each.type.name != "unknown":
                message = f"Left side of LIKE expression must evaluate to a varchar (actual: {each.type.trino})"
                raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
        # a backslash escapes in DuckDB by itself, in Trino only when asked for
        mark = self.value(escape, scope).sql if escape is not None else "chr(1)"
        return Typed(f"like_escape({value.sql}, {pattern.sql}, {mark})", types.BOOLEAN)

    def _concat(self, node: exp.Expr, scope: Scope) -> Typed:
        args = [self.value(each, scope) for each in (node.this, node.expression)]
        return calls.special(self, "concat", args, self.at(node))

    # casts and conditions
    def _cast(self, node: exp.Expr, scope: Scope) -> Typed:
        kind = trino_type(node.args["to"], self.at(node))
        if kind.name == "timestamp" and isinstance(node.this, exp.Literal):
            kind = max(kind, types.TIMESTAMP, key=lambda each: each.args)  # Athena's literals have milliseconds
        return casts.cast(self.value(node.this, scope), kind, safe=isinstance(node, exp.TryCast), at=self.at(node))

    def _case(self, node: exp.Expr, scope: Scope) -> Typed:
        operand = self.value(node.this, scope) if node.this is not None else None
        tests, results = [], []
        for each in node.args["ifs"]:
            if operand is None:
                tests.append(self.condition(each.this, scope, "CASE WHEN"))
            else:
                tests.append(operators.compare("=", operand, self.value(each.this, scope), self.at(each)))
            results.append(self.value(each.args["true"], scope))
        default = node.args.get("default")
        last = self.value(default, scope) if default is not None else Typed("NULL", types.UNKNOWN)
        kind = self.common_of([*(each.type for each in results), last.type], self.at(node))
        branches = zip(tests, results, strict=True)
        written = " ".join(f"WHEN {test.sql} THEN {coerce(result, kind).sql}" for test, result in branches)
        return Typed(f"CASE {written} ELSE {coerce(last, kind).sql} END", kind)

    def _if(self, node: exp.Expr, scope: Scope) -> Typed:
        test, yes = self.condition(node.this, scope, "IF"), self.value(node.args["true"], scope)
        other = node.args.get("false")
        no = self.value(other, scope) if other is not None else Typed("NULL", types.UNKNOWN)
        kind = self.common_of([yes.type, no.type], self.at(node))
        return Typed(f"CASE WHEN {test.sql} THEN {coerce(yes, kind).sql} ELSE {coerce(no, kind).sql} END", kind)

    # moments
    def _interval(self, node: exp.Expr, scope: Scope) -> Typed:
        unit = node.args["unit"].name.upper() if node.args.get("unit") is not None else ""
        if unit not in {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"} or not isinstance(
            node.this, exp.Literal
        ):
            raise unsupported(f"the interval {node.sql('trino')!r}", self.at(node))
        kind = types.INTERVAL_MONTH if unit in {"MONTH", "YEAR"} else types.INTERVAL_DAY
        return Typed(f"INTERVAL {text(str(node.this.this))} {unit}", kind)

    def _extract(self, node: exp.Expr, scope: Scope) -> Typed:
        return self.call(node.this.name.lower(), [node.expression], scope, self.at(node))

    def _localtimestamp(self, node: exp.Expr, scope: Scope) -> Typed:
        return Typed(f"TIMESTAMP '{self.now:%Y-%m-%d %H:%M:%S.%f}'", types.TIMESTAMP)

    def _at_time_zone(self, node: exp.Expr, scope: Scope) -> Typed:
        return self.call("at_timezone", [node.this, node.args["zone"]], scope, self.at(node))

    # texts
    def _trim(self, node: exp.Expr, scope: Scope) -> Typed:
        function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
        nodes = [node.this, *([node.expression] if node.args.get("expression") is not None else [])]
        return self.call(function, nodes, scope, self.at(node))

    def _substring(self, node: exp.Expr, scope: Scope) -> Typed:
        nodes = [node.this, *(node.args[part] for part in ("start", "length") if node.args.get(part) is not None)]
        return self.call("substr", nodes, scope, self.at(node))

    # queries and collections
    def _subquery(self, node: exp.Expr, scope: Scope) -> Typed:
        relation = self.queries.subquery(node.this if isinstance(node, exp.Subquery) else node, scope)
        if len(relation.fields) != 1:
            message = f"Multiple columns returned by subquery are not yet supported. Found {len(relation.fields)}"
            raise QueryFailed("NOT_SUPPORTED", message, self.at(node))
        return Typed(f"({relation.sql})", relation.fields[0].type)

    def _exists(self, node: exp.Expr, scope: Scope) -> Typed:
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return Typed(f"EXISTS ({self.queries.subquery(inner, scope).sql})", types.BOOLEAN)

    def _array(self, node: exp.Expr, scope: Scope) -> Typed:
        values = [self.value(each, scope) for each in node.expressions]
        kind = self.common_of([each.type for each in values], self.at(node))
        return Typed(f"[{', '.join(coerce(each, kind).sql for each in values)}]", types.array(kind))

    def _bracket(self, node: exp.Expr, scope: Scope) -> Typed:
        base, key = self.value(node.this, scope), self.value(node.expressions[0], scope)
        if base.type.name == "map":
            sought = coerce(key, base.type.args[0])
            missing = fail(
                "INVALID_FUNCTION_ARGUMENT", f"'Key not present in map: ' || {sought.sql}", base.type.args[1]
            )
            there = f"{base.sql} IS NULL OR map_contains({base.sql}, {sought.sql})"
            sql = f"CASE WHEN {there} THEN ({base.sql})[{sought.sql}] ELSE {missing} END"
            return Typed(sql, base.type.args[1])
        if base.type.name == "row" and key.constant is not None:
            at = int(key.constant)
            if not 1 <= at <= len(base.type.fields):
                raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"ROW subscript {at} is out of bounds", self.at(node))
            return Typed(f"struct_extract_at({base.sql}, {at})", base.type.fields[at - 1][1])
        if base.type.name != "array" or not key.type.is_integer:
            raise QueryFailed(
                "TYPE_MISMATCH", f"Cannot use {key.type.trino} for subscript of {base.type.trino}", self.at(node)
            )
        kind = base.type.element
        outside = fail(
            "INVALID_FUNCTION_ARGUMENT",
            f"'Array subscript must be less than or equal to array length: ' || {key.sql} || ' > ' || len({base.sql})",
            kind,
        )
        inside = f"{base.sql} IS NULL OR {key.sql} IS NULL OR {key.sql} BETWEEN 1 AND len({base.sql})"
        return Typed(f"CASE WHEN {inside} THEN ({base.sql})[{key.sql}] ELSE {outside} END", kind)

    def _tuple(self, node: exp.Expr, scope: Scope) -> Typed:
        return calls.special(self, "row", [self.value(each, scope) for each in node.expressions], self.at(node))


def trino_type(node: exp.Expr, at: At) -> Type:
    """A type as Trino writes it; `decimal` alone is decimal(38, 0) there."""
    written = node.sql("trino").lower()
    try:
        return types.decimal(38, 0) if written == "decimal" else types.parse(written)
    except types.UnknownType as error:
        raise QueryFailed("TYPE_NOT_FOUND", f"Unknown type: {written}", at) from error


def _parts(node: exp.Expr) -> list[str] | None:
    """The names of `a.b.c`; None where something else than names stands before a dot."""
    if isinstance(node, exp.Identifier):
        return [node.name]
    if isinstance(node, exp.Column):
        return [part.name for part in node.parts]
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        before = _parts(node.this)
        return None if before is None else [*before, node.expression.name]
    return None


__all__ = ["Expressions", "name", "trino_type"]
