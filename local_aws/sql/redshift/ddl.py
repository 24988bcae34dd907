"""CREATE, DROP, ALTER and COMMENT: DuckDB gets the storage, the catalog the declaration, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql.redshift import errors, external, types, user_functions
from local_aws.sql.redshift.alter import alter, enter
from local_aws.sql.redshift.assignment import stored
from local_aws.sql.redshift.catalog import HIDDEN, Column, Relation
from local_aws.sql.redshift.dependents import HINT, Dependents, bound
from local_aws.sql.redshift.tables import columns_of, constraints_of, create_storage, declared, drop_storage
from local_aws.sql.redshift.typed import changed

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def execute(session: Session, tree: exp.Expr) -> Outcome:
    if isinstance(tree, exp.Create):
        return _create(session, tree)
    if isinstance(tree, exp.Drop):
        return _drop(session, tree)
    if isinstance(tree, exp.Comment):
        return _comment(session, tree)
    return alter(session, tree)


def _done(notice: str = "") -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    return Outcome(notice=notice)


def _comment(session: Session, tree: exp.Comment) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html: shown by pg_description; NULL takes it away."""
    kind = str(tree.args.get("kind")).upper()
    text = None if isinstance(tree.expression, exp.Null) else tree.expression.name
    if kind in {"TABLE", "VIEW"}:
        found = session.scope.find(tree.this)
        label = ""
    elif kind == "COLUMN":
        label = f".{tree.this.name}"
        found = session.scope.find(exp.table_(tree.this.table, db=tree.this.args.get("db"), quoted=True))
        if isinstance(found, Relation) and tree.this.name not in {each.name for each in found.columns}:
            raise errors.error(f'column "{tree.this.name}" of relation "{found.name}" does not exist')
    else:
        raise errors.unsupported(f"COMMENT ON {kind}")
    if not isinstance(found, Relation):
        raise errors.unsupported("COMMENT ON external tables")
    session.catalog.comment(f"{found.schema}.{found.name}{label}", text)
    return _done()


def select_into(tree: exp.Expr) -> exp.Create | None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html: CREATE TABLE AS in other words."""
    into = tree.args.get("into")
    if into is None:
        return None
    query = tree.copy()
    query.set("into", None)
    temporary = [exp.TemporaryProperty()] if into.args.get("temporary") else []
    properties = exp.Properties(expressions=temporary)
    return exp.Create(this=into.this.copy(), kind="TABLE", expression=query, properties=properties)


def _create(session: Session, tree: exp.Create) -> Outcome:
    kind = str(tree.args["kind"]).upper()
    if kind == "SCHEMA":
        return create_schema(session, tree.this.db or tree.this.name, bool(tree.args.get("exists")))
    if kind == "VIEW":
        return _create_view(session, tree)
    if kind != "TABLE":
        raise errors.unsupported(f"CREATE {kind}")
    return _create_table(session, tree)


def create_schema(session: Session, name: str, exists: bool) -> Outcome:
    if name in session.catalog.schemas() or name.startswith("pg_") or name in {HIDDEN, "main", "information_schema"}:
        if exists:
            return _done(f'Schema "{name}" already exists and will be skipped')
        raise errors.error(f'Schema "{name}" already exists')
    session.catalog.add_schema(name)
    session.connection.execute(f'CREATE SCHEMA "{name}"')
    return _done()


def _properties(tree: exp.Create) -> list[exp.Expr]:
    found = tree.args.get("properties")
    return list(found.expressions) if found else []


def _new_name(session: Session, tree: exp.Create, temporary: bool) -> tuple[str, str, bool]:
    """(schema, name, whether it is there already and IF NOT EXISTS lets that be)."""
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if temporary:
        name, taken = table.name, table.name in session.temporary
        schema = "pg_temp"
    else:
        schema, name = session.scope.target(table, create=True)
        taken = session.catalog.relation(schema, name) is not None
    if taken and not tree.args.get("exists"):
        raise errors.error(f'Relation "{name}" already exists')
    return schema, name, taken


def _create_table(session: Session, tree: exp.Create) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html: keys inform, they do not constrain."""
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    properties = _properties(tree)
    temporary = table.name.startswith("#") or any(isinstance(each, exp.TemporaryProperty) for each in properties)
    schema, name, taken = _new_name(session, tree, temporary)
    if taken:
        return _done(f'Relation "{name}" already exists and will be skipped')
    kind = "TEMPORARY" if temporary else "TABLE"
    if tree.expression is not None:
        return _create_as(session, tree, Relation(schema, name, kind, options=declared(properties)))
    columns = columns_of(session, tree.this.expressions, properties)
    relation = Relation(schema, name, kind, columns, options=declared(properties))
    relation = constraints_of(relation, tree.this.expressions)
    enter(session, create_storage(session, relation))
    return _done()


def _create_as(session: Session, tree: exp.Create, relation: Relation) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html"""
    names = [each.name for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    columns, sql = _query_columns(session, tree.expression, names)
    relation = create_storage(session, replace(relation, columns=columns))
    rows = stored(relation, [each.name for each in columns], sql, [each.type for each in columns])
    made = changed(session, f"INSERT INTO {relation.storage} {rows}")
    enter(session, relation)
    return made


def _query_columns(session: Session, query: exp.Expr, names: list[str]) -> tuple[tuple[Column, ...], str]:
    """The columns that a query makes, and its SQL for DuckDB."""
    query = query.unnest() if isinstance(query, exp.Subquery) else query
    prepared = session.prepare(query)
    session.register(prepared)
    described = session.connection.execute(f"DESCRIBE {prepared.sql}").fetchall()
    if names and len(names) != len(described):
        raise errors.error("CREATE specifies another number of column names than the query has columns")
    found: dict[str, Column] = {}
    for position, (name, kind, *_) in enumerate(described):
        known = prepared.columns[position].type if position < len(prepared.columns) else None
        column = names[position] if names else name
        if column in found:
            raise errors.error(f'Column "{column}" duplicated')
        found[column] = Column(column, known or types.from_duckdb(kind))
    return tuple(found.values()), prepared.sql


def _create_view(session: Session, tree: exp.Create) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html; late binding ones are not checked.

    A materialized view keeps its rows until REFRESH.
    """
    properties = _properties(tree)
    materialized = any(isinstance(each, exp.MaterializedProperty) for each in properties)
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    schema, name = session.scope.target(table, create=True)
    old = session.catalog.relation(schema, name)
    if old is not None and (old.kind != "VIEW" or not tree.args.get("replace")):
        if tree.args.get("exists"):
            return _done(f'Relation "{name}" already exists and will be skipped')
        raise errors.error(f'Relation "{name}" already exists')
    names = [each.name for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    late = "NoSchemaBindingProperty" in {type(each).__name__ for each in properties} or bool(
        tree.args.get("no_schema_binding")
    )
    options: dict[str, Any] = {"names": names, "late": late, "autorefresh": _refreshes(properties)}
    sql = (tree.expression if late else bound(session, tree.expression)).sql("redshift")
    if late and not materialized:
        session.catalog.put(Relation(schema, name, "VIEW", (), sql, options))
        return _done()
    columns, query = _query_columns(session, tree.expression.copy(), names)
    relation = Relation(schema, name, "MATERIALIZED VIEW" if materialized else "VIEW", columns, sql, options)
    if materialized:
        create_storage(session, relation)
        session.connection.execute(f"INSERT INTO {relation.storage} {query}")
    session.catalog.put(relation)
    return _done()


def is_stale(session: Session, view: Relation) -> bool:
    """Whether a materialized view's rows are not those of its query now."""
    from local_aws.sql.redshift import names, syntax

    try:
        _, query = _query_columns(session, names.fold(syntax.parse(view.sql or "")[0]), view.options["names"])
    except errors.SqlError:
        return True
    kept = f"SELECT * FROM {view.storage}"
    both = f"(({query}) EXCEPT ALL ({kept})) UNION ALL (({kept}) EXCEPT ALL ({query}))"
    return bool(session.connection.execute(f"SELECT 1 FROM ({both}) LIMIT 1").fetchall())


def _refreshes(properties: list[exp.Expr]) -> bool:
    return any(isinstance(each, exp.AutoRefreshProperty) and bool(each.this.this) for each in properties)


def refresh(session: Session, table: exp.Table) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-refresh-sql-command.html"""
    from local_aws.sql.redshift import names, syntax

    found = session.scope.find(table)
    if not isinstance(found, Relation) or found.kind != "MATERIALIZED VIEW":
        raise errors.error(f'"{table.name}" is not a materialized view')
    _, query = _query_columns(session, names.fold(syntax.parse(found.sql or "")[0]), found.options["names"])
    session.connection.execute(f"DELETE FROM {found.storage}")
    session.connection.execute(f"INSERT INTO {found.storage} {query}")
    return _done(f"Materialized view {found.name} was recomputed successfully.")


def _drop(session: Session, tree: exp.Drop) -> Outcome:
    kind, exists = str(tree.args["kind"]).upper(), bool(tree.args.get("exists"))
    targets = list(tree.args["tables"])
    if kind == "SCHEMA":
        for each in targets:
            drop_schema(session, each.db or each.name, exists, bool(tree.args.get("cascade")))
        return _done()
    if kind == "FUNCTION":
        user_functions.drop(session.catalog, session.search_path, targets[0], len(tree.expressions), exists)
        return _done()
    if kind not in {"TABLE", "VIEW"}:
        raise errors.unsupported(f"DROP {kind}")
    wanted = {"TABLE": {"TABLE", "TEMPORARY"}, "VIEW": {"VIEW", "MATERIALIZED VIEW"}}[kind]
    for each in targets:
        _drop_one(session, each, kind, wanted, exists, bool(tree.args.get("cascade")))
    return _done()


def _drop_one(session: Session, table: exp.Table, kind: str, wanted: set[str], exists: bool, cascade: bool) -> None:
    try:
        found = session.scope.find(table)
    except errors.SqlError as problem:
        if exists:
            return
        raise errors.error(f'{kind.title()} "{table.name}" does not exist') from problem
    if not isinstance(found, Relation):
        external.drop(session, found, table.name, exists)
        return
    if found.kind not in wanted:
        raise errors.error(f'"{found.name}" is not a {kind.lower()}')
    Dependents(session).check(found, cascade)
    if found.kind == "TEMPORARY":
        del session.temporary[found.name]
    else:
        session.catalog.drop(found.schema, found.name)
        session.catalog.forget_grants(found.schema, found.name)
    if found.kind != "VIEW":
        drop_storage(session, found)


def rename_schema(session: Session, name: str, new: str) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_SCHEMA.html; bound views follow."""
    schemas = session.catalog.schemas()
    if new in schemas:
        raise errors.error(f'Schema "{new}" already exists')
    if name == "public":
        raise errors.unsupported("ALTER SCHEMA public RENAME")
    held = [each for each in session.catalog.relations() if each.schema == name]
    if schemas[name] is None:
        if any(column.sequence for each in held for column in each.columns):
            raise errors.unsupported("ALTER SCHEMA RENAME where a table has an IDENTITY column")
        session.connection.execute(f'CREATE SCHEMA "{new}"')
    for each in held:
        moved = replace(each, schema=new)
        session.catalog.rename(each, each.name, new)
        Dependents(session).renamed(each, moved)
        if each.kind != "VIEW":
            create_storage(session, moved)
            session.connection.execute(f"INSERT INTO {moved.storage} SELECT * FROM {each.storage}")
    session.catalog.rename_schema(name, new)
    if schemas[name] is None:
        session.connection.execute(f'DROP SCHEMA "{name}" CASCADE')
    return _done()


def drop_schema(session: Session, name: str, exists: bool, cascade: bool) -> None:
    schemas = session.catalog.schemas()
    if name not in schemas:
        if exists:
            return
        raise errors.error(f'schema "{name}" does not exist')
    if name == "public":
        raise errors.unsupported("DROP SCHEMA public")
    session.catalog.drop_schema(name)
    session.catalog.forget_grants(name)
    if schemas[name] is not None:
        return
    held = [each for each in session.catalog.relations() if each.schema == name]
    if held and not cascade:
        raise errors.error(f"cannot drop schema {name} because other objects depend on it\n  Hint: {HINT}")
    for each in held:
        Dependents(session).check(each, True)
        session.catalog.drop(name, each.name)
    session.connection.execute(f'DROP SCHEMA "{name}" CASCADE')
