"""Statements that sqlglot has no grammar for, read token by token."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors, syntax


class Reader:
    """The tokens of a statement, read from left to right."""

    def __init__(self, text: str) -> None:
        self.source = text
        """The statement as written."""
        first, _, rest = text.strip().partition(" ")  # the tokenizer takes all that follows some words for one text
        self._tokens = [(first, first.upper(), False), *syntax.tokens(f"x {rest}")[1:]]
        self._position = 0

    @classmethod
    def of(cls, command: exp.Command) -> Reader:
        """The tokens of a statement that the grammar left as its text."""
        rest = command.expression
        return cls(f"{command.this} {rest.name if isinstance(rest, exp.Expr) else rest or ''}")

    @property
    def text(self) -> str:
        """The next token as written; empty at the end."""
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    @property
    def quoted(self) -> bool:
        """Whether the next token is a text or a quoted name."""
        return self._position < len(self._tokens) and self._tokens[self._position][2]

    def take(self, *words: str) -> bool:
        """Go past these words if they come next, in any case of letters."""
        ahead = self._tokens[self._position : self._position + len(words)]
        if [upper for _, upper, _ in ahead] != list(words):
            return False
        self._position += len(words)
        return True

    def need(self, *words: str) -> None:
        if not self.take(*words):
            raise errors.syntax(self.text or "end of statement")

    def value(self) -> str:
        """The next token, whatever it is."""
        if self._position >= len(self._tokens):
            raise errors.syntax("end of statement")
        self._position += 1
        return self._tokens[self._position - 1][0]

    def name(self) -> str:
        return self.value().lower()

    def names(self) -> list[str]:
        """A list of names with commas."""
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        return found

    def dotted(self) -> list[str]:
        found = [self.name()]
        while self.take("."):
            found.append(self.name())
        return found

    def end(self) -> None:
        if self.text not in {"", ";"}:
            raise errors.syntax(self.text)
