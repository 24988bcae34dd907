"""Expressions: each kind of node of Trino's grammar, resolved, typed, and written as DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import calls, casts, intervals, literals, operators, places, predicates, subscripts
from local_aws.sql.trino.typed import At, Names, Scope, Typed, coerce, common, name, settled, text
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries

ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


_REFUSED_TYPES = {"ipaddress", "hyperloglog", "p4hyperloglog", "qdigest", "tdigest", "setdigest", "geometry"}
_REFUSED_TYPES |= {
    "sphericalgeography",
    "color",
    "jsonpath",
    "jsonpath2016",
    "bingtile",
    "time with time zone",
    "timetz",
}


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
        self.exact = True
        """Whether decimals are computed in as many digits as Trino's, or may fail for being computed in 18."""
        self.row_zones = False
        """Whether a moment may have the zone that its own row names: in a SELECT that neither groups nor aggregates."""
        self.memberships: dict[str, exp.Expr] = {}
        """What `value IN (subquery)` says of the rows that it keeps, by its text."""
        self._kinds: dict[type[exp.Expr], Callable[[exp.Expr, Scope], Typed]] = {
            exp.Column: self._column,
            exp.Identifier: self._column,
            exp.Dot: self._column,
            exp.Literal: partial(literals.plain, self),
            exp.Boolean: lambda node, scope: Typed("TRUE" if node.this else "FALSE", types.BOOLEAN),
            exp.Null: lambda node, scope: Typed("NULL", types.UNKNOWN),
            exp.Paren: self._paren,
            exp.Neg: self._negative,
            exp.Not: partial(predicates.negation, self),
            exp.And: partial(predicates.logic, self),
            exp.Or: partial(predicates.logic, self),
            exp.Is: partial(predicates.is_null, self),
            exp.In: partial(predicates.among, self),
            exp.Between: partial(predicates.between, self),
            exp.Like: partial(predicates.like, self),
            exp.Escape: partial(predicates.like, self),
            exp.DPipe: self._concat,
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Case: self._case,
            exp.If: self._if,
            exp.Interval: self._interval,
            exp.Subquery: self._subquery,
            exp.Select: self._subquery,
            exp.Exists: self._exists,
            exp.Array: partial(subscripts.array, self),
            exp.Bracket: partial(subscripts.bracket, self),
            exp.Tuple: self._tuple,
            exp.Extract: self._extract,
            exp.CurrentDate: lambda node, scope: Typed(f"DATE '{self.now:%Y-%m-%d}'", types.DATE),
            exp.CurrentTimestamp: lambda node, scope: calls.special(self, "now/0", [], None),
            exp.CurrentCatalog: lambda node, scope: Typed(text("awsdatacatalog"), types.VARCHAR),
            exp.CurrentSchema: lambda node, scope: Typed(text(self.queries.database), types.VARCHAR),
            exp.Localtimestamp: self._localtimestamp,
            exp.Localtime: lambda node, scope: Typed(f"TIME '{self.now:%H:%M:%S.%f}'", types.TIME),
            exp.AtTimeZone: self._at_time_zone,
            exp.Trim: self._trim,
            exp.Substring: self._substring,
            exp.StrPosition: lambda node, scope: self.call("strpos", [node.this, node.args["substr"]], scope, None),
            exp.ParseJSON: lambda node, scope: self.call("json_parse", [node.this], scope, None),
            exp.HexString: partial(literals.binary, self),
            exp.UnicodeString: partial(literals.unicode, self),
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
        if kind in predicates.SYMBOLS:
            return predicates.comparison(self, node, scope)
        if kind in ARITHMETIC:
            left, right = self.value(node.this, scope), self.value(node.expression, scope)
            try:
                return operators.arithmetic(ARITHMETIC[kind], left, right, None, exact=self.exact)
            except QueryFailed as error:
                raise error.placed(places.operator(self.text, node, ARITHMETIC[kind])) from error
        if isinstance(node, exp.Placeholder | exp.Parameter):
            raise QueryFailed(
                "INVALID_PARAMETER_USAGE", "Incorrect number of parameters: a ? has no value", self.at(node)
            )
        raise unsupported(f"the expression {node.sql('trino')[:100]!r}", self.at(node))

    def covers(self, node: exp.Expr) -> bool:
        """Whether a node is an expression by itself, rather than a part of one."""
        return type(node) in self._kinds or type(node) in predicates.SYMBOLS or type(node) in ARITHMETIC

    def condition(self, node: exp.Expr, scope: Scope, clause: str) -> Typed:
        """A value that must be boolean, for WHERE, HAVING, ON and FILTER."""
        found = self.value(node, scope)
        if found.type.name not in {"boolean", "unknown"}:
            message = f"{clause} clause must evaluate to a boolean: actual type {found.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
        return found

    def at(self, node: exp.Expr) -> At:
        """Where a node begins in the statement, as far as its names tell."""
        return places.start(self.text, node)

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
        return settled(self.value(node.this, inner)), made

    def call(self, function: str, nodes: list[exp.Expr], scope: Scope, at: At) -> Typed:
        return calls.scalar(self, function, [self.value(node, scope) for node in nodes], at)

    # names and literals
    def _column(self, node: exp.Expr, scope: Scope) -> Typed:
        parts = _parts(node)
        if parts is None:
            base, shown = self.value(node.this, scope), node.this.sql("trino")
            return self._field(base, node.expression.name.lower(), self.at(node), shown)
        lowered = [part.lower() for part in parts]
        found = scope.find(lowered, self.at(node))
        if found is None:
            raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{'.'.join(parts)}' cannot be resolved", self.at(node))
        value, rest = found
        for place, each in enumerate(rest, len(parts) - len(rest)):
            value = self._field(value, each, self.at(node), ".".join(parts[:place]))
        return value

    def _field(self, value: Typed, field: str, at: At, shown: str) -> Typed:
        """A row's field. :param shown: how the row is written."""
        if value.type.name != "row":
            raise QueryFailed("TYPE_MISMATCH", f"Expression {shown} is not of type ROW", at)
        for n, (label, kind) in enumerate(value.type.fields):
            if label.lower() == field:
                return Typed(f"struct_extract({value.sql}, {text(label or f'field{n}')})", kind)
        raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{field}' cannot be resolved", at)

    def _paren(self, node: exp.Expr, scope: Scope) -> Typed:
        inner = self.value(node.this, scope)
        if isinstance(node.this, exp.Column):  # DISTINCT and GROUP BY find it again by its text
            return inner
        return Typed(f"({inner.sql})", inner.type, inner.constant)

    # operators
    def _negative(self, node: exp.Expr, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if not (value.type.is_number or value.type.name.startswith("interval")):
            message = f"Cannot negate {value.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, self.at(node))
        return Typed(f"(-{value.sql})", value.type, f"-{value.constant}" if value.constant else None)

    def _concat(self, node: exp.Expr, scope: Scope) -> Typed:
        args = [self.value(each, scope) for each in (node.this, node.expression)]
        return calls.special(self, "concat", args, self.at(node))

    # casts and conditions
    def _cast(self, node: exp.Expr, scope: Scope) -> Typed:
        kind = trino_type(node.args["to"], self.at(node))
        if node.meta.get("literal"):
            return literals.moment(self, node, kind)
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
        return intervals.literal(node, places.keyword(self.text, node))

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

    def _tuple(self, node: exp.Expr, scope: Scope) -> Typed:
        return calls.special(self, "row", [self.value(each, scope) for each in node.expressions], self.at(node))


def trino_type(node: exp.Expr, at: At) -> Type:
    """A type as Trino writes it; `decimal` alone is decimal(38, 0) there."""
    written = node.sql("trino").lower()
    try:
        return types.decimal(38, 0) if written == "decimal" else types.parse(written)
    except types.UnknownType as error:
        if written.partition("(")[0] in _REFUSED_TYPES:
            raise unsupported(f"the type {written}", at) from error
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
