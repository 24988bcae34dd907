"""A query's way: names resolved, types inferred, nodes rewritten, external tables placed; then DuckDB's SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import OptimizeError

from local_aws.sql.redshift import errors, names, resolve, spectrum
from local_aws.sql.redshift.inference import infer, type_of
from local_aws.sql.redshift.navigation import place_unnested
from local_aws.sql.redshift.resolve import Scope, Sources
from local_aws.sql.redshift.rewrite import rewrite
from local_aws.sql.redshift.rewrite.blanks import ignore_blanks
from local_aws.sql.redshift.scans import ExternalScan
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    from local_aws.lake import Lake


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result. `type` is None where only the engine knows it; `table` where it came as it is."""

    name: str
    type: ColumnType | None
    table: str = ""
    schema: str = ""
    nullable: bool = True


@dataclass
class Prepared:
    """A query ready to run: the tree in DuckDB's terms, and the rows of the system views that it names."""

    tree: exp.Expr
    columns: list[ResultColumn]
    views: dict[str, pa.Table] = field(default_factory=dict)
    scans: list[ExternalScan] = field(default_factory=list)

    @property
    def sql(self) -> str:
        return str(self.tree.sql(dialect="duckdb"))


def resolved(tree: exp.Expr, scope: Scope) -> tuple[exp.Expr, Sources]:
    """A folded, bound query with its names found and its expressions typed. :raises SqlError: in Redshift's words."""
    sources = Sources()
    names.name_outputs(tree)
    tree = resolve.resolve(tree, scope, sources)
    names.name_outputs(tree)
    _place_pseudocolumns(tree, sources)
    try:
        tree = infer(tree, sources.columns)
    except OptimizeError as problem:  # `x.*` of a table that is not there
        name = str(problem).rpartition(" ")[2]
        if name.isdigit():
            raise errors.error(f"ORDER BY/GROUP BY position {name} is not in select list") from problem
        raise errors.error(f'missing FROM-clause entry for table "{name}"') from problem
    return tree, sources


def prepare(tree: exp.Expr, scope: Scope, lake: Lake) -> Prepared:
    """A folded, bound query, in DuckDB's terms. :raises SqlError: in Redshift's words."""
    tree, sources = resolved(tree, scope)
    columns = _columns(tree, sources)
    tree = rewrite(tree)
    tree = spectrum.place(tree, sources, lake, scope.evaluate)
    tree = ignore_blanks(tree)
    tree = place_unnested(tree, sources)
    _name_storage(tree, sources)
    return Prepared(tree, columns, {name: _rows(sources, name, scope) for name in sources.system}, sources.scans)


def _place_pseudocolumns(tree: exp.Expr, sources: Sources) -> None:
    """`"$path"` without a table belongs to the external table of its SELECT."""
    for column in tree.find_all(exp.Column):
        if column.name not in {spectrum.PATH, spectrum.SIZE} or column.table:
            continue
        select = column.find_ancestor(exp.Select)
        tables = [each for each in select.find_all(exp.Table) if each.name in sources.external] if select else []
        if len(tables) == 1:
            column.set("table", exp.to_identifier(tables[0].alias_or_name, quoted=True))


def _columns(tree: exp.Expr, sources: Sources) -> list[ResultColumn]:
    """What the result's columns are, where the tree tells."""
    own = {
        table.alias_or_name: sources.own[table.name] for table in tree.find_all(exp.Table) if table.name in sources.own
    }
    walk = tree
    while isinstance(walk, exp.SetOperation | exp.Subquery):
        walk = walk.this
    found = []
    for each in tree.selects if isinstance(tree, exp.Query) else []:
        inner = each.unalias()
        relation = own.get(inner.table) if isinstance(inner, exp.Column) and walk is tree else None
        declared = {column.name: column for column in relation.columns}.get(inner.name) if relation else None
        kind = type_of(each) if walk is tree or type_of(each) == ColumnType("timetz") else None
        if relation is not None and declared is not None:
            found.append(ResultColumn(each.alias_or_name, kind, relation.name, relation.schema, declared.nullable))
        else:
            found.append(ResultColumn(each.alias_or_name, kind))
    return found


def _name_storage(tree: exp.Expr, sources: Sources) -> None:
    """The tables' names in DuckDB, in place of the unique ones."""
    for table in tree.find_all(exp.Table):
        relation = sources.own.get(table.name)
        if relation is not None:
            name_storage(table, relation.schema, relation.name, relation.kind == "TEMPORARY")


def name_storage(table: exp.Table, schema: str, name: str, temporary: bool) -> None:
    table.set("this", exp.to_identifier(name, quoted=True))
    table.set("db", exp.to_identifier("main" if temporary else schema, quoted=True))
    table.set("catalog", exp.to_identifier("temp") if temporary else None)


def _rows(sources: Sources, name: str, scope: Scope) -> pa.Table:
    view = sources.system[name]
    rows = list(view.rows(scope))
    arrays = [
        pa.array([row[position] for row in rows], type=_ARROW.get(kind.name, pa.string()))
        for position, kind in enumerate(view.columns.values())
    ]
    return pa.table(arrays, names=list(view.columns))


_ARROW = {"int4": pa.int32(), "int8": pa.int64(), "bool": pa.bool_(), "timestamp": pa.timestamp("us")}
