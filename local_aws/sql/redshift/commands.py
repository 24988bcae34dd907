"""Statements around the data: transactions, settings, grants, external schemas, and those that are refused by name.

What sqlglot has no grammar for is read here token by token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.sql.redshift import (
    alter,
    cursors,
    databases,
    ddl,
    errors,
    external,
    grants,
    principals,
    settings,
    user_functions,
)
from local_aws.sql.redshift.catalog import ExternalSchema
from local_aws.sql.redshift.explain.command import explain
from local_aws.sql.redshift.load import command as copy
from local_aws.sql.redshift.load import unload
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def execute(session: Session, tree: exp.Expr) -> Outcome:
    """A statement that neither reads nor writes rows."""
    from local_aws.sql.redshift.session import Outcome

    if isinstance(tree, exp.Transaction):
        session.begin()
        return Outcome()
    if isinstance(tree, exp.Commit | exp.Rollback):
        session.commit() if isinstance(tree, exp.Commit) else session.rollback()
        return Outcome()
    reader = Reader.of(tree) if isinstance(tree, exp.Command) else Reader(tree.sql("redshift"))
    word = reader.value().upper().strip('"')
    handler = _HANDLERS.get(word)
    if handler is None:
        raise errors.unsupported(f"{word} statements")
    return handler(session, reader)


def _done(notice: str = "") -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    return Outcome(notice=notice)


def _moved(rows: int) -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    return Outcome(changed=rows)


def _create(session: Session, reader: Reader) -> Outcome:
    if reader.take("EXTERNAL", "SCHEMA"):
        return _create_external_schema(session, reader)
    if reader.take("EXTERNAL", "TABLE"):
        return _moved(external.create(session, reader.source))
    if reader.take("DATABASE"):
        databases.create(session, reader)
        return _done()
    if reader.take("SCHEMA"):
        exists = reader.take("IF", "NOT", "EXISTS")
        name = reader.name()
        if reader.take("AUTHORIZATION"):
            reader.value()
        if reader.take("QUOTA"):
            raise errors.unsupported("CREATE SCHEMA … QUOTA")
        reader.end()
        return ddl.create_schema(session, name, exists)
    replace = reader.take("OR", "REPLACE")
    if reader.take("FUNCTION"):
        user_functions.create(session.catalog, session.search_path, reader, replace)
        return _done()
    kind = principals.kind_of(reader)
    if kind is None:
        raise errors.unsupported(f"CREATE {reader.text.upper()}")
    principals.create(session.catalog, reader, kind)
    return _done()


def _alter(session: Session, reader: Reader) -> Outcome:
    """What the grammar does not read: principals, owners, encodings.

    https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html. Deviates: all is owned by one user.
    """
    kind = principals.kind_of(reader)
    if kind is not None:
        principals.alter(session.catalog, reader, kind)
        return _done()
    if reader.take("SCHEMA"):
        name = reader.name()
        if name not in session.catalog.schemas():
            raise errors.error(f'schema "{name}" does not exist')
        if reader.take("RENAME", "TO"):
            return ddl.rename_schema(session, name, reader.name())
        if reader.take("QUOTA"):
            raise errors.unsupported("ALTER SCHEMA … QUOTA")
        reader.need("OWNER", "TO")
        reader.value()
        return _done()
    if reader.take("DEFAULT", "PRIVILEGES"):
        raise errors.unsupported("ALTER DEFAULT PRIVILEGES")
    if not reader.take("TABLE"):
        raise errors.unsupported(f"ALTER {reader.text.upper()}")
    parts = reader.dotted()
    table = exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True)
    relation = session.find_table(table, "ALTER")
    if reader.take("OWNER", "TO"):
        reader.value()
    elif reader.take("APPEND", "FROM"):
        origin = reader.dotted()
        source = session.find_table(
            exp.table_(origin[-1], db=origin[-2] if len(origin) > 1 else None, quoted=True), "ALTER"
        )
        option = reader.value().upper() if reader.text.upper() in {"IGNOREEXTRA", "FILLTARGET"} else ""
        reader.end()
        return _moved(alter.append(session, relation, source, option))
    elif reader.take("ALTER", "ENCODE", "AUTO") or reader.take("ALTER", "SORTKEY", "AUTO"):
        pass  # how rows lie is the engine's own business here
    elif reader.take("ALTER", "COLUMN") or reader.take("ALTER"):
        name = reader.name()
        reader.need("ENCODE")
        alter.encode(session, relation, name, reader.name())
    else:
        raise errors.unsupported(f"ALTER TABLE … {reader.text.upper()}")
    reader.end()
    return _done()


def _create_external_schema(session: Session, reader: Reader) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html, FROM DATA CATALOG."""
    exists = reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    reader.need("FROM")
    if not reader.take("DATA", "CATALOG"):
        raise errors.unsupported(f"CREATE EXTERNAL SCHEMA … FROM {reader.text.upper()}")
    reader.take("DATABASE")
    found = ExternalSchema(name, reader.name())
    create = False
    while reader.text not in {"", ";"}:
        if reader.take("IAM_ROLE"):
            found = ExternalSchema(name, found.database, reader.value(), found.region)
        elif reader.take("REGION"):
            found = ExternalSchema(name, found.database, found.iam_role, reader.value())
        elif reader.take("CREATE", "EXTERNAL", "DATABASE", "IF", "NOT", "EXISTS"):
            create = True
        elif reader.take("CATALOG_ID") or reader.take("CATALOG_ROLE"):
            raise errors.unsupported("CREATE EXTERNAL SCHEMA … CATALOG_ID and CATALOG_ROLE")
        else:
            raise errors.syntax(reader.text)
    if found.region and found.region != session.lake.region:
        raise errors.unsupported(f"an external schema in another region ({found.region})")
    if name in session.catalog.schemas():
        if exists:
            return _done(f'Schema "{name}" already exists and will be skipped')
        raise errors.error(f'Schema "{name}" already exists')
    if create:
        _create_database(session, found.database)
    session.catalog.add_schema(name, found)
    return _done()


def _create_database(session: Session, name: str) -> None:
    try:
        session.lake.catalog.create_database({"Name": name})
    except AwsError as problem:
        if problem.code != "AlreadyExistsException":
            raise errors.error(f"{problem.code}: {problem.message}") from problem


def _drop(session: Session, reader: Reader) -> Outcome:
    """DROP SCHEMA … DROP EXTERNAL DATABASE. https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_SCHEMA.html"""
    kind = principals.kind_of(reader)
    if kind is not None:
        principals.drop(session.catalog, reader, kind)
        return _done()
    if reader.take("DATABASE"):
        databases.drop(session, reader)
        return _done()
    if reader.text.upper() != "SCHEMA":
        raise errors.unsupported(f"DROP {reader.text.upper()}")
    reader.need("SCHEMA")
    exists = reader.take("IF", "EXISTS")
    names = reader.names()
    database = reader.take("DROP", "EXTERNAL", "DATABASE")
    cascade = reader.take("CASCADE")
    reader.take("RESTRICT")
    reader.end()
    for name in names:
        external = session.catalog.schemas().get(name)
        ddl.drop_schema(session, name, exists, cascade)
        if database and external is not None:
            if session.lake.catalog.tables(external.database) and not cascade:
                raise errors.error(f'external database "{external.database}" is not empty')
            session.lake.catalog.delete_database(external.database)
    return _done()


def _refresh(session: Session, reader: Reader) -> Outcome:
    reader.need("MATERIALIZED", "VIEW")
    parts = reader.dotted()
    reader.take("RESTRICT") or reader.take("CASCADE")
    reader.end()
    return ddl.refresh(session, exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True))


def _analyze(session: Session, reader: Reader) -> Outcome:
    """Nothing to do: statistics are DuckDB's own."""
    if reader.take("COMPRESSION"):
        raise errors.unsupported("ANALYZE COMPRESSION")
    return _done("ANALYZE has no effect on local_aws")


def _vacuum(session: Session, reader: Reader) -> Outcome:
    if not session.alone:
        raise errors.error("VACUUM cannot run inside a transaction block")
    return _done("VACUUM has no effect on local_aws")


def _lock(session: Session, reader: Reader) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html

    Deviates: no lock is held; of two transactions that write the table, the second fails with 1023.
    """
    reader.take("TABLE")
    while True:
        parts = reader.dotted()
        session.find_table(exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True), "LOCK")
        if not reader.take(","):
            break
    reader.end()
    return _done()


def _start(session: Session, reader: Reader) -> Outcome:
    reader.take("AS")  # sqlglot reads START TRANSACTION as a column with an alias
    reader.need("TRANSACTION")
    session.begin()
    return _done()


def _abort(session: Session, reader: Reader) -> Outcome:
    session.rollback()
    return _done()


_HANDLERS: dict[str, Callable[[Session, Reader], Outcome]] = {
    "COPY": copy.execute,
    "UNLOAD": unload.execute,
    "EXPLAIN": explain,
    "DECLARE": cursors.declare,
    "FETCH": cursors.fetch,
    "CLOSE": cursors.close,
    "CREATE": _create,
    "ALTER": _alter,
    "LOCK": _lock,
    "DROP": _drop,
    "REFRESH": _refresh,
    "GRANT": grants.grant,
    "REVOKE": grants.revoke,
    "SET": settings.set_value,
    "RESET": settings.reset,
    "SHOW": settings.show,
    "ANALYZE": _analyze,
    "VACUUM": _vacuum,
    "START": _start,
    "ABORT": _abort,
}
