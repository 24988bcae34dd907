"""The statement EXPLAIN. https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, names, query, syntax
from local_aws.sql.redshift.explain.planner import Planner
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def explain(session: Session, reader: Reader) -> Outcome:
    """EXPLAIN [VERBOSE] of SELECT, INSERT, UPDATE, DELETE and CREATE TABLE AS.

    :raises SqlError: for other statements, and in the query's own words where it cannot run.
    """
    if reader.take("VERBOSE"):
        raise errors.unsupported("EXPLAIN VERBOSE")
    first = reader.text
    text = reader.source.strip()[len("EXPLAIN") :]
    found = syntax.parse(text)
    if len(found) != 1:
        raise errors.syntax(first or "end of statement")
    asked = _asked(names.fold(found[0]))
    if asked is None:
        raise errors.syntax(first)
    session.query(asked.copy())  # in its own words where it cannot run
    session.scans = []
    tree, sources = query.resolved(asked, session.scope)
    lines = Planner(session, sources).plan(tree).lines()
    rows = [exp.Tuple(expressions=[exp.Literal.number(n), exp.Literal.string(line)]) for n, line in enumerate(lines)]
    alias = exp.TableAlias(this=exp.to_identifier("plan"), columns=[exp.to_identifier("n"), exp.to_identifier("line")])
    listed = exp.select(exp.alias_(exp.column("line"), "QUERY PLAN", quoted=True)).from_(
        exp.Values(expressions=rows, alias=alias)
    )
    return session.query(listed.order_by("n"))


def _asked(tree: exp.Expr) -> exp.Expr | None:
    """The query that a statement runs."""
    if isinstance(tree, exp.Query):
        return tree
    if isinstance(tree, exp.Insert):
        source = tree.expression
        return exp.select("*").from_(source) if isinstance(source, exp.Values) else source
    if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query) and tree.kind == "TABLE":
        return tree.expression
    if isinstance(tree, exp.Update | exp.Delete):
        return _touched(tree)
    return None


def _touched(tree: exp.Update | exp.Delete) -> exp.Expr:
    """The rows that an UPDATE or DELETE finds."""
    target = tree.this if isinstance(tree.this, exp.Table) else tree.args["tables"][0]
    values = [each.expression for each in tree.expressions if isinstance(tree, exp.Update)]
    found = exp.select(*(values or [exp.Literal.number(1)])).from_(target.copy())
    source = tree.args.get("from_")
    others = [source.this] if source is not None else tree.args.get("using") or []
    for each in others:
        found = found.join(each.copy())
    where = tree.args.get("where")
    return found.where(where.this.copy()) if where is not None else found
