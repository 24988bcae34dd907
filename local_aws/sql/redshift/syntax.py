"""Redshift's grammar for sqlglot: its own column attributes, and functions kept by the name that the user wrote.

sqlglot's Redshift reader maps many functions to common nodes, which other dialects may compute differently. Here each
call stays a call by name (`exp.Anonymous`); `rewrite.functions` knows what each does, or refuses it by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.parsers.redshift import RedshiftParser
from sqlglot.tokens import TokenType

from local_aws.sql.redshift import errors

KEPT_SYNTAX = ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST")
"""Functions with keywords between their arguments: the grammar reads them, not the argument list."""


def _attribute(name: str) -> Callable[[Any], exp.Expr]:
    """A column attribute without arguments, such as DISTKEY: kept as a property of the column definition."""
    return lambda parser: exp.Property(this=exp.Var(this=name), value=exp.true())


def _approximate(parser: Any) -> exp.Expr:
    call = parser._parse_function()
    while isinstance(call, exp.WithinGroup | exp.Window):
        call, whole = call.this, call
        if isinstance(call, exp.Anonymous):
            call.set("this", f"approximate_{call.this}")
            return whole  # type: ignore[no-any-return]
    if not isinstance(call, exp.Anonymous):
        parser.raise_error("APPROXIMATE needs an aggregate function")
    call.set("this", f"approximate_{call.this}")
    return call  # type: ignore[no-any-return]


def _sysdate(parser: Any) -> exp.Expr:
    if parser._match(TokenType.L_PAREN):
        parser._match_r_paren()
    return exp.Anonymous(this="sysdate")


def _create(parser: Any) -> exp.Expr:
    """CREATE EXTERNAL TABLE is Hive's grammar: it is read by `external`; functions are read by `user_functions`."""
    heads = (("DATABASE",), ("EXTERNAL", "TABLE"), ("FUNCTION",), ("OR", "REPLACE", "FUNCTION"))
    if any(parser._match_text_seq(*each, advance=False) for each in heads):
        return parser._parse_as_command(parser._prev)  # type: ignore[no-any-return]
    return parser._parse_create()  # type: ignore[no-any-return]


def _drop(parser: Any) -> exp.Expr:
    """DROP DATABASE is read by `databases`."""
    if parser._match_text_seq("DATABASE", advance=False):
        return parser._parse_as_command(parser._prev)  # type: ignore[no-any-return]
    return parser._parse_drop()  # type: ignore[no-any-return]


def _sortkey(parser: Any) -> exp.Expr:
    """SORTKEY (…) or SORTKEY AUTO, which is what a table without one has."""
    if parser._match_text_seq("AUTO"):
        return exp.SortKeyProperty(this=[])
    return parser._parse_sortkey()  # type: ignore[no-any-return]


def _interleaved(parser: Any) -> exp.Expr:
    if not parser._match_text_seq("SORTKEY"):
        parser.raise_error("INTERLEAVED needs SORTKEY")
    found = parser._parse_sortkey()
    found.meta["interleaved"] = True
    return found  # type: ignore[no-any-return]


def _encode_auto(parser: Any) -> exp.Expr:
    if not parser._match_text_seq("AUTO"):
        parser.raise_error("ENCODE of a table is AUTO")
    return exp.Property(this=exp.Var(this="encode"), value=exp.Var(this="auto"))


def _identity(parser: Any) -> exp.Expr:
    arguments = parser._parse_wrapped_csv(parser._parse_bitwise)
    start, step = [*arguments, exp.Literal.number(1), exp.Literal.number(1)][:2] if arguments else (None, None)
    return exp.GeneratedAsIdentityColumnConstraint(this=True, start=start, increment=step)


class Warehouse(Redshift):  # type: ignore[misc]
    """The dialect that statements are read in."""

    class Parser(RedshiftParser):  # type: ignore[misc]
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: read for name, read in RedshiftParser.FUNCTION_PARSERS.items() if name in KEPT_SYNTAX
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            **{k: v for k, v in RedshiftParser.NO_PAREN_FUNCTION_PARSERS.items() if k != "APPROXIMATE"},
            "SYSDATE": _sysdate,
            "CURRENT_USER_ID": lambda parser: exp.column("current_user_id"),
            "APPROXIMATE": _approximate,
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        CONSTRAINT_PARSERS: ClassVar[dict[str, Any]] = {
            **RedshiftParser.CONSTRAINT_PARSERS,
            "DISTKEY": _attribute("distkey"),
            "SORTKEY": _attribute("sortkey"),
            "IDENTITY": _identity,
        }

        PROPERTY_PARSERS: ClassVar[dict[str, Any]] = {
            **RedshiftParser.PROPERTY_PARSERS,
            "SORTKEY": _sortkey,
            "INTERLEAVED": _interleaved,
            "ENCODE": _encode_auto,
        }
        STATEMENT_PARSERS: ClassVar[dict[Any, Any]] = {
            **RedshiftParser.STATEMENT_PARSERS,
            TokenType.COPY: lambda self: self._parse_as_command(self._prev),
            TokenType.GRANT: lambda self: self._parse_as_command(self._prev),
            TokenType.REVOKE: lambda self: self._parse_as_command(self._prev),
            TokenType.CREATE: _create,
            TokenType.DROP: _drop,
        }

        def _warn_unsupported(self) -> None:
            """Statements that are read token by token are no surprise."""

        def _parse_table_alias(self, *args: Any, **kwargs: Any) -> Any:
            """`FROM t, t.orders AS o AT i`: the index goes along with the name of the alias."""
            alias = super()._parse_table_alias(*args, **kwargs)
            if alias is not None and self._match_text_seq("AT"):
                alias.this.meta["at"] = self._parse_id_var().name.lower()
            return alias

        def _parse_interval(self, *args: Any, **kwargs: Any) -> Any:
            """`interval '1 day' + '2010-01-01'::timestamp`: what follows the sign is no second interval.

            https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
            """
            index = self._index
            found = super()._parse_interval(*args, **kwargs)
            if not isinstance(found, exp.Add):
                return found
            self._retreat(index)
            self._match(TokenType.INTERVAL)
            return self._parse_interval_span(self._parse_primary())

        def _parse_when_matched(self) -> exp.Whens:
            """MERGE … REMOVE DUPLICATES, or the clauses that other dialects have too."""
            if self._match_text_seq("REMOVE", "DUPLICATES"):
                then = exp.Var(this="remove duplicates")
                return exp.Whens(expressions=[exp.When(matched=True, then=then)])
            return super()._parse_when_matched()  # type: ignore[no-any-return]


def parse(sql: str) -> list[exp.Expr]:
    """The statements of a text. :raises SqlError: in Redshift's words."""
    try:
        found = [each for each in sqlglot.parse(sql, dialect=Warehouse) if each is not None]
    except ParseError as problem:
        return [_misread(sql, problem)]
    except (TokenError, SqlglotError) as problem:
        raise _untokenized(sql, problem) from problem
    except RecursionError as problem:
        raise errors.error("stack depth limit exceeded") from problem
    return found


_BY_TOKEN = {"DROP", "ANALYZE", "CANCEL", "CHECKPOINT", "CLOSE", "DEALLOCATE", "EXECUTE", "SET"}
"""Statements that are read token by token where the grammar does not take them."""


def _misread(sql: str, problem: ParseError) -> exp.Expr:
    """A statement that the grammar lacks, as its text. :raises SqlError: naming the token that is wrong."""
    found = tokens(sql)
    first = found[0][1] if found else ""
    if first in _BY_TOKEN:
        return exp.Command(this=first, expression=sql.strip()[len(first) :])
    if first not in _STATEMENTS:
        raise errors.syntax(found[0][0] if found else "") from problem
    about = problem.errors[0] if problem.errors else {}
    token = str(about.get("highlight") or found[0][0])
    if (token == found[-1][0] and "Expecting" in str(about.get("description"))) or _is_cut_off(found):
        raise errors.error("syntax error at end of input") from problem
    raise errors.syntax(token) from problem


def _is_cut_off(found: list[tuple[str, str, bool]]) -> bool:
    """Whether a statement ends with a word or sign that something must follow."""
    last = found[-1]
    return not last[2] and last[1] in {
        "WHERE",
        "FROM",
        "BY",
        "AND",
        "OR",
        "ON",
        "SELECT",
        "+",
        "-",
        "*",
        "/",
        "=",
        ",",
        "(",
    }


_STATEMENTS = {
    *("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "TRUNCATE", "COMMENT", "BEGIN"),
    *("COMMIT", "ROLLBACK", "END", "ABORT", "START", "COPY", "UNLOAD", "GRANT", "REVOKE", "SHOW", "RESET", "VACUUM"),
    *("LOCK", "REFRESH", "EXPLAIN", "CALL", "DECLARE", "FETCH", "PREPARE", "TABLE", "VALUES", "(", "USE", "DESC"),
}


def _untokenized(sql: str, problem: SqlglotError) -> errors.SqlError:
    """What the tokenizer stops at: mostly a text that does not end."""
    for mark in ("'", '"'):
        if sql.count(mark) % 2:
            kind = "string" if mark == "'" else "identifier"
            return errors.error(f'unterminated quoted {kind} at or near "{sql[sql.rindex(mark) :]}"')
    return errors.error(f"syntax error: {str(problem).splitlines()[0]}")


def tokens(text: str) -> list[tuple[str, str, bool]]:
    """(text, upper-cased text, is it quoted) of each token: for the statements that sqlglot has no grammar for."""
    try:
        found = Warehouse().tokenize(text)
    except TokenError as problem:
        raise _untokenized(text, problem) from problem
    quoted = (TokenType.STRING, TokenType.IDENTIFIER)
    return [(each.text, each.text.upper(), each.token_type in quoted) for each in found]


def parameter_names(sql: str) -> set[str]:
    """The names of the `:name` parameters of a text. :raises SqlError: if it cannot be read."""
    return {str(node.this or "") for tree in parse(sql) for node in tree.find_all(exp.Placeholder)}
