"""Queries: SELECT, set operations, VALUES, WITH, and what stands in FROM. Every relation and column gets a name of our
own, so that Trino's rules for names (no case, duplicates allowed) hold whatever DuckDB's are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlglot import exp

from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import grouping, ordering, pushdown, set_operations, sources
from local_aws.sql.trino.expressions import Expressions
from local_aws.sql.trino.named import Tables
from local_aws.sql.trino.pushdown import Node, Pushdown
from local_aws.sql.trino.typed import (
    Field,
    Relation,
    Scope,
    Typed,
    coerce,
    is_of_row,
    settled,
    zone_text,
)

_CLAUSES = {"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows", "order"}
_CLAUSES |= {"limit", "offset", "laterals", "sample"}


@dataclass
class _Select:
    """A SELECT on its way: the scope of its FROM, and what of it conditions reach."""

    scope: Scope
    plan: pushdown.Select = field(default_factory=pushdown.Select)


class Queries:
    """Compiles one statement's queries.

    :param database: where tables without one are looked up.
    """

    def __init__(self, tables: Tables, text: str, database: str, now: datetime, pushed: Pushdown) -> None:
        self.tables = tables
        self.database = database
        self.pushdown = pushed
        self.expressions = Expressions(text, now, self)
        self.windows: dict[str, exp.Window] = {}
        self.ctes: dict[str, Relation] = {}
        self.shown: exp.Expr | None = None
        """The query whose rows are the result: it tells the zones of its moments, each beside its column."""
        self.expanding: tuple[tuple[str, ...], ...] = ()

    def statement(self, node: exp.Expr, *, exact: bool = True, shown: bool = False) -> Relation:
        """A whole query, ready to run: its scans know what they need not read.

        :param exact: see `Expressions`.
        :param shown: whether its rows are the result.
        """
        self.expressions.exact, self.shown = exact, node if shown else None
        found = self.relation_of(node)
        return replace(found, sql=self.pushdown.resolve(found.node, found.sql))

    def constant(self, sql: str) -> int:
        """A whole number that must be known before the query runs. :raises QueryFailed: where it is NULL."""
        return int(self.constant_text(sql))

    def constant_text(self, sql: str) -> str:
        """The text of a value that must be known before the query runs. :raises QueryFailed: where it is NULL."""
        found = self.pushdown.values(f"SELECT {sql} AS c0")
        if not found:
            raise QueryFailed("INVALID_ARGUMENTS", "Pointer value cannot be NULL")
        return str(found[0])

    def subquery(self, node: exp.Expr, scope: Scope) -> Relation:
        """A query in an expression."""
        found = self.relation_of(node, scope)
        if found.node is not None:
            self.pushdown.roots.append(found.node)
        return found

    def relation_of(self, node: exp.Expr, outer: Scope | None = None) -> Relation:
        """A query's DuckDB text and its output columns, named `c0`, `c1`, … there."""
        with self._with(node) as ctes:
            if isinstance(node, exp.Subquery):
                found = self._parenthesized(node, outer)
            elif isinstance(node, exp.Select):
                found = self._select(node, outer)
            elif isinstance(node, exp.SetOperation):
                found = set_operations.compiled(self, node, outer)
            elif isinstance(node, exp.Values):
                found = self.values(node, outer)
            elif isinstance(node, exp.Table):
                item = exp.select("*").from_(node.copy())
                found = self._select(item, outer)
            else:
                raise unsupported(f"the query {node.sql('trino')[:100]!r}", self.expressions.at(node))
            return replace(found, sql=ctes + found.sql)

    # WITH
    @contextmanager
    def _with(self, node: exp.Expr) -> Iterator[str]:
        clause = node.args.get("with_")
        if clause is None:
            yield ""
            return
        before, written = self.ctes, []
        self.ctes = dict(before)
        try:
            for cte in clause.expressions:
                label, alias = cte.alias.lower(), self.expressions.names.new("q")
                recursive = bool(clause.args.get("recursive")) and isinstance(cte.this, exp.SetOperation)
                if recursive:
                    anchor = self._renamed(self.relation_of(cte.this.this), cte, label)
                    self.ctes[label] = replace(anchor, sql=alias, node=None)
                relation = self._renamed(self.relation_of(cte.this), cte, label)
                kept = pushdown.Cte(pushdown.Barrier([relation.node]) if recursive else relation.node)
                self.pushdown.ctes.append(kept)
                self.ctes[label] = Relation(alias, relation.fields, kept)
                written.append(f"{alias} AS ({relation.sql})")
            word = "WITH RECURSIVE" if clause.args.get("recursive") else "WITH"
            yield f"{word} {', '.join(written)} "
        finally:
            self.ctes = before

    def _renamed(self, relation: Relation, node: exp.Expr, label: str) -> Relation:
        alias = node.args.get("alias")
        columns = [each.name.lower() for each in alias.columns] if alias is not None else []
        if columns and len(columns) != len(relation.fields):
            many = f"'{label}' has {len(relation.fields)} columns available"
            message = f"Column alias list has {len(columns)} entries but {many}"
            raise QueryFailed("MISMATCHED_COLUMN_ALIASES", message, self.expressions.at(node))
        names = columns or [each.name for each in relation.fields]
        return replace(relation, fields=[replace(a, name=b) for a, b in zip(relation.fields, names, strict=True)])

    # SELECT
    def _select(self, node: exp.Select, outer: Scope | None) -> Relation:
        for clause, given in node.args.items():
            if given and clause not in _CLAUSES:
                name = {"match": "MATCH_RECOGNIZE"}.get(clause, clause.strip("_").upper())
                raise unsupported(f"the clause {name} of SELECT", self.expressions.at(node))
        select, before = _Select(Scope([], outer)), self.windows
        named = node.args.get("windows") or []
        self.windows = {**before, **{each.this.name.lower(): each for each in named}}
        try:
            return self._compiled(node, select)
        finally:
            self.windows = before

    def _compiled(self, node: exp.Select, select: _Select) -> Relation:
        compiler = self.expressions
        compiler.row_zones, before = grouping.keeps_rows(node), compiler.row_zones
        try:
            return self._clauses(node, select)
        finally:
            compiler.row_zones = before

    def _clauses(self, node: exp.Select, select: _Select) -> Relation:
        scope, compiler = select.scope, self.expressions
        source = sources.from_clause(self, node, select)
        condition = self._where(node.args.get("where"), select)
        items = [item for each in node.expressions for item in self._items(each, scope)]
        zoned = {n: value.type for n, (_, value) in enumerate(items) if is_of_row(value.type)}
        if node is not self.shown or ordering.with_ties(node):
            zoned = {}
        items = [(label, value if n in zoned else settled(value)) for n, (label, value) in enumerate(items)]
        outputs = [
            Field(label, replace(value.type, zone=f"=z{n}") if n in zoned else value.type, f"c{n}")
            for n, (label, value) in enumerate(items)
        ]
        written = ", ".join(f"{value.sql} AS c{n}" for n, (_, value) in enumerate(items))
        written += "".join(f", {zone_text(kind.zone)} AS z{n}" for n, kind in zoned.items())
        group = grouping.clause(self, node.args.get("group"), items, scope)
        grouping.check(self, node, items, scope)
        having = node.args.get("having")
        if having is not None:
            group += f" HAVING {compiler.condition(having.this, scope, 'HAVING').sql}"
        if not items:
            raise QueryFailed(
                "SYNTAX_ERROR", "mismatched input '<EOF>'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"
            )
        distinct = "DISTINCT " if node.args.get("distinct") else ""
        if ordering.with_ties(node):
            return ordering.ties(self, node, items, outputs, f"{source}{condition}{group}", scope)
        sql = f"SELECT {distinct}{written}{source}{condition}{group}{ordering.tail(self, node, items, scope)}"
        select.plan.outputs = grouping.passing(self, node, items, scope)
        return Relation(sql, outputs, select.plan)

    def _where(self, where: exp.Expr | None, select: _Select) -> str:
        if where is None:
            return ""
        grouping.check_scalar(self, where.this, "WHERE")
        written = []
        for each in pushdown.conjuncts(where.this):
            found = self.expressions.condition(each, select.scope, "WHERE").sql
            written.append(found)
            select.plan.conditions.append(self.expressions.memberships.get(found, found))
        return f" WHERE {' AND '.join(written)}"

    def _items(self, node: exp.Expr, scope: Scope) -> Iterator[tuple[str, Typed]]:
        """The output columns of one item of a SELECT; a star is many."""
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            if isinstance(node, exp.Star) and any(node.args.values()):
                raise unsupported("EXCEPT or REPLACE after *")
            label = "" if isinstance(node, exp.Star) else node.table.lower()
            found = [each for each in scope.fields if not each.hidden and label in {"", each.relation}]
            if not found and label and isinstance(node, exp.Column) and scope.find([label], None):
                yield from self._fields_of(exp.column(node.args["table"].copy()), scope, [])
                return
            if not found:
                message = (
                    f"Table '{label}' not found" if label else "SELECT * not allowed in queries without FROM clause"
                )
                raise QueryFailed(
                    "TABLE_NOT_FOUND" if label else "COLUMN_NOT_FOUND", message, self.expressions.at(node)
                )
            yield from ((each.name, Typed(each.sql, each.type)) for each in found)
        elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star):
            yield from self._fields_of(node.this, scope, [])
        elif isinstance(node, exp.Aliases) and isinstance(node.this, exp.Dot):
            yield from self._fields_of(node.this.this, scope, [each.name for each in node.expressions])
        elif isinstance(node, exp.Alias):
            yield node.alias, self.expressions.value(node.this, scope)
        else:
            label = node.name if isinstance(node, exp.Column) else ""
            label = node.expression.name if isinstance(node, exp.Dot) else label
            yield label, self.expressions.value(node, scope)

    def _fields_of(self, node: exp.Expr, scope: Scope, names: list[str]) -> Iterator[tuple[str, Typed]]:
        """`row.* [AS (a, b)]`: a row's fields as columns."""
        value = self.expressions.value(node, scope)
        if value.type.name != "row":
            message = "Cannot expand the fields of an expression that is not of type row"
            raise QueryFailed("TYPE_MISMATCH", message, self.expressions.at(node))
        if names and len(names) != len(value.type.fields):
            message = f"Column alias list has {len(names)} entries but relation has {len(value.type.fields)} columns"
            raise QueryFailed("MISMATCHED_COLUMN_ALIASES", message, self.expressions.at(node))
        for n, (label, kind) in enumerate(value.type.fields):
            yield names[n] if names else label, Typed(f"struct_extract_at({value.sql}, {n + 1})", kind)

    # the other queries
    def _parenthesized(self, node: exp.Subquery, outer: Scope | None) -> Relation:
        found = self.relation_of(node.this, outer)
        tail = ordering.tail(
            self, node, [(each.name, Typed(each.sql, each.type)) for each in found.fields], Scope([], outer)
        )
        if not tail:
            return found
        return replace(found, sql=f"SELECT * FROM ({found.sql}){tail}", node=self.cut(node, found.node))

    @staticmethod
    def cut(node: exp.Expr, inner: Node | None) -> Node | None:
        """What conditions reach below the query's own LIMIT and OFFSET: nothing, if it has any."""
        return pushdown.Barrier([inner]) if node.args.get("limit") or node.args.get("offset") else inner

    def values(self, node: exp.Values, outer: Scope | None) -> Relation:
        scope = Scope([], outer)
        rows = []
        for each in node.expressions:
            is_row = isinstance(each, exp.Tuple) or (
                isinstance(each, exp.Anonymous) and str(each.this).lower() == "row"
            )
            cells = each.expressions if is_row else [each]
            while len(cells) == 1 and isinstance(cells[0], exp.Anonymous) and str(cells[0].this).lower() == "row":
                cells = cells[0].expressions
            rows.append([self.expressions.value(cell, scope) for cell in cells])
        if len({len(row) for row in rows}) != 1:
            raise QueryFailed("TYPE_MISMATCH", "Values rows have mismatched sizes", self.expressions.at(node))
        kinds = [self.expressions.common_of([row[n].type for row in rows], None) for n in range(len(rows[0]))]
        listed = ", ".join(
            f"({', '.join(coerce(value, kind).sql for value, kind in zip(row, kinds, strict=True))})" for row in rows
        )
        names = ", ".join(f"c{n}" for n in range(len(kinds)))
        fields = [Field("", kind, f"c{n}") for n, kind in enumerate(kinds)]
        tail = ordering.tail(self, node, [("", Typed(each.sql, each.type)) for each in fields], scope)
        return Relation(f"SELECT * FROM (VALUES {listed}) AS v({names}){tail}", fields)


def output_names(relation: Relation) -> list[str]:
    """The names of a result's columns; one without a name is `_col` and its position."""
    return [each.name or f"_col{n}" for n, each in enumerate(relation.fields)]


__all__ = ["Queries", "output_names"]
