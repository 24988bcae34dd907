"""A statement's tokens, taken one after another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.dialect import position
from local_aws.sql.types import Type

Value = TypeVar("Value")

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*')
    |(?P<double>"(?:[^"\\]|\\.|"")*")
    |(?P<backtick>`(?:[^`]|``)*`)
    |(?P<word>[\w$]+)
    |(?P<symbol>.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([0-7]{3}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


def _unescaped(text: str, quote: str) -> str:
    """A string's value, by Hive's escapes."""

    def value(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) == 3:
            return chr(int(code, 8))
        if len(code) == 5:
            return chr(int(code[1:], 16))
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(value, text.replace(quote * 2, quote))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a statement, without white space and comments."""
    found = []
    for match in _TOKEN.finditer(text):
        kind, token = str(match.lastgroup), match[0]
        if kind in {"string", "double"}:
            token = _unescaped(token[1:-1], token[0])
        elif kind == "backtick":
            token = token[1:-1].replace("``", "`")
        if kind != "space":
            found.append(Token(kind, token, match.start(), match.end()))
    return found


class Words:
    """A cursor over the tokens of a statement. :raises QueryFailed: `SYNTAX_ERROR` where one does not fit."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens_of(text)
        while self._tokens and self._tokens[-1].text == ";":
            self._tokens.pop()
        if any(token.kind == "symbol" and token.text == ";" for token in self._tokens):
            raise QueryFailed("SYNTAX_ERROR", "Only one sql statement is allowed per query")
        self._at = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word in capitals, or symbol; empty at the end, and for quoted names and strings."""
        at = self._at + ahead
        if at >= len(self._tokens) or self._tokens[at].kind not in {"word", "symbol"}:
            return ""
        return self._tokens[at].text.upper()

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def accept(self, words: str) -> bool:
        """Take `words` if they come next."""
        wanted = words.split()
        if [self.peek(n) for n in range(len(wanted))] != wanted:
            return False
        self._at += len(wanted)
        return True

    def expect(self, words: str) -> None:
        if not self.accept(words):
            raise self.wrong(words)

    def wrong(self, expecting: str) -> QueryFailed:
        found = "<EOF>" if self.done else self._tokens[self._at].text
        start = len(self.text) if self.done else self._tokens[self._at].start
        message = f"mismatched input '{found}'. Expecting: {expecting}"
        return QueryFailed("SYNTAX_ERROR", message, position(self.text, start))

    def end(self) -> None:
        if not self.done:
            raise self.wrong("<EOF>")

    def _kind(self) -> str:
        return "" if self.done else self._tokens[self._at].kind

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].text

    def name(self) -> str:
        """A name, quoted or not, in lower case."""
        if self._kind() not in {"word", "double", "backtick"}:
            raise self.wrong("<identifier>")
        return self._take().lower()

    def parts(self) -> list[str]:
        """A name of up to three parts; each may be quoted; Athena itself writes `a.b` in one pair."""
        found = self.name().split(".") if self._kind() == "backtick" else [self.name()]
        while self.accept("."):
            found.append(self.name())
        return found

    def string(self) -> str:
        if self._kind() not in {"string", "double"}:
            raise self.wrong("<string>")
        return self._take()

    def literal(self) -> str:
        """The text of a string or of a bare word or number."""
        return self._take() if self._kind() == "word" else self.string()

    @property
    def offset(self) -> int:
        """Where the next token begins in the text."""
        return len(self.text) if self.done else int(self._tokens[self._at].start)

    def rest(self) -> str:
        """The text that is left."""
        text = "" if self.done else self.text[self._tokens[self._at].start : self._tokens[-1].end]
        self._at = len(self._tokens)
        return text

    def list(self, item: Callable[[], Value]) -> list[Value]:
        """`(item, item, …)`."""
        self.expect("(")
        found = [item()]
        while self.accept(","):
            found.append(item())
        self.expect(")")
        return found

    def properties(self) -> dict[str, str]:
        """`('key' = 'value', …)`; keys may be names."""

        def pair() -> tuple[str, str]:
            key = self.literal()
            self.expect("=")
            return key, self.literal()

        return dict(self.list(pair))

    def chunk(self) -> str:
        """The text up to a comma or closing parenthesis outside all brackets, or to COMMENT, FIRST or AFTER."""
        start, depth = self._at, 0
        while not self.done:
            word = self.peek()
            if depth == 0 and word in {",", ")", "COMMENT", "FIRST", "AFTER"}:
                break
            depth += word.count("<") + word.count("(") - word.count(">") - word.count(")")
            self._at += 1
        if start == self._at:
            raise self.wrong("<type>")
        return self.text[self._tokens[start].start : self._tokens[self._at - 1].end]

    def type(self) -> Type:
        at = self._at
        text = self.chunk()
        try:
            return types.parse(text.replace("`", ""))
        except (types.UnknownType, ValueError) as error:
            self._at = at
            raise self.wrong("<type>") from error
