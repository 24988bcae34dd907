"""Trino's grammar for sqlglot, with function calls left as they are written: their meaning is ours to give."""

from __future__ import annotations

from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType

from local_aws.sql.errors import QueryFailed

_SYNTAX = {"CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING", "LISTAGG"}


class _Parser(Trino.parser_class):  # type: ignore[misc]
    FUNCTIONS: ClassVar[dict[str, object]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, object]] = {
        name: parse for name, parse in Trino.parser_class.FUNCTION_PARSERS.items() if name in _SYNTAX - {"LISTAGG"}
    }

    TYPE_LITERAL_PARSERS: ClassVar[dict[object, object]] = {
        **Trino.parser_class.TYPE_LITERAL_PARSERS,
        exp.DType.DECIMAL: lambda self, this, _: _decimal(str(this.this)),
        exp.DType.TIMESTAMP: lambda self, this, to: _moment(this, to),
        exp.DType.TIMESTAMPTZ: lambda self, this, to: _moment(this, to),
    }
    PLACEHOLDER_PARSERS: ClassVar[dict[object, object]] = {
        **Trino.parser_class.PLACEHOLDER_PARSERS,
        TokenType.PLACEHOLDER: lambda self: _placed(self.expression(exp.Placeholder()), self._prev.start),
    }


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


class AthenaQuery(Trino):  # type: ignore[misc]
    """Trino without sqlglot's own function names, and with array positions as written."""

    INDEX_OFFSET = 0
    Parser = _Parser
    parser_class = _Parser


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def parse(text: str) -> exp.Expr:
    """The one statement of a query. :raises QueryFailed: `SYNTAX_ERROR`, with line and column."""
    try:
        found = [each for each in sqlglot.parse(text, read=AthenaQuery) if each is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "<EOF>")
        line, column = int(first.get("line") or 1), int(first.get("col") or 1)
        at = (line, max(1, column - len(near) + 1))
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{near}'", at) from error
    except TokenError as error:
        raise QueryFailed("SYNTAX_ERROR", f"the query cannot be read: {error}", (1, 1)) from error
    if len(found) != 1:
        raise QueryFailed("SYNTAX_ERROR", "Only one sql statement is allowed per query" if found else "Query is empty")
    return found[0]
