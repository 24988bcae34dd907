"""Names of tables: found in the catalog; views put in place of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from local_aws.sql.redshift import catalog_functions, errors, names, pivots, syntax, system, user_functions
from local_aws.sql.redshift.catalog import Catalog, ExternalSchema, Relation
from local_aws.sql.redshift.history import Query
from local_aws.sql.redshift.navigation import enter_paths, navigate
from local_aws.sql.redshift.scans import ExternalScan
from local_aws.sql.redshift.types import ColumnType

PART_FIRST = {"dateadd", "date_add", "datediff", "date_diff", "date_part"}
"""Functions whose first argument names a date part, which is no column even if one has that name."""


@dataclass
class Scope:
    """What names mean to one statement.

    :param temporary: the session's temporary tables.
    :param external: gives the columns of a table in an external schema. :raises SqlError: if it is not there.
    :param values: what `current_user()` and the like say.
    :param settings: what SHOW and `current_setting` say.
    """

    catalog: Catalog
    database: str
    search_path: tuple[str, ...] = ("public",)
    temporary: Mapping[str, Relation] = field(default_factory=dict)
    external: Callable[[ExternalSchema, str], dict[str, ColumnType]] | None = None
    external_tables: Callable[[ExternalSchema], list[dict[str, Any]]] = lambda schema: []
    external_partitions: Callable[[ExternalSchema, str], list[dict[str, Any]]] = lambda schema, table: []
    databases: Callable[[], list[str]] = list
    is_stale: Callable[[Relation], bool] = lambda relation: False
    queries: Callable[[], Sequence[Query]] = tuple
    values: Mapping[str, str | int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    evaluate: Callable[[str], Any] | None = None

    def find(self, table: exp.Table) -> Relation | ExternalSchema:
        """The relation that a name stands for. :raises SqlError: `relation … does not exist`."""
        if table.catalog and table.catalog != self.database:
            raise errors.unsupported(f"queries across databases ({table.catalog}.{table.db}.{table.name})")
        if not table.db:
            for found in (
                self.temporary.get(table.name),
                *(self.catalog.relation(s, table.name) for s in self.search_path),
            ):
                if found is not None:
                    return found
            if system.is_reserved(table.name):
                raise errors.unsupported(f"the system view {table.name}")
            raise errors.no_relation(table.name)
        if table.db == "pg_catalog" and system.is_reserved(table.name):
            raise errors.unsupported(f"the system view {table.name}")
        if table.db in {"pg_catalog", "information_schema"}:
            raise errors.no_relation(f"{table.db}.{table.name}")
        schemas = self.catalog.schemas()
        if table.db not in schemas:
            raise errors.error(f'schema "{table.db}" does not exist')
        external = schemas[table.db]
        if external is not None:
            return external
        found = self.catalog.relation(table.db, table.name)
        if found is None:
            raise errors.no_relation(f"{table.db}.{table.name}")
        return found

    def target(self, table: exp.Table, create: bool = False) -> tuple[str, str]:
        """(schema, name) of a table to be made or changed."""
        if table.catalog and table.catalog != self.database:
            raise errors.unsupported("writing to another database")
        schema = table.db or self.search_path[0]
        schemas = self.catalog.schemas()
        if schema not in schemas:
            raise errors.error(f'schema "{schema}" does not exist')
        if schemas[schema] is not None and create:
            raise errors.unsupported("CREATE EXTERNAL TABLE")
        return schema, table.name


@dataclass
class Sources:
    """The tables of one query under the unique names that they got: columns for typing, origin for execution."""

    columns: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    own: dict[str, Relation] = field(default_factory=dict)
    external: dict[str, tuple[ExternalSchema, str]] = field(default_factory=dict)
    system: dict[str, system.SystemView] = field(default_factory=dict)
    unnested: dict[str, exp.Expr] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    """Those of `unnested` whose attributes are unnested."""
    scans: list[ExternalScan] = field(default_factory=list)

    def enter(self, columns: dict[str, ColumnType]) -> str:
        name = f"source_{len(self.columns) + 1}"
        self.columns[name] = columns
        return name


def resolve(tree: exp.Expr, scope: Scope, sources: Sources, depth: int = 0) -> exp.Expr:
    """Each table name replaced by a unique one (kept in `sources`), or by the query of the view that it names."""
    if depth > 30:
        raise errors.error("views are nested too deeply")
    names.niladic(tree, scope)
    catalog_functions.enter(tree, scope)
    _date_parts(tree)
    _name_derived(tree)
    _distinct_names(tree)
    enter_paths(tree)
    tree = pivots.expand(tree)
    tree = user_functions.expand(tree, scope.catalog, scope.search_path)
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Func):
            raise errors.error(f"function {table.this.name.lower()}(…) cannot be used in FROM")
        if not table.db and table.name in ctes(table):
            continue
        if table is not tree:
            table.replace(_replacement(table, scope, sources, depth))
    navigate(tree, sources)
    for column in tree.find_all(exp.Column):
        if column.args.get("db"):  # sales.t.a: the table's alias is its name
            column.set("db", None)
            column.set("catalog", None)
    return tree


def _name_derived(tree: exp.Expr) -> None:
    """Derived tables may go without a name; types are found by it."""
    number = 0
    for node in tree.find_all(exp.Subquery):
        if isinstance(node.parent, exp.From | exp.Join) and not node.alias:
            number += 1
            alias = exp.TableAlias(this=exp.to_identifier(f"derived {number}", quoted=True))
            node.set("alias", alias)


def _distinct_names(tree: exp.Expr) -> None:
    """:raises SqlError: for two FROM items of one SELECT with the same name."""
    for select in tree.find_all(exp.Select):
        origin = select.args.get("from_")
        items = [origin.this] if origin is not None else []
        items.extend(join.this for join in select.args.get("joins") or [])
        used = [(each.alias or (each.db, each.name)) for each in items if isinstance(each, exp.Table | exp.Subquery)]
        for each in used:
            if used.count(each) > 1:
                raise errors.error(
                    f'table name "{each if isinstance(each, str) else each[1]}" specified more than once'
                )


def _date_parts(tree: exp.Expr) -> None:
    for call in tree.find_all(exp.Anonymous):
        first = call.expressions[0] if call.expressions else None
        if call.name.lower() in PART_FIRST and isinstance(first, exp.Column) and not first.table:
            first.replace(exp.Var(this=first.name))


def ctes(table: exp.Expr) -> set[str]:
    """The names of WITH queries that are seen from here."""
    found: set[str] = set()
    node: exp.Expr | None = table
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None:
            found |= {each.alias for each in clause.expressions}
        node = node.parent
    return found


def _replacement(table: exp.Table, scope: Scope, sources: Sources, depth: int) -> exp.Expr:
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    view = system.find(table.db, table.name)
    if view is not None:
        name = sources.enter(view.columns)
        sources.system[name] = view
        return _named(table, name, alias)
    found = scope.find(table)
    if isinstance(found, ExternalSchema):
        if scope.external is None:
            raise errors.unsupported("external schemas here")
        name = sources.enter(scope.external(found, table.name))
        sources.external[name] = (found, table.name)
        return _named(table, name, alias)
    if found.kind != "VIEW":
        name = sources.enter({each.name: each.type for each in found.columns})
        sources.own[name] = found
        return _named(table, name, alias)
    query = resolve(view_query(found), scope, sources, depth + 1)
    query_node = exp.Subquery(this=query, alias=alias.copy())
    for part in ("joins", "laterals"):
        if table.args.get(part):
            query_node.set(part, table.args[part])
    return query_node


def _named(table: exp.Table, name: str, alias: exp.TableAlias) -> exp.Table:
    new = table.copy()
    new.set("this", exp.to_identifier(name, quoted=True))
    new.set("db", None)
    new.set("catalog", None)
    new.set("alias", alias.copy())
    return new


def view_query(view: Relation) -> exp.Expr:
    query = names.fold(syntax.parse(view.sql or "")[0])
    columns = view.options.get("names")
    if columns:
        names.name_outputs(query)
        inner = exp.Subquery(
            this=query,
            alias=exp.TableAlias(
                this=exp.to_identifier("v", quoted=True),
                columns=[exp.to_identifier(each, quoted=True) for each in columns],
            ),
        )
        query = exp.select("*").from_(inner)
    return query
