"""SHOW DATABASES, SCHEMAS, TABLES and COLUMNS: queries of the views that hold the same.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMNS.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_SCHEMAS.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors, resolve, syntax
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session

_VIEWS = {
    "databases": ("svv_redshift_databases", "database_name"),
    "schemas": ("svv_redshift_schemas", "schema_name"),
    "tables": ("svv_redshift_tables", "table_name"),
    "columns": ("svv_all_columns", "column_name"),
}
OBJECTS = frozenset(_VIEWS)


def show(session: Session, reader: Reader, what: str) -> Outcome:
    """The rest of the statement, after the kind of object."""
    place: list[str] = []
    if reader.take("FROM"):
        _ = reader.take("DATABASE") or reader.take("SCHEMA") or reader.take("TABLE")
        place = reader.dotted()
    values = _place(session, what, place)
    view, label = _VIEWS[what]
    if reader.take("LIKE"):
        values["pattern"] = reader.value()
    if reader.text not in {"", ";"}:
        raise errors.unsupported(f"SHOW {what.upper()} … {reader.text.upper()}")
    conditions = [f"{label} LIKE :pattern" if name == "pattern" else f"{name} = :{name}" for name in values]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f" ORDER BY {'ordinal_position' if what == 'columns' else label}"
    [query] = syntax.parse(f"SELECT * FROM {view}{where}{order}")
    return session.query(resolve.bind(resolve.fold(query), values, set()))


def _place(session: Session, what: str, place: list[str]) -> dict[str, str]:
    """The names that the objects are under, the database first. :raises SqlError: for an object that is not there."""
    names = {"databases": (), "schemas": ("database_name",), "tables": ("database_name", "schema_name")}.get(
        what, ("database_name", "schema_name", "table_name")
    )
    if place and len(place) < len(names):
        place = [session.database.name, *place]
    if len(place) != len(names) and (what != "schemas" or place):
        raise errors.syntax(what)
    found = dict(zip(names, place, strict=False))
    if found.get("database_name", session.database.name) != session.database.name:
        raise errors.error(f'database "{found["database_name"]}" does not exist')
    schema = found.get("schema_name")
    if schema is not None and schema not in session.catalog.schemas():
        raise errors.error(f'schema "{schema}" does not exist')
    if schema is not None and session.catalog.schemas()[schema] is not None:
        raise errors.unsupported(f"SHOW {what.upper()} of an external schema")
    if "table_name" in found:
        session.catalog.need(found["schema_name"], found["table_name"])
    return found
