"""SHOW DATABASES, SCHEMAS, TABLES and COLUMNS: queries of the views that hold the same; SHOW TABLE and VIEW.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMNS.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_SCHEMAS.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, names, syntax
from local_aws.sql.redshift.catalog import Column, Relation
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
    return session.query(names.bind(names.fold(query), values, set()))


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


def definition(session: Session, reader: Reader, what: str) -> Outcome:
    """SHOW TABLE and SHOW VIEW: the statement that makes the object anew.

    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLE.html,
    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_VIEW.html
    """
    if what == "external":
        raise errors.unsupported("SHOW EXTERNAL TABLE")
    parts = reader.dotted()
    reader.end()
    found = session.scope.find(exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True))
    if not isinstance(found, Relation) or found.is_table != (what == "table"):
        raise errors.error(f'"{parts[-1]}" is not a {what}')
    if what == "view":
        return _text(session, "Show View DDL statement", (found.sql or "").rstrip(";") + ";")
    return _text(session, "Show Table DDL statement", _table_ddl(found))


def _text(session: Session, name: str, text: str) -> Outcome:
    return session.query(exp.select(exp.alias_(exp.Literal.string(text), name, quoted=True)))


def _table_ddl(found: Relation) -> str:
    lines = [f"    {_column_ddl(each)}" for each in found.columns]
    for key in found.options.get("constraints", []):
        line = f"    {key['type']} ({', '.join(key['columns'])})"
        if "references" in key:
            schema, table = key["references"]
            line += f" REFERENCES {schema}.{table}({', '.join(key['referenced'])})"
        lines.append(line)
    sorting = [each.name for each in sorted(found.columns, key=lambda each: each.sortkey) if each.sortkey]
    ending = f"\nDISTSTYLE {found.options.get('diststyle') or _style(found)}"
    ending += "".join(f"\nDISTKEY ({each.name})" for each in found.columns if each.distkey)
    ending += f"\nSORTKEY ({', '.join(sorting)})" if sorting else ""
    return f"CREATE TABLE {found.schema}.{found.name} (\n" + ",\n".join(lines) + f"\n){ending};"


def _style(found: Relation) -> str:
    return "KEY" if any(each.distkey for each in found.columns) else "AUTO"


def _column_ddl(column: Column) -> str:
    text = f"{column.name} {column.type.text}"
    if column.identity:
        seed, step, given = column.identity
        text += f" {'GENERATED BY DEFAULT AS ' if given else ''}IDENTITY({seed},{step})"
    elif column.default is not None:
        text += f" DEFAULT {column.default}"
    text += "" if column.nullable else " NOT NULL"
    return text + (f" ENCODE {column.encoding}" if column.encoding else "")
