"""What kind of statement it is, and who carries it out: queries here, DDL by `hive`, Iceberg by `local_aws.iceberg`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from local_aws import iceberg
from local_aws.sql import scan, writes
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.hive import alter, create, databases, missing, show
from local_aws.sql.hive.describe import describe
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl
from local_aws.sql.tables import located
from local_aws.sql.trino.dialect import AthenaQuery, misplaced, parse
from local_aws.sql.trino.queries import output_names
from local_aws.sql.types import Type

if TYPE_CHECKING:
    import pyarrow as pa

    from local_aws.iceberg.outcome import Run

_SUBTYPES: dict[type[exp.Expr], str] = {
    exp.Insert: "INSERT",
    exp.Merge: "MERGE",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
}


def kind_of(text: str) -> str:
    """`DDL`, `DML` or `UTILITY`, before anything is run; unknown statements count as DML."""
    words = Words(text)
    first = words.peek()
    if first in {"CREATE", "DROP", "ALTER", "MSCK"}:
        return "DDL"
    return "UTILITY" if first in {"SHOW", "DESCRIBE", "DESC", "EXPLAIN"} else "DML"


def run(
    session: Session, text: str, folder: str, parameters: Sequence[str] = (), tree: exp.Expr | None = None
) -> Outcome:
    """Carry out one statement.

    :param folder: where CTAS writes a table without a location.
    :param parameters: values for the statement's `?`, as SQL text.
    :param tree: the statement, where it has been parsed already.
    :raises QueryFailed, AwsError, Unsupported: for what cannot be done.
    """
    session.text = text
    words = Words(text)
    first = words.peek()
    for phrase, handler in _CATALOG.items():
        if words.accept(phrase):
            if parameters:
                raise QueryFailed("NOT_SUPPORTED", "Execution parameters are for SELECT, INSERT, CTAS and UNLOAD")
            found = handler(session, words)
            if found is not None:
                return found
    if first == "UNLOAD":
        return _unload(session, text, parameters)
    if first == "EXPLAIN":
        return _explain(session, text, parameters)
    if words.accept("USING EXTERNAL FUNCTION"):
        raise unsupported("USING EXTERNAL FUNCTION: functions that AWS Lambda runs")
    if first in {"OPTIMIZE", "VACUUM"}:
        return _maintain(session, text, first)
    node = _bound(parse(text) if tree is None else tree, parameters)
    if isinstance(node, exp.Query | exp.Values):
        return _select(session, node)
    if isinstance(node, exp.Create):
        return _create(session, node, text, folder)
    if isinstance(node, exp.Insert | exp.Merge | exp.Update | exp.Delete):
        return _change(session, node)
    raise misplaced(first.lower())


def _bound(node: exp.Expr, parameters: Sequence[str]) -> exp.Expr:
    """The statement with each `?` replaced, in order."""
    places = sorted(node.find_all(exp.Placeholder), key=lambda each: int(each.meta.get("start", 0)))
    if len(places) != len(parameters):
        message = f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", message)
    for place, given in zip(places, parameters, strict=True):
        value = parse(f"SELECT {given}").expressions[0]
        if not isinstance(value, exp.Literal | exp.Cast | exp.Neg | exp.Null | exp.Boolean):
            value = exp.Literal.string(given)  # Athena takes a bare text for a string where it is no literal
        place.replace(value)
    return node


def _select(session: Session, node: exp.Expr) -> Outcome:
    relation, save = session.answer(node)
    columns = list(zip(output_names(relation), (each.type for each in relation.fields), strict=True))
    return Outcome("DML", "SELECT", columns, save)


def _explain(session: Session, text: str, parameters: Sequence[str]) -> Outcome:
    """EXPLAIN of a query, in text below its column's name; EXPLAIN ANALYZE runs it. Deviates: the plan is DuckDB's.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html
    """
    words = Words(text)
    words.expect("EXPLAIN")
    verb = "EXPLAIN ANALYZE" if words.accept("ANALYZE") else "EXPLAIN"
    words.accept("VERBOSE")
    options = dict(words.list(lambda: (words.name(), words.name()))) if words.peek() == "(" else {}
    kind = options.pop("type", "logical")
    if options.pop("format", "text") != "text" or kind not in {"logical", "distributed", "validate"} or options:
        raise unsupported("EXPLAIN with FORMAT JSON or GRAPHVIZ, or TYPE IO")
    session.text = words.rest()
    node = _bound(parse(session.text), parameters)
    if not isinstance(node, exp.Query | exp.Values):
        raise unsupported("EXPLAIN of anything but a query")
    relation = session.compile(node)
    if kind == "validate":
        return ddl("EXPLAIN", "Valid", ["Valid", "true"], "UTILITY")
    plan = session.execute(f"{verb} {relation.sql}").fetchall()
    lines = "\n".join(["Query Plan", *(str(row[-1]) for row in plan)]).splitlines()
    return ddl(verb.replace(" ", "_"), "Query Plan", lines, "UTILITY")


def _create(session: Session, node: exp.Create, text: str, folder: str) -> Outcome:
    kind = str(node.args.get("kind") or "").upper()
    if kind == "VIEW":
        return writes.create_view(session, node, text)
    if kind == "TABLE" and isinstance(node.expression, exp.Query):
        return writes.create_table_as(session, node, folder)
    raise unsupported(f"CREATE {kind}")


def _change(session: Session, node: exp.Expr) -> Outcome:
    """INSERT, MERGE, UPDATE, DELETE: on an Iceberg table, or INSERT on a Hive table."""
    if node.args.get("overwrite"):
        words = Words(session.text)
        words.expect("INSERT")
        raise words.wrong("'INTO'")
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    _, database, name = located([part.name.lower() for part in table.parts], session.database, None)
    shape = session.tables.shape(database, name, None)
    if not iceberg.is_iceberg(shape):
        if isinstance(node, exp.Insert):
            return writes.insert(session, node)
        verb = _SUBTYPES[type(node)]
        raise QueryFailed(
            "NOT_SUPPORTED", f"Modifying Hive table rows is only supported for transactional tables: {verb}"
        )
    _without_catalog(node)
    run: Run = session.run
    if isinstance(node, exp.Insert):
        run = partial(_stream_assigned, session, dict(scan.declared_columns(shape)), _named_columns(node))
    found = iceberg.execute(session.lake, node, run, session.database, session.reading)
    verb = _SUBTYPES[type(node)]
    return Outcome("DML", verb, writes.ROWS_OUT, update_count=found.rows, scanned=found.bytes_scanned)


def _named_columns(node: exp.Insert) -> list[str] | None:
    return [each.name.lower() for each in node.this.expressions] if isinstance(node.this, exp.Schema) else None


def _stream_assigned(
    session: Session, columns: dict[str, Type], named: list[str] | None, query: exp.Expr, relations: Mapping[str, Any]
) -> pa.RecordBatchReader:
    """A query's rows, as INSERT stores them in an Iceberg table, batch by batch."""
    relation = session.compile(query, relations)
    wanted = [columns[each] for each in named or columns if each in columns]
    fits = len(wanted) == len(relation.fields) and len(wanted) == len(named or columns)
    return session.reader(
        writes.assigned(relation, wanted) if fits else relation
    )  # if not, the table says what is wrong


def _without_catalog(node: exp.Expr) -> None:
    for table in node.find_all(exp.Table):
        table.set("catalog", None)


def _maintain(session: Session, text: str, verb: str) -> Outcome:
    words = Words(text)
    words.expect(verb)
    command = exp.Command(this=verb, expression=words.rest())
    found = iceberg.execute(session.lake, command, session.run, session.database)
    return Outcome("DML", verb, update_count=None, scanned=found.bytes_scanned)


def _alter(session: Session, words: Words) -> Outcome | None:
    """ALTER TABLE; of an Iceberg table, by `local_aws.iceberg`."""
    ahead = Words(words.text)
    ahead.expect("ALTER TABLE")
    parts = ahead.parts()
    _, database, name = located(parts, session.database, None)
    if not iceberg.is_iceberg(missing.found(session, parts, f"{database}.{name}")[2]):
        return alter.alter_table(session, words)
    if ahead.peek() == "UNSET":
        statement: exp.Expr = exp.Command(this="ALTER", expression=words.text.strip()[len("ALTER") :].strip())
    else:
        import sqlglot

        statement = sqlglot.parse_one(words.text, read="athena")
        if not isinstance(statement, exp.Alter):
            raise unsupported(f"ALTER TABLE … {ahead.rest()[:60]} on an Iceberg table")
    iceberg.execute(session.lake, statement, session.run, session.database)
    return ddl("ALTER_TABLE")


def _create_table(session: Session, words: Words) -> Outcome | None:
    """CREATE TABLE with columns; None for CREATE TABLE … AS, which is a query's."""
    ahead = Words(words.text)
    ahead.expect("CREATE TABLE")
    ahead.accept("IF NOT EXISTS")
    ahead.parts()
    return create.create_table(session, words, external=False) if ahead.peek() == "(" else None


def _unload(session: Session, text: str, parameters: Sequence[str]) -> Outcome:
    """`UNLOAD (query) TO 's3://…' WITH (format = …)`."""
    words = Words(text)
    words.expect("UNLOAD")
    query, rest = _parenthesised(text, words.offset)
    words = Words(rest)
    words.expect("TO")
    location = words.string()
    settings: dict[str, Any] = {}
    if words.accept("WITH"):
        settings = dict(words.list(lambda: _setting(words)))
    words.end()
    session.text = query
    return writes.unload(session, _bound(parse(query), parameters), location, settings)


def _parenthesised(text: str, start: int) -> tuple[str, str]:
    """The query in the parentheses that begin at `start`, and the text behind them.

    A query's texts are Trino's: a backslash is a character like others there, other than in Hive's words.
    """
    depth = 0
    for token in AthenaQuery().tokenize(text[start:]):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type in _PARENTHESES else 0
        if depth == 0:
            inner = text[start + 1 : start + token.start]
            if text[start : start + 1] != "(":
                break
            return inner, text[start + token.end + 1 :]
    raise QueryFailed("SYNTAX_ERROR", "UNLOAD takes a query in parentheses")


_PARENTHESES = {TokenType.L_PAREN, TokenType.R_PAREN}


def _setting(words: Words) -> tuple[str, Any]:
    key = words.name()
    words.expect("=")
    if not words.accept("ARRAY"):
        return key, words.literal()
    words.expect("[")
    found = [words.string()]
    while words.accept(","):
        found.append(words.string())
    words.expect("]")
    return key, found


_CATALOG: dict[str, Callable[[Session, Words], Outcome | None]] = {
    "CREATE EXTERNAL TABLE": lambda session, words: create.create_table(session, words, external=True),
    "CREATE TABLE": _create_table,
    "CREATE DATABASE": databases.create_database,
    "CREATE SCHEMA": databases.create_database,
    "DROP": alter.drop,
    "ALTER TABLE": _alter,
    "ALTER DATABASE": databases.alter_database,
    "ALTER SCHEMA": databases.alter_database,
    "MSCK REPAIR TABLE": alter.repair,
    "SHOW": show.show,
    "DESCRIBE": describe,
    "DESC": describe,
}
