"""Explicit casts, and literals that take the type of what they stand beside."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import types
from local_aws.sql.redshift.functions.call import cast, fill
from local_aws.sql.redshift.inference import read_as_number, type_of


def typed_cast(node: exp.Expr) -> exp.Expr:
    """A cast to a text cuts it to its length, to a CHAR fills it up; numerics default to no decimals.

    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html. Deviates: lengths count characters.
    """
    if not isinstance(node, exp.Cast) or node.to.args.get("duckdb"):
        return node
    kind = types.of(node.to)
    source = type_of(node.this)
    if source is not None and source.name == "super" and kind.name != "super":
        node = exp.Cast(this=fill("json_extract_string(to_json(_1), '$')", [node.this]), to=node.to)
    if kind.name == "varchar" and node.to.expressions and kind.length != types.MAX_LENGTH:
        return fill(f"left(CAST(_1 AS VARCHAR), {kind.length})", [node.this])
    if kind.name == "bpchar":
        return fill(f"rtrim(left(CAST(_1 AS VARCHAR), {kind.length}))", [node.this])
    return cast(node.this, kind.duckdb)


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_READ_AS = {"date", "timestamp", "timestamptz", "int2", "int4", "int8", "float4", "float8", "bool"}


def compared_literal(node: exp.Expr) -> exp.Expr:
    """`order_day >= '2010-12-01'`: the text is read as the other side's type, so that files are chosen by it."""
    if isinstance(node, exp.Between):
        groups = [(node.this, [node.args["low"], node.args["high"]])]
    elif isinstance(node, exp.In):
        groups = [(node.this, list(node.expressions))]
    elif isinstance(node, _COMPARISONS):
        groups = [(node.left, [node.right]), (node.right, [node.left])]
    else:
        return node
    for typed_side, others in groups:
        kind = type_of(typed_side)
        if kind is not None and kind.name == "super":
            _read_super(typed_side, others)
            continue
        if kind is None or kind.name not in {*_READ_AS, "numeric"} or isinstance(typed_side, exp.Literal):
            continue
        for each in others:
            if kind.name == "numeric":
                read_as_number(each)
            elif isinstance(each, exp.Literal) and each.is_string:
                each.replace(cast(each.copy(), kind.duckdb))
    return node


def blanks_after_char(node: exp.Expr) -> exp.Expr:
    """Blanks at the end do not count where a CHAR is compared.

    CHAR columns are kept without them, so only other texts are cut; a comparison of a column stays one of a column.
    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html#r_Character_types-char-or-character.
    Deviates: between two VARCHAR values blanks count.
    """
    if isinstance(node, exp.Between):
        sides = [node.this, node.args["low"], node.args["high"]]
    elif isinstance(node, exp.In):
        sides = [node.this, *node.expressions]
    elif isinstance(node, exp.Case) and node.this is not None:
        sides = [node.this, *(each.this for each in node.args["ifs"])]
    elif isinstance(node, (*_COMPARISONS, exp.NullSafeEQ, exp.NullSafeNEQ)):
        sides = [node.left, node.right]
    else:
        return node
    kinds = [type_of(each) for each in sides]
    if not any(kind is not None and kind.name == "bpchar" for kind in kinds):
        return node
    for side, kind in zip(sides, kinds, strict=True):
        if kind is not None and kind.is_text:
            _cut_blanks(side, kind)
    return node


def _cut_blanks(side: exp.Expr, kind: types.ColumnType) -> None:
    if isinstance(side, exp.Literal):
        side.set("this", side.name.rstrip(" "))
    elif not (kind.name == "bpchar" and isinstance(side, exp.Column)):
        side.replace(fill("rtrim(_1, ' ')", [side.copy()]))


def literal_beside_number(node: exp.Expr) -> exp.Expr:
    """`1 + '2'`: the text is read as the other side's type, as PostgreSQL reads literals of unknown type."""
    if not isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        return node
    for one, other in ((node.left, node.right), (node.right, node.left)):
        kind = type_of(other)
        is_text = isinstance(one, exp.Literal) and one.is_string
        if is_text and kind is not None and not kind.is_text and kind.name not in {"date", "timestamp", "timestamptz"}:
            new = cast(one.copy(), kind.duckdb)
            new.type = kind.expression
            one.replace(new)
    return node


def _read_super(side: exp.Expr, others: list[exp.Expr]) -> None:
    """A SUPER value beside a value of another type is compared if it is of that type, else it is NULL.

    https://docs.aws.amazon.com/redshift/latest/dg/query-super.html#dynamic-typing-lax-processing
    """
    kinds = [kind for each in others if (kind := type_of(each)) is not None and kind.name != "super"]
    if not kinds:
        return
    text = "json_extract_string(to_json(_1), '$')"
    if kinds[0].is_text:
        body = f"CASE json_type(to_json(_1)) WHEN 'VARCHAR' THEN {text} END"
    else:
        body = f"TRY_CAST({text} AS {'DOUBLE' if kinds[0].is_integer else kinds[0].duckdb})"
    side.replace(fill(body, [side.copy()]))
