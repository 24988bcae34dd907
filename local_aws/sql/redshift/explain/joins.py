"""Joins of a plan: the conditions that a hash join takes, and what has to be moved for it.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from local_aws.sql.redshift.explain.steps import Step


def tables(condition: exp.Expr) -> set[str]:
    return {each.table for each in condition.find_all(exp.Column)}


def is_equal(condition: exp.Expr, seen: set[str], alias: str) -> bool:
    """Whether a condition is that two columns, one on each side of a join, are equal."""
    if not isinstance(condition, exp.EQ):
        return False
    left, right = tables(condition.left), tables(condition.right)
    return (left <= seen and right == {alias} and bool(left)) or (right <= seen and left == {alias} and bool(right))


def outer_first(condition: exp.Expr, alias: str) -> exp.Expr:
    """`"outer".a = "inner".b`, as Redshift names the sides of a join."""
    new = condition.copy()
    for column in new.find_all(exp.Column):
        column.set("table", exp.to_identifier("inner" if column.table == alias else "outer", quoted=True))
    if isinstance(new, exp.EQ) and "inner" in tables(new.left):
        return exp.EQ(this=new.right, expression=new.left)
    return new


def distribution(equal: Sequence[exp.Expr], alias: str, outer: Step, inner: Step) -> str:
    """What has to be moved for a join, by the tables' distribution."""
    if inner.relation is not None and str(inner.relation.options.get("diststyle", "")).upper() == "ALL":
        return "DS_DIST_ALL_NONE"
    keys = []
    for step, mine in ((outer, False), (inner, True)):
        key = {each.name for each in step.relation.columns if each.distkey} if step.relation is not None else set()
        joined = {each.name for one in equal for each in one.find_all(exp.Column) if (each.table == alias) == mine}
        keys.append(bool(key & joined))
    return {
        (True, True): "DS_DIST_NONE",
        (True, False): "DS_DIST_INNER",
        (False, True): "DS_DIST_OUTER",
        (False, False): "DS_BCAST_INNER",
    }[keys[0], keys[1]]
