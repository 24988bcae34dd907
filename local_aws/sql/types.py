"""One table of types: as Hive and Glue write them, as Trino names them, as DuckDB holds them, as Arrow carries them.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

SIMPLE: tuple[tuple[str, str, str], ...] = (
    # Trino, Hive/Glue, DuckDB
    ("boolean", "boolean", "BOOLEAN"),
    ("tinyint", "tinyint", "TINYINT"),
    ("smallint", "smallint", "SMALLINT"),
    ("integer", "int", "INTEGER"),
    ("bigint", "bigint", "BIGINT"),
    ("real", "float", "FLOAT"),
    ("double", "double", "DOUBLE"),
    ("varbinary", "binary", "BLOB"),
    ("date", "date", "DATE"),
    ("json", "string", "JSON"),
    ("uuid", "uuid", "UUID"),
    ("interval day to second", "interval day to second", "INTERVAL"),
    ("interval year to month", "interval year to month", "INTERVAL"),
    ("unknown", "void", '"NULL"'),
)
_DUCKDB = {trino: duckdb for trino, _, duckdb in SIMPLE}
_HIVE = {trino: hive for trino, hive, _ in SIMPLE}
_NAMES = {
    **{hive: trino for trino, hive, _ in SIMPLE if trino != "json"},
    **{duckdb.lower(): trino for trino, _, duckdb in SIMPLE},
    **{trino: trino for trino, _, _ in SIMPLE},
    **{
        "string": "varchar",
        "text": "varchar",
        "struct": "row",
        "list": "array",
        "numeric": "decimal",
        "dec": "decimal",
    },
    **{"bool": "boolean", "long": "bigint", "short": "smallint", "byte": "tinyint", "null": "unknown"},
    "double precision": "double",
    "timestamptz": "timestamp with time zone",
    "timestamp_ntz": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
}
SEVERAL_ZONES = "?"
INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}


@dataclass(frozen=True)
class Type:
    """A type, named as Trino names it.

    :param name: Trino's base name: `varchar`, `decimal`, `array`, `row`, `timestamp with time zone`, …
    :param args: `(precision, scale)` of a decimal, `(length,)` of a varchar or char, `(digits,)` of a timestamp,
        the element of an array, key and value of a map.
    :param fields: names and types of a row's fields; a name may be empty.
    :param zone: in which a timestamp with time zone is shown, UTC if empty; `SEVERAL_ZONES` where values differ.
    """

    name: str
    args: tuple[Any, ...] = ()
    fields: tuple[tuple[str, Type], ...] = ()
    zone: str = ""

    def __str__(self) -> str:
        return self.trino

    @cached_property
    def trino(self) -> str:
        """As Trino writes it: `row(a integer, b varchar)`."""
        if self.name == "row":
            return f"row({', '.join(f'{name} {kind.trino}'.strip() for name, kind in self.fields)})"
        if self.name in {"array", "map"}:
            return f"{self.name}({', '.join(each.trino for each in self.args)})"
        if self.name == "timestamp with time zone":
            return f"timestamp({self.args[0] if self.args else 3}) with time zone"
        if self.name in {"timestamp", "time"}:
            return f"{self.name}({self.args[0] if self.args else 3})"
        return f"{self.name}({','.join(map(str, self.args))})" if self.args else self.name

    @cached_property
    def hive(self) -> str:
        """As Hive and Glue write it: `struct<a:int,b:string>`."""
        if self.name == "row":
            return f"struct<{','.join(f'{name}:{kind.hive}' for name, kind in self.fields)}>"
        if self.name in {"array", "map"}:
            return f"{self.name}<{','.join(each.hive for each in self.args)}>"
        if self.name == "varchar" and not self.args:
            return "string"
        if self.name in {"decimal", "varchar", "char"}:
            return f"{self.name}({','.join(map(str, self.args))})"
        return _HIVE.get(self.name, self.name)

    @cached_property
    def duckdb(self) -> str:
        """As DuckDB's SQL writes it."""
        if self.name == "row":
            names = [name or f"field{n}" for n, (name, _) in enumerate(self.fields)]
            inner = [f"{_quoted(name)} {kind.duckdb}" for name, (_, kind) in zip(names, self.fields, strict=True)]
            return f"STRUCT({', '.join(inner)})"
        if self.name == "array":
            return f"{self.args[0].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.args[0].duckdb}, {self.args[1].duckdb})"
        if self.name == "decimal":
            return f"DECIMAL({self.args[0]},{self.args[1]})"
        if self.name in {"varchar", "char"}:
            return "VARCHAR"
        return _DUCKDB.get(self.name, self.name.upper())

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def is_text(self) -> bool:
        return self.name in {"varchar", "char"}

    @property
    def is_number(self) -> bool:
        return self.is_integer or self.name in {"decimal", "double", "real"}

    @property
    def is_orderable(self) -> bool:
        """Whether `<` and ORDER BY take it: not what is, or holds, a map or JSON."""
        inner = [self.element] if self.name == "array" else [kind for _, kind in self.fields]
        return self.name not in {"map", "json"} and all(each.is_orderable for each in inner)

    @property
    def as_decimal(self) -> Type:
        """The decimal that holds every value of this integer or decimal type."""
        return self if self.name == "decimal" else decimal(_DIGITS[self.name], 0)

    @property
    def element(self) -> Type:
        """What an array holds, or UNKNOWN."""
        return self.args[0] if self.name == "array" else UNKNOWN


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def decimal(precision: int, scale: int) -> Type:
    """decimal(p, s), the precision held to the 38 digits that Trino has."""
    return Type("decimal", (min(38, precision), min(38, scale)))


def varchar(length: int) -> Type:
    """varchar(n), as a literal of n characters is."""
    return Type("varchar", (length,))


def array(element: Type) -> Type:
    return Type("array", (element,))


def map_of(key: Type, value: Type) -> Type:
    return Type("map", (key, value))


def row(*fields: tuple[str, Type]) -> Type:
    return Type("row", (), tuple(fields))


BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT = (Type(name) for name in ("boolean", *INTEGERS))
REAL, DOUBLE, VARCHAR, VARBINARY = Type("real"), Type("double"), Type("varchar"), Type("varbinary")
DATE, TIMESTAMP, TIME = Type("date"), Type("timestamp", (3,)), Type("time", (3,))
TIMESTAMP_TZ = Type("timestamp with time zone", (3,))
JSON, UNKNOWN = Type("json"), Type("unknown")
INTERVAL_DAY, INTERVAL_MONTH = Type("interval day to second"), Type("interval year to month")

_TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|[A-Za-z_][\w.$-]*|\d+|\[\]|[<>(),:])')


class UnknownType(ValueError):  # noqa: N818 - what the text is
    """A type text that nothing here has a name for."""


class _Parser:
    """Reads Hive's `array<int>`, Trino's `array(integer)` and DuckDB's `INTEGER[]` alike."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        self._at = 0
        if re.sub(r"\s", "", "".join(self._tokens)) != re.sub(r"\s", "", text):
            raise UnknownType(text)

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return str(self._tokens[at]) if at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def whole(self) -> Type:
        found = self.type()
        if self._peek():
            raise UnknownType(self._text)
        return found

    def type(self) -> Type:
        words = [self._take().lower()]
        while words[-1] in {"double", "interval", "day", "year", "to"} and self._peek().lower() in {
            *("precision", "day", "year", "to", "second", "month"),
        }:
            words.append(self._take().lower())
        name = _NAMES.get(" ".join(words), " ".join(words))
        args: list[Any] = []
        fields: list[tuple[str, Type]] = []
        if self._peek() in {"<", "("}:
            self._take()
            while self._peek() not in {">", ")", ""}:
                if name == "row":
                    fields.append(self._field())
                else:
                    args.append(int(self._take()) if self._peek().isdigit() else self.type())
                if self._peek() == ",":
                    self._take()
            if not self._take():
                raise UnknownType(self._text)
        if [self._peek(n).lower() for n in range(3)] == ["with", "time", "zone"]:
            self._at += 3
            name += " with time zone"
        found = _made(name, tuple(args), tuple(fields), self._text)
        while self._peek() == "[]":
            self._take()
            found = array(found)
        return found

    def _field(self) -> tuple[str, Type]:
        following = self._peek(1)
        if following == ":":
            name = self._take()
            self._take()
            return name, self.type()
        if following in {",", ")", "(", "<", "[]"}:
            return "", self.type()
        name = self._take()
        return name.strip('"').replace('""', '"'), self.type()


def _made(name: str, args: tuple[Any, ...], fields: tuple[tuple[str, Type], ...], text: str) -> Type:
    arity = {"array": 1, "map": 2}.get(name)
    if arity is not None and len(args) != arity:
        raise UnknownType(text)
    if name == "decimal":
        args = (*args, *(10, 0)[len(args) :])
        if not (1 <= args[0] <= 38 and 0 <= args[1] <= args[0]):
            raise UnknownType(text)
    elif name in {"timestamp", "time", "timestamp with time zone"}:
        args = args or (3,)
    elif name in {"varchar", "char"}:
        args = args if args or name == "varchar" else (1,)
    elif name not in {"array", "map", "row"} and (name not in _DUCKDB or args):
        raise UnknownType(text)
    return Type(name, args, fields)


@lru_cache(maxsize=4096)
def parse(text: str) -> Type:
    """The type that a text names, in Hive's, Trino's or DuckDB's writing.

    :raises UnknownType: for a type that none of them has here.
    """
    return _Parser(text).whole()
