"""What a database holds, as Redshift declares it: kept in the database's own file, so that DDL rolls back with data.

DuckDB knows its tables, but not lengths of texts, keys, encodings, external schemas or the text of views.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift import errors, types
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    import duckdb

HIDDEN = "_local_aws"
"""The schema of these tables; names in users' SQL never resolve to it."""

SETUP = f"""
CREATE SCHEMA IF NOT EXISTS {HIDDEN};
CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE IF NOT EXISTS {HIDDEN}.schemas (name VARCHAR, definition VARCHAR);
CREATE TABLE IF NOT EXISTS {HIDDEN}.relations (schema VARCHAR, name VARCHAR, kind VARCHAR, definition VARCHAR);
CREATE TABLE IF NOT EXISTS {HIDDEN}.grants (object VARCHAR, privilege VARCHAR, grantee VARCHAR);
CREATE TABLE IF NOT EXISTS {HIDDEN}.principals (kind VARCHAR, name VARCHAR, details VARCHAR);
CREATE TABLE IF NOT EXISTS {HIDDEN}.functions (schema VARCHAR, name VARCHAR, arguments VARCHAR, returns VARCHAR,
 body VARCHAR);
CREATE TABLE IF NOT EXISTS {HIDDEN}.comments (object VARCHAR, comment VARCHAR);
"""


@dataclass(frozen=True)
class Column:
    """A column as declared. `default` is Redshift SQL; `identity` is (seed, step, whether a value may be given)."""

    name: str
    type: ColumnType
    nullable: bool = True
    default: str | None = None
    identity: tuple[int, int, bool] | None = None
    encoding: str | None = None
    distkey: bool = False
    sortkey: int = 0
    sequence: str | None = None
    """DuckDB's sequence behind an identity."""

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "type": self.type.text}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Column:
        identity = tuple(kept["identity"]) if kept["identity"] else None
        return cls(**{**kept, "type": types.parse(kept["type"]), "identity": identity})


@dataclass(frozen=True)
class Relation:
    """A table or view. `kind` is `TABLE`, `VIEW`, `MATERIALIZED VIEW` or `TEMPORARY`; `sql` is a view's query."""

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...] = ()
    sql: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        return json.dumps(
            {"columns": [each.as_json() for each in self.columns], "sql": self.sql, "options": self.options}
        )

    @property
    def is_table(self) -> bool:
        return self.kind in {"TABLE", "TEMPORARY"}

    @property
    def storage(self) -> str:
        """The quoted name in DuckDB."""
        schema = "temp.main" if self.kind == "TEMPORARY" else f'"{self.schema}"'
        return f'{schema}."{self.name}"'


@dataclass(frozen=True)
class ExternalSchema:
    """`CREATE EXTERNAL SCHEMA … FROM DATA CATALOG`: a name for a Glue database."""

    name: str
    database: str
    iam_role: str = ""
    region: str = ""

    @property
    def options(self) -> str:
        """As svv_external_schemas shows them in `esoptions`."""
        shown = {"REGION": self.region, "IAM_ROLE": self.iam_role}
        return json.dumps({name: text for name, text in shown.items() if text}, separators=(",", ":"))


@dataclass(frozen=True)
class UserFunction:
    """A function of SQL: `arguments` and `returns` are types as DDL prints them, `body` is its SELECT."""

    schema: str
    name: str
    arguments: tuple[str, ...]
    returns: str
    body: str


class Catalog:
    """The declarations, read and written through one connection: what its transaction sees."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(sql.replace("$", f"{HIDDEN}."), list(values)).fetchall()
        return rows

    # schemas
    def schemas(self) -> dict[str, ExternalSchema | None]:
        """Name → the external schema, or None for one of our own tables."""
        rows = self._rows("SELECT name, definition FROM $schemas ORDER BY name")
        return {"public": None} | {
            name: ExternalSchema(name, **json.loads(definition)) if definition else None for name, definition in rows
        }

    def add_schema(self, name: str, external: ExternalSchema | None = None) -> None:
        kept = {k: v for k, v in external.__dict__.items() if k != "name"} if external else None
        self._rows("INSERT INTO $schemas VALUES (?, ?)", name, json.dumps(kept) if kept else None)

    def drop_schema(self, name: str) -> None:
        self._rows("DELETE FROM $schemas WHERE name = ?", name)

    # relations
    def relations(self) -> list[Relation]:
        return [self._relation(row) for row in self._rows("SELECT * FROM $relations ORDER BY schema, name")]

    def relation(self, schema: str, name: str) -> Relation | None:
        rows = self._rows("SELECT * FROM $relations WHERE schema = ? AND name = ?", schema, name)
        return self._relation(rows[0]) if rows else None

    def need(self, schema: str, name: str) -> Relation:
        found = self.relation(schema, name)
        if found is None:
            raise errors.no_relation(name)
        return found

    def put(self, relation: Relation) -> None:
        """Declare a relation, in place of one of the same name."""
        self.drop(relation.schema, relation.name)
        values = (relation.schema, relation.name, relation.kind, relation.as_json())
        self._rows("INSERT INTO $relations VALUES (?, ?, ?, ?)", *values)

    def drop(self, schema: str, name: str) -> None:
        self._rows("DELETE FROM $relations WHERE schema = ? AND name = ?", schema, name)

    def rename(self, relation: Relation, name: str, schema: str | None = None) -> None:
        """Another name, or another schema: what was granted on the relation stays granted."""
        new = replace(relation, name=name, schema=schema or relation.schema)
        self.drop(relation.schema, relation.name)
        self.put(new)
        for objects, *_ in self.grants():
            if _is_relation(objects, relation.schema, relation.name):
                label = f"{new.schema}.{new.name}"
                self._rows("UPDATE $grants SET object = ? WHERE object = ?", label, objects)

    def rename_schema(self, name: str, new: str) -> None:
        """The schema's relations and grants go along."""
        self._rows("UPDATE $schemas SET name = ? WHERE name = ?", new, name)
        for objects, *_ in self.grants():
            if _is_relation(objects, name):
                self._rows(
                    "UPDATE $grants SET object = ? WHERE object = ?", f"{new}.{objects.rpartition('.')[2]}", objects
                )
        for kind in ("schema", "all tables in schema"):
            self._rows("UPDATE $grants SET object = ? WHERE object = ?", f"{kind} {new}", f"{kind} {name}")

    @staticmethod
    def _relation(row: tuple[Any, ...]) -> Relation:
        schema, name, kind, definition = row
        kept = json.loads(definition)
        columns = tuple(Column.from_json(each) for each in kept["columns"])
        return Relation(schema, name, kind, columns, kept["sql"], kept["options"])

    # what is recorded to be shown
    def grant(self, objects: str, privilege: str, grantee: str) -> None:
        self.revoke(objects, privilege, grantee)
        self._rows("INSERT INTO $grants VALUES (?, ?, ?)", objects, privilege, grantee)

    def revoke(self, objects: str, privilege: str, grantee: str) -> None:
        condition = "object = ? AND grantee = ? AND (privilege = ? OR ? = 'ALL')"
        revoked = [objects]
        if objects.startswith("all tables in schema "):
            schema = objects.rpartition(" ")[2]
            revoked.extend(each for each, *_ in self.grants() if _is_relation(each, schema))
        for each in revoked:
            self._rows(f"DELETE FROM $grants WHERE {condition}", each, grantee, privilege, privilege)

    def forget_grants(self, schema: str, name: str | None = None) -> None:
        """What was granted on a relation that is gone, or on a schema with all that it held."""
        gone = {objects for objects, *_ in self.grants() if _is_relation(objects, schema, name)}
        if name is None:
            gone |= {f"schema {schema}", f"all tables in schema {schema}"}
        for each in gone:
            self._rows("DELETE FROM $grants WHERE object = ?", each)

    def grants(self) -> list[tuple[Any, ...]]:
        """(object, privilege, grantee) as granted."""
        return self._rows("SELECT object, privilege, grantee FROM $grants ORDER BY ALL")

    # users' functions
    def functions(self) -> list[UserFunction]:
        rows = self._rows("SELECT schema, name, arguments, returns, body FROM $functions ORDER BY ALL")
        return [UserFunction(s, n, tuple(json.loads(arguments)), r, b) for s, n, arguments, r, b in rows]

    def put_function(self, made: UserFunction) -> None:
        """Declare a function, in place of one of the same name and number of arguments."""
        for each in self.functions():
            if (each.schema, each.name, len(each.arguments)) == (made.schema, made.name, len(made.arguments)):
                self.drop_function(each)
        values = (made.schema, made.name, json.dumps(made.arguments), made.returns, made.body)
        self._rows("INSERT INTO $functions VALUES (?, ?, ?, ?, ?)", *values)

    def drop_function(self, gone: UserFunction) -> None:
        values = (gone.schema, gone.name, json.dumps(gone.arguments))
        self._rows("DELETE FROM $functions WHERE schema = ? AND name = ? AND arguments = ?", *values)

    # users, groups, roles
    def principals(self, kind: str) -> list[tuple[str, list[str]]]:
        """(name, what a user may do or who is in a group), by name."""
        rows = self._rows("SELECT name, details FROM $principals WHERE kind = ? ORDER BY name", kind)
        return [(name, json.loads(details)) for name, details in rows]

    def put_principal(self, kind: str, name: str, details: list[str]) -> None:
        self.drop_principal(kind, name)
        self._rows("INSERT INTO $principals VALUES (?, ?, ?)", kind, name, json.dumps(details))

    def drop_principal(self, kind: str, name: str) -> None:
        self._rows("DELETE FROM $principals WHERE kind = ? AND name = ?", kind, name)

    def logged(self, table: str) -> list[tuple[Any, ...]]:
        """What loads left in a table of `load.log`, oldest first."""
        return self._rows(f"SELECT * FROM ${table} ORDER BY query")

    def comments(self) -> list[tuple[Any, ...]]:
        """(schema.table or schema.table.column, text) of what is commented."""
        return self._rows("SELECT object, comment FROM $comments")

    def comment(self, objects: str, text: str | None) -> None:
        self._rows("DELETE FROM $comments WHERE object = ?", objects)
        if text is not None:
            self._rows("INSERT INTO $comments VALUES (?, ?)", objects, text)


def _is_relation(objects: str, schema: str, name: str | None = None) -> bool:
    """Whether a grant is on this relation, or on any of the schema."""
    found, _, label = objects.rpartition(".")
    return bool(label) and " " not in objects and (found or "public") == schema and name in {None, label}
