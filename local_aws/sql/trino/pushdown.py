"""Which conditions reach which scans: WHERE and ON, through views, WITH, derived tables and UNION, for pruning only.

Every condition stays where the query has it, so what is said here decides what is read and never what is answered.
A condition passes where the rows that it drops cannot change the rows that it keeps: not through LIMIT, through GROUP
BY and window functions only on their keys, and not to the side of an outer join that may be filled with NULLs.
Evidence: https://trino.io/docs/current/optimizer/pushdown.html; for `IN (subquery)`,
https://trino.io/docs/current/admin/dynamic-filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.named import Source

_BARRED = (exp.Query, exp.AggFunc, exp.Window, exp.Lambda, exp.Rand, exp.Parameter)
_VOLATILE = {"random", "uuid", "gen_random_uuid", "nextval"}
_MEMBER = "member "
_LITERALS = {"varchar", "date", "integer", "bigint"}
_MARK = re.compile("\x03(r\\d+)\x03")
_OUTPUT = re.compile(r"c(\d+)")


class Node:
    """What a relation is made of, as far as conditions care."""

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        """Take conditions over the outputs `c0`, `c1`, …, and hand them on."""


@dataclass
class Scan(Node):
    """A table in FROM; its columns go by their own names."""

    alias: str
    source: Source
    conditions: list[exp.Expr] = field(default_factory=list)

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        self.conditions = conditions


@dataclass
class Cte(Node):
    """The query of a WITH: what all of its uses ask for may be pushed into it."""

    body: Node | None
    uses: list[list[exp.Expr]] = field(default_factory=list)

    def finish(self, present: set[str]) -> None:
        """Called once, when every use has been seen."""
        if self.body is not None:
            self.body.take(_either(self.uses), present)


@dataclass
class Use(Node):
    """A name of WITH in FROM."""

    alias: str
    cte: Cte

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        if self.alias in present:  # else it is of a text that was compiled and not used
            self.cte.uses.append(conditions)


@dataclass
class Barrier(Node):
    """A query whose rows depend on each other: LIMIT, INTERSECT, EXCEPT, recursion."""

    children: list[Node | None]

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        for child in self.children:
            if child is not None:
                child.take([], present)


@dataclass
class Union(Node):
    """UNION: what holds for its columns holds for those of each branch, by position."""

    branches: list[Node | None]

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        for branch in self.branches:
            if branch is not None:
                branch.take(conditions, present)


@dataclass
class Projection(Node):
    """A query whose columns are computed from another's: `outputs` over that one's `c0`, `c1`, …"""

    child: Node | None
    outputs: list[str]

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        if self.child is not None:
            passed = (substituted(each, dict(enumerate(self.outputs))) for each in conditions)
            self.child.take([each for each in passed if each is not None], present)


@dataclass
class Select(Node):
    """A SELECT.

    :param items: what stands in FROM, by alias.
    :param prunable: the aliases whose rows WHERE may drop: not those that an outer join fills with NULLs.
    :param conditions: the conjuncts of WHERE, as DuckDB's text.
    :param joined: conjuncts of ON that rows of an alias must satisfy to matter.
    :param outputs: the columns that conditions may pass, by position.
    """

    items: dict[str, Node] = field(default_factory=dict)
    prunable: set[str] = field(default_factory=set)
    conditions: list[str | exp.Expr] = field(default_factory=list)
    joined: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[int, str] = field(default_factory=dict)

    def add(self, alias: str, item: Node) -> None:
        self.items[alias] = item
        self.prunable.add(alias)

    def take(self, conditions: list[exp.Expr], present: set[str]) -> None:
        passed = [substituted(each, self.outputs) for each in conditions]
        own = [parsed(each) if isinstance(each, str) else each for each in self.conditions]
        for alias, child in self.items.items():
            joined = [parsed(each) for each in self.joined.get(alias, [])]
            mine = [*own, *passed, *joined] if alias in self.prunable else joined
            child.take([_bare(each) for each in mine if each is not None and _is_on(each, alias)], present)


@dataclass
class Member:
    """`value IN (subquery)`: its values, found first where they may spare reading partitions."""

    sql: str
    type: Type
    found: list[exp.Expr] | None = None


class Pushdown:
    """The conditions of one statement, from its compiled queries to the predicates of its scans.

    :param values: the distinct values of a query's only column as texts, None where there are too many.
    """

    def __init__(self, values: Callable[[str], list[str] | None]) -> None:
        self.values = values
        self.scans: dict[str, Scan] = {}
        self.ctes: list[Cte] = []
        self.roots: list[Node] = []
        self.members: dict[str, Member] = {}
        self._whole = ""
        self._filled: dict[str, str] = {}

    def scan(self, alias: str, source: Source) -> tuple[Scan, str]:
        """A scan, and what stands for it in the text until all conditions are known."""
        self.scans[alias] = Scan(alias, source)
        return self.scans[alias], f"\x03{alias}\x03"

    def member(self, value: str, relation: str, kind: Type) -> exp.Expr | None:
        """A condition for `value IN (relation)`, to be decided where it meets a scan."""
        found = parsed(value)
        if found is None or not _is_closed(relation):
            return None
        key = f"{_MEMBER}{len(self.members)}"
        self.members[key] = Member(relation, kind)
        return exp.In(this=found.copy(), expressions=[exp.Placeholder(this=key)])

    def resolve(self, node: Node | None, sql: str) -> str:
        """The statement's text with its scans in it."""
        self._whole, present = sql, set(re.findall(r"\bAS (r\d+)\b", sql))
        for each in [*([node] if node is not None else []), *self.roots]:
            each.take([], present)
        for cte in reversed(self.ctes):  # a WITH is used by what comes after it
            cte.finish(present)
        filled = self._fill(sql)
        for member in self.members.values():
            if member.found is not None:  # once is enough; twice might even differ, where a LIMIT has no order
                values = ", ".join(each.sql("duckdb") for each in member.found) or "NULL"
                filled = filled.replace(f" IN ({self._fill(member.sql)})", f" IN ({values})")
        return filled

    def _fill(self, sql: str) -> str:
        return _MARK.sub(lambda found: f"({self._scanned(found[1])})", sql)

    def _scanned(self, alias: str) -> str:
        if alias not in self._filled:
            scan = self.scans[alias]
            used = [label for label, _, _ in scan.source.fields if f'{alias}."{label}"' in self._whole]
            kept = list(self._decided(scan))
            self._filled[alias] = scan.source.sql(exp.and_(*kept) if kept else None, used)
        return self._filled[alias]

    def _decided(self, scan: Scan) -> Iterator[exp.Expr]:
        """The scan's conditions, those that need a subquery's values only where they would prune."""
        keys = scan.source.partition_columns
        for each in scan.conditions:
            places = [place for place in each.find_all(exp.Placeholder) if str(place.this).startswith(_MEMBER)]
            if not places:
                yield each
            elif isinstance(each, exp.In) and isinstance(each.this.unnest(), exp.Column):
                found = self._among(str(places[0].this)) if each.this.unnest().name in keys else None
                if found is not None:
                    yield exp.In(this=each.this.copy(), expressions=found) if found else exp.false()

    def _among(self, key: str) -> list[exp.Expr] | None:
        member = self.members[key]
        if member.found is None and member.type.name in _LITERALS:
            found = self.values(self._fill(member.sql))
            member.found = None if found is None else [_literal(each, member.type) for each in found]
        return member.found


def _literal(text: str, kind: Type) -> exp.Expr:
    if kind.is_integer:
        return exp.Literal.number(text)
    return exp.cast(exp.Literal.string(text), "DATE") if kind.name == "date" else exp.Literal.string(text)


@lru_cache(maxsize=8192)
def parsed(text: str) -> exp.Expr | None:
    """A DuckDB expression as a tree; None for one that cannot be moved: it is not a function of one row alone."""
    try:
        found = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        return None
    if found.find(*_BARRED) is not None:
        return None
    volatile = any(str(each.this).lower() in _VOLATILE for each in found.find_all(exp.Anonymous))
    return None if volatile or found.find(exp.Uuid) is not None else found


def substituted(condition: exp.Expr, outputs: dict[int, str]) -> exp.Expr | None:
    """A condition over `c0`, `c1`, … said of what these columns are; None where one of them may not pass."""
    values: dict[str, exp.Expr] = {}
    for column in condition.find_all(exp.Column):
        place = _OUTPUT.fullmatch(column.name)
        text = outputs.get(int(place[1])) if place is not None and not column.table else None
        value = parsed(text) if text is not None else None
        if value is None:
            return None
        values[column.name] = value

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        value = values[node.name]
        return value.copy() if isinstance(value, exp.Column) else exp.Paren(this=value.copy())

    return condition.transform(replaced)


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that must all hold for `node` to."""
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from conjuncts(inner.this)
        yield from conjuncts(inner.expression)
    else:
        yield inner


def _is_on(condition: exp.Expr, alias: str) -> bool:
    columns = list(condition.find_all(exp.Column))
    return bool(columns) and all(column.table == alias for column in columns)


def _bare(condition: exp.Expr) -> exp.Expr:
    """The condition with its columns without the alias."""
    return condition.transform(
        lambda node: exp.column(node.this.copy()) if isinstance(node, exp.Column) else node, copy=True
    )


def _either(uses: Sequence[list[exp.Expr]]) -> list[exp.Expr]:
    """What holds for every row that some use keeps."""
    if not uses or not all(uses):
        return []
    if len(uses) == 1:
        return uses[0]
    written = {tuple(each.sql("duckdb") for each in use): use for use in uses}
    distinct = list(written.values())
    return distinct[0] if len(distinct) == 1 else [exp.or_(*(_all(each) for each in distinct))]


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*(each.copy() for each in conditions))


def _is_closed(sql: str) -> bool:
    """Whether a query can be run by itself: it names no row and no WITH of the query around it."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", sql)
    made = set(re.findall(r"\bAS (r\d+)\b", bare)) | set(re.findall(r"\b(q\d+) AS \(", bare))
    return set(re.findall(r"\b([rq]\d+)\b", bare)) <= made


__all__ = ["Barrier", "Cte", "Node", "Projection", "Pushdown", "Scan", "Select", "Union", "Use", "conjuncts"]
