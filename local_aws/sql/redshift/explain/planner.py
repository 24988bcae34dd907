"""A query's plan, built from the statement as it is read: scans, joins, aggregates, windows, sorts.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html (the operators). Deviates: joins stand in the
order of the text, and costs and rows are reckoned from the tables' sizes alone; DuckDB executes by a plan of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import functions
from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.explain.joins import distribution, is_equal, outer_first, tables
from local_aws.sql.redshift.explain.steps import SORTED, Step, above, all_of, conjuncts, shown, size, width
from local_aws.sql.redshift.resolve import Sources

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session


class Planner:
    """The steps of one statement's queries."""

    def __init__(self, session: Session, sources: Sources) -> None:
        self._session = session
        self._sources = sources
        self._named: dict[str, exp.Expr] = {}
        """The queries of WITH clauses, which are planned where they are named."""

    def plan(self, tree: exp.Expr) -> Step:
        clause = tree.args.get("with_")
        if clause is not None:
            self._named |= {each.alias: each.this for each in clause.expressions if not clause.args.get("recursive")}
        if isinstance(tree, exp.Subquery):
            return self._ordered(tree, self.plan(tree.this))
        if isinstance(tree, exp.SetOperation):
            return self._ordered(tree, self._joined_rows(tree))
        if isinstance(tree, exp.Values):
            return Step('XN Values Scan on "*VALUES*"', len(tree.expressions), 0.0, len(tree.expressions) / 100)
        assert isinstance(tree, exp.Select)
        return self._ordered(tree, self._select(tree))

    def _select(self, tree: exp.Select) -> Step:
        where = tree.args.get("where")
        left = conjuncts(where.this if where is not None else None)
        among = [each for each in left if isinstance(each, exp.In) and each.args.get("query") is not None]
        step = self._sources_of(tree, [each for each in left if each not in among])
        for each in among:
            step = self._among(each, step)
        grouped = tree.args.get("group")
        having = tree.args.get("having")
        aggregates = any(_is_aggregate(each) for part in (*tree.selects, having) if part for each in _own(part))
        if grouped is not None or aggregates:
            rows = max(1, step.rows // 10) if grouped is not None else 1
            name = "XN HashAggregate" if grouped is not None else "XN Aggregate"
            notes = [f"Filter: {shown(having.this)}"] if having is not None else []
            step = above(name, step, rows, first=step.total * 1.25, notes=notes)
        step = self._windows(tree, step)
        if tree.args.get("distinct"):
            step = above("XN Unique", step, max(1, step.rows // 10))
        step.width = sum(width(each) for each in tree.selects)
        return step

    def _among(self, condition: exp.In, outer: Step) -> Step:
        """`x IN (SELECT …)` is a join."""
        inner = self.plan(condition.args["query"].unnest())
        hashed = Step("XN Hash", inner.rows, inner.total, inner.total, inner.width, inputs=[inner])
        right = condition.args["query"].unnest().selects[0].alias_or_name
        notes = [f'Hash Cond: ("outer".{shown(condition.this).strip("()")} = "inner".{right})']
        total = outer.total + inner.total + outer.rows / 100
        return Step(
            "XN Hash IN Join DS_BCAST_INNER", outer.rows, inner.total, total, outer.width, notes, [outer, hashed]
        )

    def _sources_of(self, tree: exp.Select, left: list[exp.Expr]) -> Step:
        """The scans and joins of a FROM clause; takes from `left` the conditions that they see to."""
        origin = tree.args.get("from_")
        if origin is None:
            return Step("XN Result", 1, 0.0, 0.01, notes=[f"One-Time Filter: {shown(each)}" for each in left])
        step = self._source(origin.this, left)
        seen = {origin.this.alias_or_name}
        for join in tree.args.get("joins") or []:
            step = self._join(join, step, seen, left)
            seen.add(join.this.alias_or_name)
        if left:
            step.notes += [f"Filter: {shown(all_of(left))}"]
        return step

    def _source(self, node: exp.Expr, left: list[exp.Expr]) -> Step:
        alias = node.alias_or_name
        mine = [each for each in left if tables(each) == {alias}]
        for each in mine:
            left.remove(each)
        notes = [f"Filter: {shown(all_of(mine))}"] if mine else []
        if not isinstance(node, exp.Table):
            inner = self.plan(node.this if isinstance(node, exp.Subquery) else node)
            return above(f"XN Subquery Scan {alias}", inner, _kept(inner.rows, mine), notes=notes)
        if node.name in self._named:
            inner = self.plan(self._named[node.name])
            return above(f"XN Subquery Scan {alias}", inner, _kept(inner.rows, mine), notes=notes)
        own = self._sources.own.get(node.name)
        if own is not None:
            total = self._rows(own)
            label = own.name if alias == own.name else f"{own.name} {alias}"
            step = Step(f"XN Seq Scan on {label}", _kept(total, mine), 0.0, total / 100, notes=notes, relation=own)
            step.width = sum(size(each.type.digits) for each in own.columns)
            return step
        if node.name in self._sources.external:
            schema, table = self._sources.external[node.name]
            scan = Step(f"S3 Seq Scan {schema.name}.{table}", 10_000, 0.0, 100.0, notes=notes)
            return above(f"XN S3 Query Scan {alias}", scan, scan.rows)
        return Step(f"Seq Scan on {alias}", 1000, 0.0, 10.0, notes=notes)

    def _rows(self, relation: Relation) -> int:
        found = self._session.connection.execute(f"SELECT count(*) FROM {relation.storage}").fetchone()
        return int(found[0]) if found else 0

    def _join(self, join: exp.Join, outer: Step, seen: set[str], left: list[exp.Expr]) -> Step:
        side = str(join.args.get("side") or "").capitalize()
        alias = join.this.alias_or_name
        on = conjuncts(join.args.get("on"))
        if not side:
            alone = [each for each in left if tables(each) == {alias}]
            left[:] = [each for each in left if each not in alone]
            on += alone
        inner = self._source(join.this, on if side != "Right" else [])
        if not side:
            moved = [each for each in left if alias in tables(each) and tables(each) <= seen | {alias}]
            for each in moved:
                left.remove(each)
            on += moved
        equal = [each for each in on if is_equal(each, seen, alias)]
        rest = [each for each in on if each not in equal]
        notes = [f"Hash Cond: {shown(all_of([outer_first(each, alias) for each in equal]))}"] if equal else []
        notes += [f"Join Filter: {shown(all_of(rest))}"] if rest else []
        kind = f" {side}" if side in {"Left", "Right", "Full"} else ""
        moved_by = distribution(equal, alias, outer, inner)
        if not equal:
            rows = max(outer.rows * inner.rows, 1)
            name = f"XN Nested Loop{kind} Join DS_BCAST_INNER"
            return Step(
                name, rows, inner.first, outer.total + inner.total + rows / 100, outer.width, notes, [outer, inner]
            )
        hashed = Step("XN Hash", inner.rows, inner.total, inner.total, inner.width, inputs=[inner])
        rows = max(outer.rows, inner.rows)
        total = outer.total + inner.total + rows / 100
        name = f"XN Hash{kind} Join {moved_by}"
        return Step(name, rows, inner.total, total, outer.width + inner.width, notes, [outer, hashed], outer.relation)

    def _windows(self, tree: exp.Select, step: Step) -> Step:
        for window in {each.sql(): each for part in tree.selects for each in part.find_all(exp.Window)}.values():
            notes = []
            partition, order = window.args.get("partition_by"), window.args.get("order")
            if partition:
                notes.append(f"Partition: {', '.join(shown(each) for each in partition)}")
            if order is not None:
                notes.append(f"Order: {', '.join(shown(each.this) for each in order.expressions)}")
            step = above("XN Window", step, step.rows, first=step.total + SORTED, notes=notes)
        return step

    def _joined_rows(self, tree: exp.SetOperation) -> Step:
        """UNION appends; the others hash. https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html"""
        sides = []
        for number, side in enumerate((tree.left, tree.right), 1):
            inner = self.plan(side)
            sides.append(above(f'XN Subquery Scan "*SELECT* {number}"', inner, inner.rows))
        rows = sum(each.rows for each in sides)
        total = sum(each.total for each in sides)
        step = Step("XN Append", rows, 0.0, total, max(each.width for each in sides), inputs=sides)
        if not isinstance(tree, exp.Union):
            return above(f"XN Hash SetOp {type(tree).__name__}", step, max(1, rows // 2))
        return above("XN Unique", step, max(1, rows // 2)) if tree.args.get("distinct") else step

    def _ordered(self, tree: exp.Expr, step: Step) -> Step:
        order = tree.args.get("order")
        if order is not None:
            keys = ", ".join(shown(_meant(each.this, tree)) for each in order.expressions)
            start, end = step.total + SORTED, step.total + SORTED + step.rows / 400
            step = Step("XN Sort", step.rows, start, end, step.width, [f"Sort Key: {keys}"], [step])
            step = Step("XN Network", step.rows, start, end, step.width, ["Send to leader"], [step])
            step = Step("XN Merge", step.rows, start, end, step.width, [f"Merge Key: {keys}"], [step])
        limit = tree.args.get("limit")
        if limit is not None and isinstance(limit.expression, exp.Literal):
            step = above("XN Limit", step, min(step.rows, int(limit.expression.name)), first=step.first)
        return step


def _meant(node: exp.Expr, tree: exp.Expr) -> exp.Expr:
    """What an ORDER BY names in the SELECT list."""
    if isinstance(node, exp.Column) and not node.table and isinstance(tree, exp.Query):
        return next((each.unalias() for each in tree.selects if each.alias_or_name == node.name), node)
    return node


def _is_aggregate(node: exp.Expr) -> bool:
    return functions.is_aggregate(node) and not isinstance(node.parent, exp.Window)


def _own(part: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression, without those of the queries in it."""
    yield from part.walk(prune=lambda each: isinstance(each, exp.Query))


def _kept(rows: int, filters: Sequence[exp.Expr]) -> int:
    return max(1, rows // 3 ** min(len(filters), 4)) if filters else rows
