"""The Redshift type of each expression: what decimals' scales, integer divisions and result columns are decided by.

sqlglot walks the scopes; the rules for literals, arithmetic, aggregates and functions are Redshift's.
Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.qualify_columns import qualify_columns
from sqlglot.schema import MappingSchema
from sqlglot.typing.redshift import EXPRESSION_METADATA

from local_aws.sql.redshift import functions, types
from local_aws.sql.redshift.errors import SqlError
from local_aws.sql.redshift.functions import supers
from local_aws.sql.redshift.promotion import arithmetic, combined
from local_aws.sql.redshift.syntax import Warehouse
from local_aws.sql.redshift.types import ColumnType


def type_of(node: exp.Expr | None) -> ColumnType | None:
    """The type that was inferred for a node; None if unknown."""
    kind = node.type if node is not None else None
    if kind is None or kind.this in {exp.DType.UNKNOWN, exp.DType.NULL} or not isinstance(kind, exp.DataType):
        return None
    try:
        if kind.this in {exp.DType.VARCHAR, exp.DType.TEXT} and not kind.expressions:
            return ColumnType("varchar", length=types.MAX_LENGTH)
        return types.of(kind)
    except SqlError:  # a type that only the walk knows, such as a query's row
        return None


def read_as_number(node: exp.Expr) -> bool:
    """Turn a quoted literal that stands beside a NUMERIC into the number that it says, with all of its digits."""
    if not isinstance(node, exp.Literal) or not node.is_string or not _NUMBER.fullmatch(node.name.strip()):
        return False
    node.set("this", node.name.strip())
    node.set("is_string", False)
    return True


_NUMBER = re.compile(r"\d+(\.\d+)?|\.\d+")


def _literal(walk: TypeAnnotator, node: exp.Literal) -> exp.Expr:
    if node.is_string:
        return walk._set_type(node, ColumnType("varchar", length=max(1, len(node.name.encode()))).expression)
    text = node.name.lower()
    if node.is_int:
        value = int(text)
        name = "int4" if -(2**31) <= value < 2**31 else "int8"
        if value < 2**63:
            return walk._set_type(node, ColumnType(name).expression)
        return walk._set_type(node, ColumnType("numeric", precision=min(38, len(text)), scale=0).expression)
    if "e" in text:
        return walk._set_type(node, ColumnType("float8").expression)
    whole, _, fraction = text.partition(".")
    precision = max(len(whole.lstrip("0")) + len(fraction), 1)
    return walk._set_type(node, ColumnType("numeric", precision=precision, scale=len(fraction)).expression)


def _set(walk: TypeAnnotator, node: exp.Expr, kind: ColumnType | None) -> exp.Expr:
    return walk._set_type(node, kind.expression if kind else None)


def _binary(walk: TypeAnnotator, node: exp.Binary) -> exp.Expr:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        kind = type_of(other)
        if kind is not None and kind.name == "numeric" and read_as_number(one):
            _literal(walk, one)
    return _set(walk, node, arithmetic(type(node), type_of(node.left), type_of(node.right)))


def _call(walk: TypeAnnotator, node: exp.Anonymous) -> exp.Expr:
    known = functions.find(node.name)
    arguments = functions.plain_arguments(node)
    if known is None:
        return _set(walk, node, None)
    kinds = [type_of(each) for each in arguments]
    if kinds and kinds[0] == ColumnType("super") and supers.is_math(node.name):
        return _set(walk, node, kinds[0])
    kind = known.returns(kinds) if len(arguments) >= known.least else None
    return _set(walk, node, known.refine(kind, arguments))


def _case(walk: TypeAnnotator, node: exp.Case) -> exp.Expr:
    return _set(
        walk,
        node,
        combined([*(type_of(each.args["true"]) for each in node.args["ifs"]), type_of(node.args.get("default"))]),
    )


def _text(walk: TypeAnnotator, node: exp.Expr) -> exp.Expr:
    return _set(walk, node, ColumnType("varchar", length=types.MAX_LENGTH))


def _through(walk: TypeAnnotator, node: exp.Expr) -> exp.Expr:
    return walk._set_type(node, node.this.type)


def _cast(walk: TypeAnnotator, node: exp.Cast) -> exp.Expr:
    return _set(walk, node, types.of(node.to))


METADATA: dict[Any, Any] = {
    **EXPRESSION_METADATA,
    exp.Literal: {"annotator": _literal},
    **{each: {"annotator": _binary} for each in (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)},
    **{each: {"annotator": _text} for each in (exp.DPipe, exp.Trim, exp.Substring)},
    **{each: {"annotator": _through} for each in (exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)},
    exp.Neg: {"annotator": _through},
    exp.Anonymous: {"annotator": _call},
    exp.Case: {"annotator": _case},
    exp.Cast: {"annotator": _cast},
    exp.StrPosition: {"returns": exp.DType.INT},
    exp.Extract: {"returns": exp.DType.INT},
}


class Inference(TypeAnnotator):  # type: ignore[misc]
    """sqlglot's walk with Redshift's rules."""

    def _maybe_coerce(self, type1: Any, type2: Any) -> Any:
        """The column type of a UNION, of CASE branches and the like."""
        kinds = [
            type_of(_Typed(each if isinstance(each, exp.DataType) else each.into_expr())) for each in (type1, type2)
        ]
        found = combined(kinds)
        return found.expression if found else exp.DType.UNKNOWN


class _Typed(exp.Expression):  # type: ignore[misc]
    """A node that is nothing but its type."""

    def __init__(self, kind: exp.DataType) -> None:
        super().__init__()
        self.type = kind


def _bare(node: exp.Expr) -> exp.Expr:
    """A literal without its sign and brackets."""
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    return node


def infer(tree: exp.Expr, columns: Mapping[str, Mapping[str, ColumnType]]) -> exp.Expr:
    """Qualify the columns of a query, expand its stars, and type its expressions in place.

    :param columns: the columns of each table name in the query; names are unique by then (see `resolve`).
    """
    schema = MappingSchema(dialect=Warehouse, normalize=False)
    for table, kinds in columns.items():
        shape = {name: kind.expression for name, kind in kinds.items()}
        schema.add_table(exp.Table(this=exp.to_identifier(table, quoted=True)), shape, dialect=Warehouse)
    tree = qualify_columns(tree, schema, expand_alias_refs=True, allow_partial_qualification=True)
    for group in tree.find_all(exp.Group):  # GROUP BY 1 of a constant: no position any more
        for each in group.expressions:
            if isinstance(_bare(each), exp.Literal) and not _bare(each).is_string:
                each.replace(exp.cast(each.copy(), "INT" if _bare(each).is_int else "DOUBLE"))
    return Inference(schema, expression_metadata=METADATA).annotate(tree)
