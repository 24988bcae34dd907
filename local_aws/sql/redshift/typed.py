"""The expressions of a writing statement, typed and rewritten as those of a SELECT over the same tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.query import Prepared

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


@dataclass
class Typed:
    """The pieces, in DuckDB's terms. `joined` and `where` are SQL, empty if there is none."""

    prepared: Prepared
    expressions: list[exp.Expr]

    @property
    def joins(self) -> list[exp.Join]:
        return list(self.prepared.tree.args.get("joins") or [])

    @property
    def joined(self) -> str:
        """The tables beside the target, as a FROM clause has them."""
        if not self.joins:
            return ""
        first, rest = self.joins[0], self.joins[1:]
        text = first.this.sql(dialect="duckdb")
        for join in rest:
            text += (
                join.sql(dialect="duckdb")
                if join.args.get("on") or join.kind
                else f", {join.this.sql(dialect='duckdb')}"
            )
        return str(text)

    @property
    def clause(self) -> str:
        """The WITH clause, as the statement begins with it."""
        clause = self.prepared.tree.args.get("with_")
        return f"{clause.sql(dialect='duckdb')} " if clause is not None else ""

    @property
    def where(self) -> str:
        where = self.prepared.tree.args.get("where")
        return str(where.this.sql(dialect="duckdb")) if where is not None else ""


def typed(
    session: Session,
    values: Sequence[exp.Expr],
    target: exp.Table | None = None,
    joins: Sequence[exp.Join] = (),
    where: exp.Expr | None = None,
    clause: exp.With | None = None,
) -> Typed:
    """Rewrite values and a condition over a target and the tables joined to it; `clause` names queries for them."""
    outputs: list[exp.Expr] = [
        exp.Alias(this=each.copy(), alias=exp.to_identifier(f"e{n}", quoted=True)) for n, each in enumerate(values)
    ]
    select = exp.Select(expressions=[*outputs, exp.alias_(exp.Literal.number(1), "one", quoted=True)])
    if target is not None:
        select.set("from_", exp.From(this=target.copy()))
        select.set("joins", [each.copy() for each in joins])
    if where is not None:
        select.set("where", exp.Where(this=where.copy()))
    if clause is not None:
        select.set("with_", clause.copy())
    prepared = session.prepare(select)
    session.register(prepared)
    return Typed(prepared, [each.unalias() for each in prepared.tree.expressions[: len(outputs)]])


def join_list(tables: Iterable[exp.Expr]) -> list[exp.Join]:
    """`a, b JOIN c ON …` as joins: a comma is a join without a condition."""
    found: list[exp.Join] = []
    for table in tables:
        bare = table.copy()
        joins = bare.args.get("joins") or []
        bare.set("joins", None)
        found.append(exp.Join(this=bare))
        found.extend(joins)
    return found


def target_table(relation: Relation, table: exp.Table) -> str:
    """The target in DuckDB, under the name that the statement uses for it."""
    return f'{relation.storage} AS "{table.alias_or_name}"'


def cut(text: str) -> str:
    return f"rtrim(CAST({text} AS VARCHAR), ' ')"


def quoted(names: Iterable[str]) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def changed(session: Session, sql: str | None) -> Outcome:
    """Run DuckDB's statement and tell how many rows it changed."""
    from local_aws.sql.redshift.session import Outcome

    if sql is None:
        return Outcome()
    rows = session.connection.execute(sql).fetchall()
    return Outcome(changed=int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0)
