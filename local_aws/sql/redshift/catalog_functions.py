"""Functions that look into the catalog: they are read as the system views that hold the same.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_LATE_BINDING_VIEW_COLS.html,
https://www.postgresql.org/docs/8.0/functions-info.html (what clients ask of PostgreSQL's catalog)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.pg_catalog import ENCODINGS

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

LATE_BINDING = "pg_get_late_binding_view_cols"
_LOOKED_UP = {
    "pg_get_viewdef": "SELECT d.definition FROM pg_get_viewdef AS d WHERE d.oid = _1",
    "pg_get_constraintdef": "SELECT d.definition FROM pg_get_constraintdef AS d WHERE d.oid = _1",
    "obj_description": "SELECT d.description FROM pg_description AS d WHERE d.objoid = _1 AND d.objsubid = 0",
    "col_description": "SELECT d.description FROM pg_description AS d WHERE d.objoid = _1 AND d.objsubid = _2",
}
"""The query that a call stands for, with its first arguments."""


def enter(tree: exp.Expr, scope: Scope) -> None:
    """Put queries of system views in place of the calls. :raises SqlError: for what such a call names in vain."""
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous) and table.this.name.lower() == LATE_BINDING:
            table.replace(_late_binding(table))
    for dot in list(tree.find_all(exp.Dot)):
        if isinstance(dot.expression, exp.Anonymous) and dot.this.name == "pg_catalog":
            dot.replace(dot.expression)
    for call in list(tree.find_all(exp.Anonymous)):
        name = call.name.lower()
        if name in _LOOKED_UP and call.expressions:
            call.replace(_looked_up(name, call.expressions))
        elif name == "pg_get_expr" and call.expressions:
            call.replace(call.expressions[0])
        elif name == "format_encoding" and len(call.expressions) == 1:
            call.replace(_encoding(call.expressions[0]))
        elif name == "has_table_privilege":
            _check_table(call, scope)


def _late_binding(table: exp.Table) -> exp.Expr:
    """`pg_get_late_binding_view_cols() cols(view_schema name, …)`: the columns take the names that the alias gives."""
    if table.this.expressions:
        raise errors.error(f"function {LATE_BINDING}(…) does not exist")
    given = table.args.get("alias")
    names = [each.this if isinstance(each, exp.ColumnDef) else each for each in (given.columns if given else [])]
    alias = exp.TableAlias(this=given.this if given else exp.to_identifier(LATE_BINDING), columns=names)
    return exp.Table(this=exp.to_identifier(LATE_BINDING, quoted=True), alias=alias)


def _looked_up(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    from local_aws.sql.redshift import names, syntax

    query = names.fold(syntax.parse(_LOOKED_UP[name])[0])
    for hole in [each for each in query.find_all(exp.Column) if each.name in {"_1", "_2"}]:
        hole.replace(arguments[int(hole.name[1]) - 1].copy())
    return exp.Subquery(this=query)


def _encoding(number: exp.Expr) -> exp.Expr:
    """The name of a column's encoding, by its number in pg_attribute."""
    case = exp.Case(this=number.copy(), ifs=[])
    for position, name in enumerate(ENCODINGS):
        case.args["ifs"].append(exp.If(this=exp.Literal.number(position), true=exp.Literal.string(name)))
    return case


def _check_table(call: exp.Anonymous, scope: Scope) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_HAS_TABLE_PRIVILEGE.html: the table must be there."""
    named = call.expressions[-2] if len(call.expressions) > 1 else None
    if isinstance(named, exp.Literal) and named.is_string:
        parts = named.name.lower().split(".")[-2:]
        table = exp.table_(parts[-1], db=parts[0] if len(parts) > 1 else None, quoted=True)
        from local_aws.sql.redshift import system

        if system.find(table.db, table.name) is None:
            scope.find(table)


def late_binding_columns(scope: Scope) -> Iterator[tuple[Any, ...]]:
    """(schema, view, column, type, number) of views without schema binding; none of those that cannot be read now."""
    from local_aws.sql.redshift.inference import type_of
    from local_aws.sql.redshift.query import resolved
    from local_aws.sql.redshift.resolve import view_query

    for each in scope.catalog.relations():
        if each.kind != "VIEW" or not each.options.get("late"):
            continue
        try:
            tree, _ = resolved(view_query(each), scope)
        except errors.SqlError:
            continue
        for number, column in enumerate(tree.selects, 1):
            kind = type_of(column)
            yield each.schema, each.name, column.alias_or_name, kind.text if kind is not None else "unknown", number
