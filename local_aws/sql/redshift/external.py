"""DDL of external tables: what is created, partitioned and dropped in the Data Catalog under an external schema.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html and
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_external-table.html. The grammar is Hive's, which Athena
reads too, but for the names of types and for TABLE PROPERTIES.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.sql import engine
from local_aws.sql.errors import QueryFailed
from local_aws.sql.hive import alter as hive_alter
from local_aws.sql.hive import create as hive_create
from local_aws.sql.hive.missing import TableMissing
from local_aws.sql.hive.words import Words, tokens_of
from local_aws.sql.redshift import errors
from local_aws.sql.redshift.catalog import ExternalSchema

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session

Made = TypeVar("Made")
# Redshift's words, and Hive's for them
_PAIRS = {("TABLE", "PROPERTIES"): "TBLPROPERTIES", ("DOUBLE", "PRECISION"): "double"}
_PAIRS |= {("CHARACTER", "VARYING"): "varchar"}
_WORDS = {
    "INTEGER": "int",
    "INT2": "smallint",
    "INT4": "int",
    "INT8": "bigint",
    "NUMERIC": "decimal",
    "BOOL": "boolean",
}
_WORDS |= {"REAL": "float", "FLOAT4": "float", "FLOAT8": "double", "CHARACTER": "char"}


def create(session: Session, text: str) -> int:
    """`text` is the whole statement, from CREATE on; the answer is how many rows AS wrote.

    :raises SqlError: for syntax, and what Spectrum refuses.
    """
    if session.batched:
        raise errors.error("CREATE EXTERNAL TABLE cannot run inside a transaction block")
    words = _read(text)
    queried = any(
        words.peek(n) == "AS" and words.peek(n + 1) in {"SELECT", "WITH", "("} for n in range(len(text.split()) * 2)
    )
    words.expect("CREATE EXTERNAL TABLE")
    if queried:
        from local_aws.sql.redshift import external_writes

        return external_writes.create_as(session, words)
    exists = "IF NOT EXISTS " if words.accept("IF NOT EXISTS") else ""
    parts = words.parts()
    schema = schema_of(session, parts)
    create_table(session, schema, f'{exists}"{schema.database}"."{parts[-1]}" {words.rest()}', parts)
    return 0


def create_table(session: Session, schema: ExternalSchema, text: str, parts: list[str]) -> None:
    """`text` is Hive's statement after CREATE EXTERNAL TABLE."""
    run(lambda: hive_create.create_table(lake_session(session, schema), Words(text), external=True), parts)


def schema_of(session: Session, parts: list[str]) -> ExternalSchema:
    name = parts[-2] if len(parts) > 1 else session.search_path[0]
    found = session.catalog.schemas().get(name)
    if found is None:
        raise errors.error(f'Schema "{name}" is not an external schema; external tables need one')
    return found


def _read(text: str) -> Words:
    try:
        return Words(_hive(text))
    except QueryFailed as problem:
        raise errors.error(f"syntax error: {problem.message}") from problem


def _hive(text: str) -> str:
    """The statement with Hive's words for Redshift's."""
    tokens = tokens_of(text)
    found, at, last = [], 0, 0
    while at < len(tokens):
        upper = [each.text.upper() if each.kind == "word" else "" for each in tokens[at : at + 2]]
        pair = _PAIRS.get((upper[0], upper[1])) if len(upper) == 2 else None
        new = pair or _WORDS.get(upper[0])
        width = 2 if pair else 1
        if new is not None:
            found.append(text[last : tokens[at].start] + new)
            last = tokens[at + width - 1].end
        at += width
    return "".join(found) + text[last:]


def alter(session: Session, schema: ExternalSchema, tree: exp.Alter) -> None:
    """ADD and DROP PARTITION, SET LOCATION."""
    name = tree.this.name
    for action in tree.args["actions"]:
        text = f'"{schema.database}"."{name}" {_clause(action)}'
        words = Words(text)
        run(
            lambda words=words: hive_alter.alter_table(lake_session(session, schema), words),  # type: ignore[misc]
            [schema.name, name],
        )


def _clause(action: exp.Expr) -> str:
    if isinstance(action, exp.AddPartition):
        location = action.args.get("location")
        place = f" LOCATION {_quoted(location.this.name)}" if isinstance(location, exp.Expr) else ""
        exists = "IF NOT EXISTS " if action.args.get("exists") else ""
        return f"ADD {exists}PARTITION {_specification(action.this.expressions)}{place}"
    if isinstance(action, exp.DropPartition):
        return "DROP " + ", ".join(f"PARTITION {_specification(each.expressions)}" for each in action.expressions)
    if isinstance(action, exp.AlterSet) and action.args.get("location") is not None:
        return f"SET LOCATION {_quoted(action.args['location'].name)}"
    raise errors.unsupported(f"ALTER TABLE … {action.sql('redshift')} on external tables")


def _specification(pairs: list[exp.Expr]) -> str:
    return "(" + ", ".join(f'"{each.this.name}" = {_quoted(each.expression.name)}' for each in pairs) + ")"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def drop(session: Session, schema: ExternalSchema, name: str, exists: bool) -> None:
    """The table goes from the Data Catalog, its objects stay."""
    if session.batched:
        raise errors.error("DROP EXTERNAL TABLE cannot run inside a transaction block")
    text = f'TABLE {"IF EXISTS " if exists else ""}"{schema.database}"."{name}"'
    run(lambda: hive_alter.drop(lake_session(session, schema), Words(text)), [schema.name, name])


def lake_session(session: Session, schema: ExternalSchema) -> engine.Session:
    lake = session.lake
    return engine.Session(lake, session.connection, schema.database, lake.clock.now(), "")


def run(statement: Callable[[], Made], parts: list[str]) -> Made:
    """Run Hive's DDL; its failures in Redshift's words."""
    name = ".".join(parts)
    try:
        return statement()
    except QueryFailed as problem:
        near = re.search(r"mismatched input '(.*)'\. Expecting", problem.message, re.DOTALL)
        if problem.name == "SYNTAX_ERROR" and near:
            raise errors.syntax("end of input" if near.group(1) == "<EOF>" else near.group(1)) from problem
        if isinstance(problem, TableMissing):
            raise errors.no_relation(name) from problem
        if problem.name == "TABLE_ALREADY_EXISTS":
            raise errors.error(f'Relation "{name}" already exists') from problem
        raise errors.error(problem.message) from problem
    except AwsError as problem:
        raise errors.error(f"{problem.code}: {problem.message}") from problem
