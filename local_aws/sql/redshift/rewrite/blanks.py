"""Blanks at the end of texts, which do not count where texts are compared.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html#r_Character_types-significance-of-trailing-blanks.
Deviates: GROUP BY, DISTINCT and windows tell VARCHAR values apart that differ in blanks alone.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import fill
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.types import ColumnType

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def ignore_blanks(tree: exp.Expr) -> exp.Expr:
    """The comparisons of texts in a rewritten query, without the blanks.

    CHAR columns are kept without them, so only other texts are cut. This comes after the files of external tables are
    chosen: a condition on a bare column chooses them better.
    """
    for node in list(tree.find_all(*_COMPARISONS, exp.Between, exp.In, exp.Case)):
        _cut(_sides(node))
    return tree


def _sides(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    if isinstance(node, exp.In):
        return [node.this, *node.expressions] if node.expressions else []
    if isinstance(node, exp.Case):
        return [node.this, *(each.this for each in node.args["ifs"])] if node.this is not None else []
    return [node.left, node.right]


def _cut(sides: list[exp.Expr]) -> None:
    kinds = [type_of(each) for each in sides]
    if not sides or any(kind is None or not kind.is_text for kind in kinds):
        return
    for side, kind in zip(sides, kinds, strict=True):
        if kind is not None:
            _cut_side(side, kind)


def _cut_side(side: exp.Expr, kind: ColumnType) -> None:
    if isinstance(side, exp.Literal):
        side.set("this", side.name.rstrip(" "))
    elif not isinstance(side, exp.Column):
        side.replace(fill("rtrim(_1, ' ')", [side.copy()]))
    elif kind.name != "bpchar":  # few values end in a blank, and to see that costs less than to cut all
        side.replace(fill("CASE WHEN suffix(_1, ' ') THEN rtrim(_1, ' ') ELSE _1 END", [side.copy()]))
