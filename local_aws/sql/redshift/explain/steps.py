"""The operators of a plan and their text.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c-the-query-plan.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.inference import type_of

SORTED = 1_000_000_000_000
"""What the planner adds to the cost of a sort: it does so to avoid them."""


@dataclass
class Step:
    """An operator of the plan: what stands on its line, the lines below it, the operators that feed it."""

    name: str
    rows: int
    first: float
    total: float
    width: int = 0
    notes: list[str] = field(default_factory=list)
    inputs: list[Step] = field(default_factory=list)
    relation: Relation | None = None

    def lines(self, indent: int = 0) -> list[str]:
        arrow = " " * (indent - 4) + "->  " if indent else ""
        pad = " " * (indent + 2)
        head = f"{arrow}{self.name}  (cost={self.first:.2f}..{self.total:.2f} rows={self.rows} width={self.width})"
        found = [head, *(f"{pad}{note}" for note in self.notes)]
        for each in self.inputs:
            found += each.lines(indent + 6)
        return found


def above(name: str, step: Step, rows: int, first: float | None = None, notes: Sequence[str] = ()) -> Step:
    start = step.first if first is None else first
    return Step(name, rows, start, max(step.total, start) + rows / 400, step.width, list(notes), [step])


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition] if condition is not None else []


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*(each.copy() for each in conditions), copy=False)


def shown(node: exp.Expr) -> str:
    """An expression as plans print it: names without quotes, tables named in join conditions alone."""
    new = node.copy()
    for inner in list(new.find_all(exp.Subquery, exp.Exists)):
        inner.replace(exp.Var(this="(subplan)"))
    for column in new.find_all(exp.Column):
        if column.table not in {"inner", "outer"}:
            column.set("table", None)
        column.this.set("quoted", False)
    text = str(new.sql(dialect="redshift", normalize_functions="lower"))
    return text if isinstance(new, exp.Column | exp.Func | exp.Literal) else f"({text})"


def width(node: exp.Expr) -> int:
    kind = type_of(node.unalias())
    return size(kind.digits) if kind is not None else 8


def size(digits: int) -> int:
    return 4 if digits <= 10 else 8 if digits <= 19 else min(digits, 256)
