"""SHOW GRANTS: what was granted on an object, or to somebody.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_GRANTS.html. Deviates: the columns are those of the
page's example for a database, with the object's names in front for schemas and tables; ALL is shown as it was granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.declared_views import grantee_of
from local_aws.sql.redshift.pg_catalog import identities
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session

_OBJECT = ("database_name", "schema_name", "object_name", "object_type")
_GRANT = ("privilege_type", "identity_id", "identity_name", "identity_type", "admin_option", "privilege_scope")
MOST = 10_000


def show(session: Session, reader: Reader) -> Outcome:
    """What follows SHOW GRANTS."""
    place = _place(session, reader) if reader.take("ON") else None
    who = None
    if reader.take("FOR"):
        kind = "role " if reader.take("ROLE") else "group " if reader.take("GROUP") else ""
        who = kind + reader.name()
    elif place is None:
        raise errors.syntax(reader.text or "end of statement")
    if place is None and reader.take("FROM", "DATABASE") and reader.name() != session.database.name:
        raise errors.unsupported("SHOW GRANTS … FROM another DATABASE")
    limit = int(reader.value()) if reader.take("LIMIT") and reader.text.isdigit() else MOST
    reader.end()
    names = (*_OBJECT[:1], *_GRANT) if place == "database" else (*_OBJECT, *_GRANT)
    found = [row for row in _rows(session) if place in {None, row[0]} and who in {None, row[1]}]
    rows = [row[2:] if place != "database" else (row[2], *row[6:]) for row in found]
    return session.query(_table(names, rows[:limit]))


def _place(session: Session, reader: Reader) -> str:
    """The object as GRANT keeps it. :raises SqlError: for one that is not there."""
    if reader.take("DATABASE"):
        if reader.name() != session.database.name:
            raise errors.unsupported("SHOW GRANTS ON another DATABASE")
        return "database"
    for kind in ("FUNCTION", "TEMPLATE", "PROCEDURE"):
        if reader.take(kind):
            raise errors.unsupported(f"SHOW GRANTS ON {kind}")
    schema = reader.take("SCHEMA")
    _ = reader.take("TABLE")
    parts = reader.dotted()
    if schema:
        if parts[-1] not in session.catalog.schemas():
            raise errors.error(f'schema "{parts[-1]}" does not exist')
        return f"schema {parts[-1]}"
    found = session.catalog.need(parts[-2] if len(parts) > 1 else session.search_path[0], parts[-1])
    return f"{found.schema}.{found.name}"


def _rows(session: Session) -> Iterator[tuple[Any, ...]]:
    """(object, grantee, then the columns) of each grant."""
    numbers = identities(session.scope)
    database = session.database.name
    for objects, privilege, grantee in session.catalog.grants():
        who, kind = grantee_of(grantee)
        grant = (privilege, numbers.get(who), who, kind, False)
        word, _, name = objects.rpartition(" ")
        if not objects:
            continue
        if word == "database":
            yield "database", grantee, database, None, None, "DATABASE", *grant, "DATABASE"
        elif word == "schema":
            yield objects, grantee, database, name, None, "SCHEMA", *grant, "SCHEMA"
        elif not word:
            schema, _, table = name.rpartition(".")
            place = f"{schema or 'public'}.{table}"
            yield place, grantee, database, schema or "public", table, "TABLE", *grant, "TABLE"


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> exp.Expr:
    """A query that gives these rows, in their order."""
    outputs = [exp.alias_(_typed(exp.column(name), name), name, quoted=True) for name in names]
    found = exp.select(*outputs)
    given = [*(rows or [(None,) * len(names)])]
    tuples = [exp.Tuple(expressions=[exp.convert(n), *map(exp.convert, row)]) for n, row in enumerate(given)]
    columns = [exp.to_identifier(name) for name in ("number", *names)]
    alias = exp.TableAlias(this=exp.to_identifier("grants"), columns=columns)
    found = found.from_(exp.Values(expressions=tuples, alias=alias)).order_by("number")
    return found if rows else found.limit(0)


def _typed(column: exp.Column, name: str) -> exp.Expr:
    kind = {"identity_id": "INT", "admin_option": "BOOLEAN"}.get(name, "VARCHAR(256)")
    return exp.cast(column, exp.DataType.build(kind, dialect="redshift"))
