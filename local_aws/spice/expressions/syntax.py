"""The expression language's tokens and tree.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/calculated-field-reference.html and, for operators,
https://docs.aws.amazon.com/quicksight/latest/user/arithmetic-and-comparison-operators.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


class ExpressionError(Exception):
    """An expression that cannot be read, or that means nothing. The message names the place or the thing."""


@dataclass(frozen=True)
class Token:
    kind: str
    """number, string, field, parameter, name, operator, or end."""
    text: str
    position: int


@dataclass(frozen=True)
class Number:
    text: str


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Field:
    name: str


@dataclass(frozen=True)
class Parameter:
    name: str


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Unary:
    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Items:
    """A bracketed list: partitions of a table function, values of `in`, sort keys with their directions.

    An item after `!` is one that the list is to be without.
    """

    items: tuple[Node, ...]
    directions: tuple[str, ...] = ()


Node = Number | Text | Field | Parameter | Call | Unary | Binary | Items

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/|//[^\n]*)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<parameter>\$\{[^}]*\}|\$visualDimensions)
      | (?P<field>\{[^}]*\})
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator><=|>=|<>|!=|==|[-+*/%^=<>(),\[\]!])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(['\"\\])")
"""A backslash before a quote or another one; before anything else it is text, as in `replace({note}, "\\n", " ")`."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an expression, without white space and comments, ended by one of kind `end`."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(f"unreadable at character {position + 1}: {text[position : position + 12]!r}")
        kind, raw = str(found.lastgroup), found[0]
        if kind == "string":
            raw = _ESCAPE.sub(r"\1", raw[1:-1])
        elif kind == "field":
            raw = raw[1:-1].strip()
        elif kind == "parameter":
            raw = raw[2:-1].strip() if raw.startswith("${") else raw[1:]
        if kind != "space":
            yield Token(kind, raw, position)
        position = found.end()
    yield Token("end", "", len(text))


VISUAL_DIMENSIONS = "visualDimensions"
"""The parameter that the service itself sets, in brackets: what the visual groups by."""
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and",),
    ("=", "==", "<>", "!=", "<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
    ("^",),
)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tuple(tokens(text))
        self._next = 0

    def whole(self) -> Node:
        node = self._binary(0)
        token = self._tokens[self._next]
        if token.kind != "end":
            raise self._unexpected(token)
        return node

    def _binary(self, level: int) -> Node:
        if level == 2 and self._is("not"):
            self._next += 1
            return Unary("not", self._binary(2))
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while (operator := self._operator(_LEVELS[level])) is not None:
            # 2 ^ 3 ^ 2 binds to the right, all others to the left
            node = Binary(operator, node, self._binary(level if operator == "^" else level + 1))
        return node

    def _operator(self, wanted: tuple[str, ...]) -> str | None:
        token = self._tokens[self._next]
        text = token.text.lower() if token.kind == "name" else token.text
        if token.kind in {"operator", "name"} and text in wanted:
            self._next += 1
            return {"==": "=", "!=": "<>"}.get(text, text)
        return None

    def _is(self, text: str) -> bool:
        token = self._tokens[self._next]
        return token.kind in {"operator", "name"} and token.text.lower() == text

    def _unary(self) -> Node:
        if self._is("-") or self._is("+"):
            sign = self._take().text
            operand = self._unary()
            return Unary("-", operand) if sign == "-" else operand
        return self._primary()

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "string":
            return Text(token.text)
        if token.kind == "field":
            return Field(token.text)
        if token.kind == "parameter":
            return Parameter(token.text)
        if token.kind == "name":
            if self._is("("):
                self._next += 1
                return Call(token.text, self._until(")"))
            return Field(token.text)
        if token.text == "(":
            node = self._binary(0)
            self._expect(")")
            return node
        if token.text == "[":
            return self._items()
        raise self._unexpected(token)

    def _items(self) -> Items:
        found: list[Node] = []
        directions: list[str] = []
        while not self._is("]"):
            without = self._is("!")
            self._next += without
            found.append(Unary("!", self._binary(0)) if without else self._binary(0))
            directions.append(self._direction())
            if not self._is("]"):
                self._expect(",")
        self._expect("]")
        return Items(tuple(found), tuple(directions))

    def _direction(self) -> str:
        """`[{Sales} DESC]` in table functions; upward without a word."""
        if self._is("asc") or self._is("desc"):
            return self._take().text.upper()
        return "ASC"

    def _until(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._is(closing):
            found.append(self._binary(0))
            if not self._is(closing):
                self._expect(",")
        self._expect(closing)
        return tuple(found)

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind == "end":
            raise ExpressionError("the expression ends too early")
        self._next += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._tokens[self._next]
        if token.text != text or token.kind != "operator":
            raise self._unexpected(token, f", expected {text!r}")
        self._next += 1

    @staticmethod
    def _unexpected(token: Token, more: str = "") -> ExpressionError:
        if token.kind == "end":
            return ExpressionError(f"the expression ends too early{more}")
        return ExpressionError(f"unexpected {token.text!r} at character {token.position + 1}{more}")


def parse(text: str) -> Node:
    """The tree of an expression. :raises ExpressionError: with the character where reading failed."""
    return _Parser(text).whole()
