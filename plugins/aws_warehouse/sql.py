"""SQL text on its way to AWS: split into statements, its parameters found, values written as literals.

Only the tokenizer of sqlglot is used: the text that was reviewed is the text that runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from airflow.sdk.exceptions import AirflowFailException


@dataclass(frozen=True)
class Statement:
    """One statement and where it came from.

    :param name: for messages: `merge_window.sql`, or `load.sql, statement 2`.
    :param placeholders: how many `?` it has.
    :param names: the `:name` parameters it refers to, sorted.
    """

    text: str
    name: str
    placeholders: int
    names: tuple[str, ...]


def statements(texts: str | Sequence[str], sources: Sequence[str], dialect: str) -> list[Statement]:
    """Split rendered SQL, one text or several, at its semicolons; not at those in strings and comments.

    :param sources: the texts' names before rendering: file names, or anything else for SQL given as such.
    :param dialect: sqlglot's name of the dialect, `athena` or `redshift`.
    :raises AirflowFailException: for a file that was not found, text that cannot be read, or no statement at all.
    """
    given = [texts] if isinstance(texts, str) else list(texts)
    found: list[Statement] = []
    for index, text in enumerate(given):
        source = sources[index] if index < len(sources) else ""
        name = source if source.endswith(".sql") else f"SQL {index + 1}" if len(given) > 1 else "SQL"
        if text.strip().endswith(".sql") and len(text.split()) == 1:
            # Airflow logs a missing template file and goes on with its name
            raise AirflowFailException(f"{text} was not found in the DAG's template_searchpath")
        parts = _split(text, name, dialect)
        for position, part in enumerate(parts, 1):
            full = f"{name}, statement {position}" if len(parts) > 1 else name
            found.append(Statement(part[0], full, part[1], part[2]))
    if not found:
        raise AirflowFailException(f"no SQL statement in {', '.join(sources) or 'the text'}")
    return found


def _split(text: str, name: str, dialect: str) -> list[tuple[str, int, tuple[str, ...]]]:
    from sqlglot import Dialect
    from sqlglot.errors import TokenError
    from sqlglot.tokens import Token, TokenType

    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(text)
    except TokenError as error:
        raise AirflowFailException(f"{name} cannot be read: {' '.join(str(error).split())}") from error
    parts: list[tuple[str, int, tuple[str, ...]]] = []
    group: list[Token] = []
    begin = 0

    def close(end: int) -> None:
        if group:
            names = {
                after.text
                for mark, after in pairwise(group)
                if mark.token_type is TokenType.COLON
                and mark.end + 1 == after.start
                and (after.text.isidentifier())
                and not _touches(text, mark.start)
            }
            marks = sum(token.token_type is TokenType.PLACEHOLDER for token in group)
            parts.append((text[begin:end].strip(), marks, tuple(sorted(names))))
        group.clear()

    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            close(token.start)
            begin = token.end + 1
        else:
            group.append(token)
    close(len(text))
    return parts


def _touches(text: str, at: int) -> bool:
    """Whether a word or bracket stands right before: then a colon is a path or a slice, not a parameter."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] in "_\"')]:")


def literal(value: Any) -> str:
    """A value as an SQL literal, for APIs that take parameters as expressions (Athena's ExecutionParameters).

    Text that was rendered by Jinja is text: cast it in the statement, `CAST(? AS timestamp)`.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{_naive(value).isoformat(sep=' ', timespec='milliseconds')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    text = str(value).replace("'", "''")
    return f"'{text}'"


def _naive(value: datetime) -> datetime:
    from datetime import UTC

    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def deal(found: Sequence[Statement], values: Sequence[Any]) -> list[list[str]]:
    """The values for the `?` of each statement: they are used up in order.

    :raises AirflowFailException: for too few or too many.
    """
    wanted = sum(statement.placeholders for statement in found)
    if wanted != len(values):
        where = ", ".join(f"{statement.name}: {statement.placeholders}" for statement in found)
        raise AirflowFailException(f"{len(values)} execution_parameters for {wanted} placeholders ({where})")
    left = iter(values)
    return [[literal(next(left)) for _ in range(statement.placeholders)] for statement in found]


def bind(found: Sequence[Statement], values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Named parameters as the Redshift Data API takes them: text, each of them used by some statement.

    :raises AirflowFailException: for a name without a value, a value without use, or NULL, which the API cannot bind.
    """
    used = {name for statement in found for name in statement.names}
    for statement in found:
        if missing := sorted(set(statement.names) - set(values)):
            raise AirflowFailException(f"{statement.name} has no value for :{', :'.join(missing)}")
    if unused := sorted(set(values) - used):
        raise AirflowFailException(f"no statement uses the parameter {', '.join(unused)}, and Redshift refuses such")
    if nulls := sorted(name for name, value in values.items() if value is None):
        raise AirflowFailException(f"the Redshift Data API cannot bind NULL ({', '.join(nulls)}): write it in the SQL")
    return [{"name": name, "value": _plain(value)} for name, value in sorted(values.items())]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _naive(value).isoformat(sep=" ")
    return str(value)
