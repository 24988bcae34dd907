"""From typed Redshift expressions to DuckDB's: an ordered chain of pure rules, applied to each node, children first."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local_aws.sql.redshift.rewrite import arithmetic, calls, casts, operators, safety, supers

Rule = Callable[[exp.Expr], exp.Expr]

CHAIN: tuple[Rule, ...] = (
    safety.known_nodes_only,
    operators.null_safe_concat,
    operators.null_of_super,
    supers.arithmetic,
    supers.comparison,
    supers.ordering,
    supers.pattern,
    operators.similar_to,
    operators.any_of_numbers,
    operators.position,
    operators.extract,
    operators.trim,
    operators.substring,
    operators.interval,
    casts.typed_cast,
    casts.literal_beside_number,
    casts.compared_literal,
    casts.literal_in_union,
    arithmetic.division,
    arithmetic.multiplication,
    arithmetic.addition,
    calls.wrapped_call,
    calls.call,
)


def rewrite(tree: exp.Expr) -> exp.Expr:
    """The tree, each node rewritten by the first rule that knows it; it keeps its inferred Redshift type."""
    for node in reversed(list(tree.dfs())):
        new = node
        for rule in CHAIN:
            new = rule(node)
            if new is not node:
                break
        if new is node:
            continue
        new.type = node.type
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree
