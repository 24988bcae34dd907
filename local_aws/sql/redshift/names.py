"""Names in a statement's text: folded to lower case, parameters bound, niladic functions, names of outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, types

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

NILADIC = {"current_date", "current_timestamp", "sysdate"}
BARE = {"current_user", "session_user", "current_user_id", "user"}
"""Values that may be named without brackets; the others, such as version(), are functions."""


def fold(tree: exp.Expr) -> exp.Expr:
    """Identifiers in lower case, quoted or not, as Redshift has them unless `enable_case_sensitive_identifier` is on.

    https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
    """
    for node in tree.find_all(exp.Identifier):
        node.set("this", node.name.lower())
        node.set("quoted", True)
    for node in tree.find_all(exp.Anonymous):
        if isinstance(node.this, str):
            node.set("this", node.this.lower())
    return tree


def bind(tree: exp.Expr, parameters: Mapping[str, str], used: set[str]) -> exp.Expr:
    """Each `:name` as a literal of unknown type: a node of the tree, so its text is never read as SQL.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations-parameters
    """
    for node in list(tree.find_all(exp.Placeholder)):
        name = str(node.this or "")
        if name not in parameters:
            raise errors.error(f"Parameter {name} has no value" if name else syntax_hint())
        used.add(name)
        literal: exp.Expr = exp.Literal.string(parameters[name])
        if isinstance(node.parent, exp.Limit | exp.Offset):
            literal = _count(parameters[name])
        node.replace(literal)
    return tree


def syntax_hint() -> str:
    return 'syntax error at or near "?"'


def _count(text: str) -> exp.Expr:
    if not text.isdigit():
        raise errors.error(f'invalid input syntax for integer: "{text}"')
    return exp.Literal.number(int(text))


def niladic(tree: exp.Expr, scope: Scope) -> exp.Expr:
    """`current_date`, `current_user` and the like, with or without brackets."""
    for node in list(tree.find_all(exp.Column, exp.Anonymous)):
        if isinstance(node, exp.Column) and node.table:
            continue
        name = node.name.lower()
        if name in scope.values and (name in BARE if isinstance(node, exp.Column) else not node.expressions):
            value = scope.values[name]
            new: exp.Expr = exp.Literal.number(value) if isinstance(value, int) else exp.Literal.string(value)
            if isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
                new = exp.alias_(new, name, quoted=True)
            node.replace(new)
        elif isinstance(node, exp.Column) and name in NILADIC:
            node.replace(exp.Anonymous(this=name))
        elif name == "current_setting" and not isinstance(node, exp.Column):
            node.replace(_setting(node, scope))
        elif name == "current_schemas" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Boolean):
            schemas = [*(["pg_catalog"] if node.expressions[0].this else []), *scope.search_path]
            node.replace(exp.Literal.string("{" + ",".join(schemas) + "}"))
    return tree


def _setting(node: exp.Anonymous, scope: Scope) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_SETTING.html: a text, of a literal name alone."""
    asked = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(asked, exp.Literal):
        raise errors.unsupported("current_setting() of what is no literal")
    value = scope.settings.get(asked.name.lower())
    if value is None:
        raise errors.error(f'unrecognized configuration parameter "{asked.name}"')
    new: exp.Expr = exp.Literal.string(value)
    shown = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
    return exp.alias_(new, "current_setting", quoted=True) if shown else new


def name_outputs(tree: exp.Expr) -> None:
    """Names for unnamed expressions, as PostgreSQL gives them: the function's, the cast column's, `?column?`."""
    for select in tree.find_all(exp.Select):
        for each in list(select.expressions):
            if isinstance(each, exp.Alias | exp.Column | exp.Star) or each.is_star:
                continue
            new = exp.Alias(this=each.copy(), alias=exp.to_identifier(_output_name(each), quoted=True))
            each.replace(new)


_SHOWN = {"datediff": "date_diff", "dateadd": "date_add"}
"""https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html: the names that their columns get."""


def _output_name(node: exp.Expr) -> str:
    while isinstance(node, exp.Window | exp.WithinGroup | exp.IgnoreNulls | exp.Paren):
        node = node.this
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    if isinstance(node, exp.Bracket):
        return _output_name(node.this)
    if isinstance(node, exp.Anonymous):
        name = str(node.name).removeprefix("approximate_")
        return _SHOWN.get(name.lower(), name)
    if isinstance(node, exp.Cast):
        inner = _output_name(node.this)
        return inner if inner != "?column?" else types.of(node.to).name
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and len(node.this.selects) == 1:
        return node.this.selects[0].alias_or_name or _output_name(node.this.selects[0])
    named = {exp.Case: "case", exp.Column: node.name, exp.Extract: "date_part", exp.Exists: "?column?"}
    return named.get(type(node)) or "?column?"
