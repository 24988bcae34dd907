"""Trino's grammar for sqlglot, with function calls left as they are written: their meaning is ours to give."""

from __future__ import annotations

from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import call_syntax

_SYNTAX = {"CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING"}
_STATEMENTS = """
ALTER ANALYZE CALL COMMIT CREATE DEALLOCATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT PREPARE RESET REVOKE
ROLLBACK SET SHOW START UNLOAD UPDATE USE
"""
_QUERIES = {"SELECT", "WITH", "VALUES", "TABLE", "MERGE", "OPTIMIZE", "VACUUM", "MSCK"}
_END = "<EOF>"


class _Parser(Trino.parser_class):  # type: ignore[misc]
    FUNCTIONS: ClassVar[dict[str, object]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, object]] = {
        **{name: parse for name, parse in Trino.parser_class.FUNCTION_PARSERS.items() if name in _SYNTAX},
        **call_syntax.PARSERS,
    }

    TYPE_LITERAL_PARSERS: ClassVar[dict[object, object]] = {
        **Trino.parser_class.TYPE_LITERAL_PARSERS,
        exp.DType.DECIMAL: lambda self, this, _: _decimal(str(this.this)),
        exp.DType.DATE: lambda self, this, to: _moment(this, to),
        exp.DType.TIME: lambda self, this, to: _moment(this, to),
        exp.DType.TIMESTAMP: lambda self, this, to: _moment(this, to),
        exp.DType.TIMESTAMPTZ: lambda self, this, to: _moment(this, to),
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[object, object]] = {
        **Trino.parser_class.NO_PAREN_FUNCTIONS,
        TokenType.CURRENT_SCHEMA: exp.CurrentSchema,
    }
    PLACEHOLDER_PARSERS: ClassVar[dict[object, object]] = {
        **Trino.parser_class.PLACEHOLDER_PARSERS,
        TokenType.PLACEHOLDER: lambda self: _placed(self.expression(exp.Placeholder()), self._prev.start),
    }

    def raise_error(self, message: str, token: Token | None = None) -> None:
        """The parser points at the last token where it misses another one."""
        at_end = not token and not self._curr
        super().raise_error(_END if at_end else message, *([token] if token else []))


def _decimal(text: str) -> exp.Expr:
    """`DECIMAL '1.50'`: as precise as it is written, decimal(3, 2)."""
    whole, _, fraction = text.strip().lstrip("+-").partition(".")
    precision = max(1, len(whole.lstrip("0")) + len(fraction))
    return exp.cast(exp.Literal.string(text), f"decimal({precision},{len(fraction)})", dialect="trino")


def _moment(text: exp.Expr, kind: exp.Expr) -> exp.Expr:
    made = exp.Cast(this=text, to=kind)
    made.meta["literal"] = True  # unlike a cast's, its text decides whether it has a zone
    return made


def _placed(node: exp.Expr, start: int) -> exp.Expr:
    node.meta["start"] = start  # the order of the `?` in the text is that of the parameters
    return node


class _Tokenizer(Trino.tokenizer_class):  # type: ignore[misc]
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        **Trino.tokenizer_class.KEYWORDS,
        "CURRENT_SCHEMA": TokenType.CURRENT_SCHEMA,
    }


class AthenaQuery(Trino):  # type: ignore[misc]
    """Trino without sqlglot's own function names, and with array positions as written."""

    INDEX_OFFSET = 0
    SUPPORTS_USER_DEFINED_TYPES = True
    NUMBERS_CAN_BE_UNDERSCORE_SEPARATED = True
    Parser = _Parser
    parser_class = _Parser
    Tokenizer = _Tokenizer
    tokenizer_class = _Tokenizer


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _unread(text: str) -> tuple[str, tuple[int, int]]:
    """What is wrong with a text that has no tokens: a string or a name that does not end."""
    for quote in "'\"":
        if text.count(quote) % 2:
            return f"mismatched input '{quote}'", position(text, text.rindex(quote))
    return f"mismatched input '{_END}'", position(text, len(text))


def misplaced(first: str, at: tuple[int, int] = (1, 1)) -> QueryFailed:
    """The failure of a text that begins as no statement does.

    Evidence: the words that Athena says, in https://github.com/guardian/athena-cli/issues/39
    """
    listed = ", ".join(f"'{each}'" for each in _STATEMENTS.split())
    return QueryFailed("SYNTAX_ERROR", f"mismatched input '{first}'. Expecting: {listed}, <query>", at)


def _check_start(text: str) -> None:
    try:
        tokens = sqlglot.tokenize(text, read=AthenaQuery)
    except TokenError:
        return
    if not tokens:
        return
    first = tokens[0]
    if first.text.upper() not in {*_STATEMENTS.split(), *_QUERIES, "("}:
        raise misplaced(first.text, position(text, first.start))
    if first.text == "`" or any(each.text == "`" for each in tokens):
        found = next(each for each in tokens if each.text == "`")
        message = "backquoted identifiers are not supported; use double quotes to quote identifiers"
        raise QueryFailed("SYNTAX_ERROR", message, position(text, found.start))
    if first.token_type == TokenType.SELECT and len(tokens) > 1 and tokens[1].token_type == TokenType.FROM:
        message = "mismatched input 'FROM'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"
        raise QueryFailed("SYNTAX_ERROR", message, position(text, tokens[1].start))


_BASES = {"x": 16, "o": 8, "b": 2}


def _numbers(tokens: list[Token], text: str) -> list[Token]:
    """The tokens with `0xFF`, `0o17` and `0b11` as the whole numbers that they are.

    :raises QueryFailed: for a name that begins with a digit.
    """
    made: list[Token] = []
    for token in tokens:
        before = made[-1] if made else None
        written = text[token.start : token.end + 1].replace("_", "").lower()
        if before is not None and before.token_type == TokenType.NUMBER and before.end + 1 == token.start:
            written = text[before.start : token.end + 1].replace("_", "").lower()
            if token.token_type != TokenType.VAR:
                made.append(token)
                continue
            made.pop()
        elif token.token_type != TokenType.HEX_STRING or not written.startswith("0x"):
            made.append(token)
            continue
        start = before.start if before is not None and before not in made else token.start
        made.append(_whole(written, start, token, text))
    return made


def _whole(written: str, start: int, last: Token, text: str) -> Token:
    try:
        value = int(written[2:], _BASES[written[1]]) if written[0] == "0" else int(written)
    except (KeyError, ValueError) as error:
        message = "identifiers must not start with a digit; surround the identifier with double quotes"
        raise QueryFailed("SYNTAX_ERROR", message, position(text, start)) from error
    return Token(TokenType.NUMBER, str(value), line=last.line, col=last.col, start=start, end=last.end)


def parse(text: str) -> exp.Expr:
    """The one statement of a query. :raises QueryFailed: `SYNTAX_ERROR`, with line and column."""
    _check_start(text)
    try:
        dialect = AthenaQuery()
        tokens = _numbers(dialect.tokenize(text), text)
        found = [each for each in dialect.parser().parse(tokens, text) if each is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "<EOF>")
        line, column = int(first.get("line") or 1), int(first.get("col") or 1)
        at = (line, max(1, column - len(near) + 1))
        if first.get("description") == _END:
            near, at = _END, position(text, len(text))
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{near}'", at) from error
    except TokenError as error:
        raise QueryFailed("SYNTAX_ERROR", *_unread(text)) from error
    if len(found) != 1:
        raise QueryFailed("SYNTAX_ERROR", "Only one sql statement is allowed per query" if found else "Query is empty")
    return _plain_names(found[0])


def _plain_names(statement: exp.Expr) -> exp.Expr:
    """Functions by their bare names: Athena quotes them in the views that it shows, and knows them in any case."""
    for call in statement.find_all(exp.Anonymous):
        if isinstance(call.this, exp.Identifier):
            call.meta.update(call.this.meta)
            call.set("this", call.this.name)
    return statement
