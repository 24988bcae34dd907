"""Operators on SUPER values, by the type that each value has when the query runs.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/query-super.html#dynamic-typing-lax-processing and
https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import fill
from local_aws.sql.redshift.functions.supers import NUMBERS, SCALAR, super_key
from local_aws.sql.redshift.inference import type_of

_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def is_super(node: exp.Expr | None) -> bool:
    kind = type_of(node)
    return kind is not None and kind.name == "super"


def _json_text(node: exp.Expr) -> exp.Expr:
    """An operand as a JSON text: a decimal with its digits, a floating-point number with an exponent."""
    kind = type_of(node)
    if kind is not None and (kind.is_integer or kind.name == "numeric"):
        return fill("CAST(_1 AS VARCHAR)", [node])
    if kind is not None and kind.name in {"float4", "float8"}:
        return fill("printf('%.17e', CAST(_1 AS DOUBLE))", [node])
    return fill("CAST(to_json(_1) AS VARCHAR)", [node])


def arithmetic(node: exp.Expr) -> exp.Expr:
    """`c.price * 2` is a SUPER value; NULL where an operand is no number."""
    if isinstance(node, exp.Neg) and is_super(node.this):
        return fill("CAST(py_super_arithmetic('-', '0', _1) AS JSON)", [_json_text(node.this)])
    if type(node) not in _SIGNS or not (is_super(node.left) or is_super(node.right)):
        return node
    sign = exp.Literal.string(_SIGNS[type(node)])
    return fill("CAST(py_super_arithmetic(_1, _2, _3) AS JSON)", [sign, _json_text(node.left), _json_text(node.right)])


def comparison(node: exp.Expr) -> exp.Expr:
    """Two SUPER values are compared as numbers or as texts if both are; values of different types give NULL."""
    sign = _COMPARISONS.get(type(node))
    if sign is None or not (is_super(node.left) and is_super(node.right)):
        return node
    number, text = f"TRY_CAST({SCALAR} AS DOUBLE)", SCALAR
    body = (
        f"CASE WHEN json_type(to_json(_1)) IN {NUMBERS} AND json_type(to_json(_2)) IN {NUMBERS}"
        f" THEN {number} {sign} {number.replace('_1', '_2')}"
        f" WHEN json_type(to_json(_1)) = json_type(to_json(_2)) AND json_type(to_json(_1)) <> 'NULL'"
        f" THEN {text} {sign} {text.replace('_1', '_2')} END"
    )
    return fill(body, [node.left, node.right])


def pattern(node: exp.Expr) -> exp.Expr:
    """A SUPER value is matched if it is a text."""
    if isinstance(node, exp.Like | exp.ILike | exp.SimilarTo | exp.RegexpLike | exp.RegexpILike) and is_super(
        node.this
    ):
        node.set("this", fill(f"CASE json_type(to_json(_1)) WHEN 'VARCHAR' THEN {SCALAR} END", [node.this]))
    return node


def ordering(node: exp.Expr) -> exp.Expr:
    """`ORDER BY c.price`: numbers as numbers."""
    if not isinstance(node, exp.Ordered) or not is_super(_named(node)):
        return node
    new = node.copy()
    new.set("this", super_key(node.this))
    return new


def _named(node: exp.Ordered) -> exp.Expr:
    """The expression that an ORDER BY means by a name of the SELECT list."""
    inner = node.this
    query = node.find_ancestor(exp.Query)
    if isinstance(query, exp.SetOperation):
        if is_super(inner) or any(is_super(each) for each in query.selects if each.alias_or_name == inner.name):
            raise errors.unsupported("ORDER BY of SUPER values over a UNION")
        return inner
    select = node.find_ancestor(exp.Select)
    if isinstance(inner, exp.Column) and not inner.table and select is not None:
        return next((each for each in select.selects if each.alias_or_name == inner.name), inner)
    return inner
