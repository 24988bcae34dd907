"""Blanks at the end of texts, which do not count where texts are compared.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html#r_Character_types-significance-of-trailing-blanks.
Deviates: DISTINCT, set operations, GROUP BY ALL and grouping sets show values without their blanks; Redshift shows one
as it is. Where a subquery names a column that is grouped by, its blanks count.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import fill
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.types import ColumnType

_AGGREGATES = frozenset(
    (
        *(
            "count",
            "sum",
            "min",
            "max",
            "any_value",
            "list",
            "string_agg",
            "approx_count_distinct",
            "arg_min",
            "arg_max",
        ),
        *("bool_and", "bool_or", "bit_and", "bit_or", "quantile_cont", "quantile_disc", "median"),
        *("stddev_samp", "stddev_pop", "var_samp", "var_pop"),
    )
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def ignore_blanks(tree: exp.Expr) -> exp.Expr:
    """The comparisons of texts in a rewritten query, without the blanks.

    CHAR columns are kept without them, so only other texts are cut. This comes after the files of external tables are
    chosen: a condition on a bare column chooses them better.
    """
    for node in list(tree.find_all(*_COMPARISONS, exp.Between, exp.In, exp.Case)):
        _cut(_sides(node))
    for select in list(tree.find_all(exp.Select)):
        _group(select)
        if select.args.get("distinct"):
            _cut_outputs(select)
    for node in list(tree.find_all(exp.SetOperation)):
        if node.args.get("distinct"):
            _cut_outputs(node.left)
            _cut_outputs(node.right)
    for window in list(tree.find_all(exp.Window)):
        for each in window.args.get("partition_by") or []:
            _cut_value(each)
    for distinct in list(tree.find_all(exp.Distinct)):
        if isinstance(distinct.parent, exp.Anonymous):
            _cut_value(distinct.expressions[0])
    return tree


def _group(select: exp.Select) -> None:
    """Group by texts without their blanks, and show one of each group as it is, outside of aggregates."""
    group = select.args.get("group")
    if group is None:
        return
    keyed = select.expressions if group.args.get("all") else [group]
    keys = {each.sql() for part in keyed for each in _own_columns(part) if _counts_blanks(each)}
    places = [*select.expressions, *(select.args.get(name) for name in ("having", "order", "qualify"))]
    shown = [place for place in places if place is not None]
    nested = [each for place in shown for query in place.find_all(exp.Query) for each in query.find_all(exp.Column)]
    if not keys or any(each.sql() in keys for each in nested):
        return
    # the NULL of a key that a set leaves out is no value of its rows, and GROUP BY ALL knows its keys by what is shown
    cut = bool(group.args.get("all")) or group.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None
    for node in [each for place in shown for each in _own_columns(place) if each.sql() in keys]:
        if cut:
            _cut_value(node)
        else:
            node.replace(fill("any_value(_1)", [node.copy()]))
    for node in [each for each in _own_columns(group) if each.sql() in keys]:
        _cut_value(node)


def _own_columns(place: exp.Expr) -> list[exp.Column]:
    """The columns of an expression, without those in queries and in aggregates, which see values with their blanks."""
    inside = place.walk(prune=lambda node: isinstance(node, exp.Query) or _is_aggregate(node))
    return [each for each in inside if isinstance(each, exp.Column)]


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES


def _cut_outputs(query: exp.Expr) -> None:
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.SetOperation):
        _cut_outputs(inner.left)
        _cut_outputs(inner.right)
    elif isinstance(inner, exp.Select):
        for each in inner.expressions:
            _cut_value(each.this if isinstance(each, exp.Alias) else each)


def _counts_blanks(node: exp.Expr) -> bool:
    kind = type_of(node)
    return kind is not None and kind.name == "varchar"


def _cut_value(node: exp.Expr) -> None:
    kind = type_of(node)
    if kind is not None and kind.name == "varchar":
        _cut_side(node, kind)


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
