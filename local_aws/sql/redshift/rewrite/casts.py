"""Explicit casts, and literals that take the type of what they stand beside."""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.sql.redshift import errors, types
from local_aws.sql.redshift.functions.call import as_text, cast, cut_bytes, fill
from local_aws.sql.redshift.functions.moments import TEMPORAL, moment, zoned_time
from local_aws.sql.redshift.functions.supers import NUMBERS, SCALAR
from local_aws.sql.redshift.inference import read_as_number, type_of
from local_aws.sql.redshift.types import ColumnType


def typed_cast(node: exp.Expr) -> exp.Expr:
    """A cast to a text cuts it to its bytes, to a CHAR takes the blanks off; texts are read as Redshift reads them.

    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html,
    https://docs.aws.amazon.com/redshift/latest/dg/r_TRY_CAST.html (NULL for what cannot be cast)
    """
    if not isinstance(node, exp.Cast) or node.to.args.get("duckdb"):
        return node
    kind, source = types.of(node.to), type_of(node.this)
    value = node.this
    if source is not None and source.name == "super" and kind.name != "super":
        return from_super(value, kind)
    _check_castable(source, kind)
    if isinstance(node, exp.TryCast):
        return _tried(value, source, kind)
    if kind.is_text:
        text = fill("decode(_1)", [value]) if source and source.name == "varbyte" else as_text(value, source)
        if kind.name == "bpchar":
            return fill("rtrim(_1, ' ')", [cut_bytes(text, kind.length or 1)])
        return text if kind.length == types.MAX_LENGTH and text is not value else cut_bytes(text, kind.length or 1)
    if source is not None and source.is_text:
        return read_text(value, kind)
    if source is not None and source.name == "timestamptz" and kind.name in {"time", "timetz"}:
        return fill("CAST(timezone('UTC', _1) AS TIME)", [value])
    return cast(value, kind.duckdb)


def _check_castable(source: ColumnType | None, kind: ColumnType) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion"""
    if source is None:
        return
    moments = {"date", "timestamp", "timestamptz", "time", "timetz"}
    numbers = source.is_integer or source.name in {"numeric", "float4", "float8"}
    if (source.name == "bool" and kind.is_text) or (numbers and kind.name in moments):
        raise errors.error(f"cannot cast type {source.standard} to {kind.standard}")
    if source.name in moments and (kind.is_integer or kind.name in {"numeric", "float4", "float8", "bool"}):
        raise errors.error(f"cannot cast type {source.standard} to {kind.standard}")


def from_super(value: exp.Expr, kind: ColumnType) -> exp.Expr:
    """A SUPER value as one of another type; NULL where it is of none that can be cast, and for arrays and objects.

    https://docs.aws.amazon.com/redshift/latest/dg/super-configurations.html (cast_super_null_on_error is on),
    https://docs.aws.amazon.com/redshift/latest/dg/limitations-super.html (casting limitations)
    """
    text = ColumnType("varchar", length=types.MAX_LENGTH)
    scalar = fill(f"CASE WHEN json_type(to_json(_1)) NOT IN ('ARRAY', 'OBJECT') THEN {SCALAR} END", [value])
    if kind.is_integer:
        number = f"TRY_CAST(TRY_CAST({SCALAR} AS DECIMAL(38, 12)) AS {kind.duckdb})"
        return fill(
            f"CASE WHEN json_type(to_json(_1)) IN {NUMBERS} THEN {number} ELSE _2 END",
            [value, _tried(scalar, text, kind)],
        )
    if kind.name == "bool":
        whole = f"json_type(to_json(_1)) IN ('BIGINT', 'UBIGINT') THEN {SCALAR} <> '0'"
        return fill(f"CASE WHEN json_type(to_json(_1)) = 'BOOLEAN' THEN {SCALAR} = 'true' WHEN {whole} END", [value])
    if kind.name in TEMPORAL:
        return _tried(fill(f"CASE json_type(to_json(_1)) WHEN 'VARCHAR' THEN {SCALAR} END", [value]), text, kind)
    if kind.name == "bpchar":
        return fill("rtrim(_1, ' ')", [_tried(scalar, text, kind)])
    return _tried(scalar, text, kind)


_WHOLE = "regexp_full_match(_1, '\\s*[+-]?[0-9]+\\s*')"


def read_text(value: exp.Expr, kind: ColumnType) -> exp.Expr:
    """A text as a value of another type."""
    if kind.name in TEMPORAL:
        return moment(value, kind)
    if kind.is_integer:
        if isinstance(value, exp.Literal):
            if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value.name):
                raise errors.error(f'invalid input syntax for integer: "{value.name}"')
            return cast(value, kind.duckdb)
        bad = "error('ERROR: invalid input syntax for integer: \"' || _1 || '\"')"
        return fill(f"CAST(CASE WHEN regexp_matches(_1, '[^0-9 +-]') THEN {bad} ELSE _1 END AS {kind.duckdb})", [value])
    if kind.name == "varbyte":
        return fill("encode(_1)", [value])
    if kind.name == "timetz":
        return zoned_time(value)
    return cast(value, kind.duckdb)


def _tried(value: exp.Expr, source: ColumnType | None, kind: ColumnType) -> exp.Expr:
    if kind.is_text:
        return cut_bytes(as_text(value, source), kind.length or 1)
    if kind.is_integer and source is not None and source.is_text:
        return fill(f"CASE WHEN {_WHOLE} THEN TRY_CAST(_1 AS {kind.duckdb}) END", [value])
    return fill(f"TRY_CAST(_1 AS {kind.duckdb})", [value])


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_READ_AS = {"date", "timestamp", "timestamptz", "timetz", "int2", "int4", "int8", "float4", "float8", "bool"}


def compared_literal(node: exp.Expr) -> exp.Expr:
    """`order_day >= '2010-12-01'`: the text is read as the other side's type, so that files are chosen by it."""
    if isinstance(node, exp.Between):
        groups = [(node.this, [node.args["low"], node.args["high"]])]
    elif isinstance(node, exp.In):
        groups = [(node.this, list(node.expressions) or _outputs(node.args.get("query")))]
    elif isinstance(node, _COMPARISONS) and isinstance(node.right, exp.Any | exp.All):
        groups = [(node.left, _outputs(node.right.this))]
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
                each.replace(read_text(each.copy(), kind))
    return node


def _outputs(query: exp.Expr | None) -> list[exp.Expr]:
    """The one column of a subquery that values are compared with."""
    inner = query.unnest() if isinstance(query, exp.Subquery | exp.Paren) else query
    return list(inner.selects) if isinstance(inner, exp.Query) else []


def literal_in_union(node: exp.Expr) -> exp.Expr:
    """`SELECT a … UNION SELECT '1'`: the text is read as the other side's type."""
    if not isinstance(node, exp.SetOperation):
        return node
    for one, other in zip(node.left.selects, node.right.selects, strict=False):
        for text, typed in ((one, other), (other, one)):
            kind, bare = type_of(typed), text.unalias()
            if isinstance(bare, exp.Literal) and bare.is_string and kind is not None and not kind.is_text:
                bare.replace(read_text(bare.copy(), kind))
    return node


def literal_beside_number(node: exp.Expr) -> exp.Expr:
    """`1 + '2'`: the text is read as the other side's type, as PostgreSQL reads literals of unknown type."""
    if not isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        return node
    for one, other in ((node.left, node.right), (node.right, node.left)):
        kind = type_of(other)
        is_text = isinstance(one, exp.Literal) and one.is_string
        if is_text and kind is not None and not kind.is_text and kind.name not in {"date", "timestamp", "timestamptz"}:
            new = read_text(one.copy(), kind)
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
    elif kinds[0].is_integer or kinds[0].name in {"numeric", "float4", "float8"}:
        number = "DOUBLE" if kinds[0].name in {"float4", "float8"} else "DECIMAL(38, 12)"
        body = f"CASE WHEN json_type(to_json(_1)) IN {NUMBERS} THEN TRY_CAST({text} AS {number}) END"
    elif kinds[0].name == "bool":
        body = f"CASE json_type(to_json(_1)) WHEN 'BOOLEAN' THEN {text} = 'true' END"
    else:
        body = f"TRY_CAST({text} AS {kinds[0].duckdb})"
    side.replace(fill(body, [side.copy()]))
