"""The values that the compiler passes around: a DuckDB expression with its Trino type, and the names in scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.failures import fail
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.pushdown import Node

At = tuple[int, int] | None


@dataclass(frozen=True)
class Typed:
    """A DuckDB expression and the type that Trino gives it.

    :param constant: the value of a literal, for what must be known before the query runs (units, formats, paths).
    :param narrow: of a decimal of more than 18 digits, the same in 18, failing where these do not do: DuckDB computes
        it many times as fast.
    """

    sql: str
    type: Type
    constant: str | None = None
    narrow: str | None = None


@dataclass(frozen=True)
class Field:
    """A column in scope. `origin` is the table's column that it is, for the count of what was read."""

    name: str
    type: Type
    sql: str
    relation: str = ""
    hidden: bool = False
    path: tuple[str, ...] = ()


@dataclass
class Scope:
    """The columns that an expression may name, and those around the subquery it stands in."""

    fields: list[Field] = field(default_factory=list)
    parent: Scope | None = None
    lambdas: dict[str, Typed] = field(default_factory=dict)

    def find(self, parts: list[str], at: At) -> tuple[Typed, list[str]] | None:
        """The value that `a`, `t.a` or `db.t.a` names, and the parts after it, which are fields of a row."""
        if parts[0] in self.lambdas:
            return self.lambdas[parts[0]], parts[1:]
        for size in range(min(len(parts), 4), 0, -1):
            prefix, name = tuple(parts[: size - 1]), parts[size - 1]
            found = [each for each in self.fields if each.name == name and _fits(each, prefix)]
            if len(found) > 1:
                raise QueryFailed("AMBIGUOUS_NAME", f"Column '{'.'.join(parts)}' is ambiguous", at)
            if found:
                return Typed(found[0].sql, found[0].type), parts[size:]
        return self.parent.find(parts, at) if self.parent else None


def _fits(each: Field, prefix: tuple[str, ...]) -> bool:
    if not prefix:
        return True
    whole = (*each.path, each.relation)
    return bool(each.relation) and whole[-len(prefix) :] == prefix


@dataclass(frozen=True)
class Relation:
    """A FROM item: DuckDB's text for it, its columns, and what conditions on them reach."""

    sql: str
    fields: list[Field]
    node: Node | None = None


@dataclass(frozen=True)
class View:
    """A view that a query names: its text, the database that its names are in, and its columns."""

    text: str
    database: str
    columns: Sequence[tuple[str, Type]]
    path: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """Which state of a table a query reads: a snapshot, that of a branch or tag, or what was current at a moment."""

    snapshot_id: int | None = None
    as_of: datetime | None = None
    ref: str | None = None


class Names:
    """Names that nothing else in the query has."""

    def __init__(self) -> None:
        self._next = count(1)

    def new(self, prefix: str) -> str:
        return f"{prefix}{next(self._next)}"


def text(value: str) -> str:
    """A DuckDB string literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A DuckDB identifier."""
    return '"' + value.replace('"', '""') + '"'


def identifier(node: exp.Expr | None) -> str:
    """A name as Trino compares it: without regard to case, quoted or not."""
    return "" if node is None else node.name.lower()


def common(left: Type, right: Type) -> Type | None:
    """The type that both can be read as, or None.

    Evidence: Trino's TypeCoercion, as https://trino.io/docs/current/language/types.html has it
    """
    if left == right or right.name == "unknown":
        return left
    if left.name == "unknown":
        return right
    if left.is_text and right.is_text:
        return _common_text(left, right)
    if left.is_number and right.is_number:
        return _common_number(left, right)
    names = {left.name, right.name}
    if left.name == right.name in {"timestamp", "time", "timestamp with time zone"}:
        return _zoned(max(left, right, key=lambda kind: kind.args), left, right)
    if names <= {"date", "timestamp", "timestamp with time zone"}:
        order = ["date", "timestamp", "timestamp with time zone"]
        return _zoned(max(left, right, key=lambda kind: order.index(kind.name)), left, right)
    if names == {"array"}:
        element = common(left.element, right.element)
        return None if element is None else types.array(element)
    if names == {"map"}:
        key, value = common(left.args[0], right.args[0]), common(left.args[1], right.args[1])
        return None if key is None or value is None else types.map_of(key, value)
    if names == {"row"} and len(left.fields) == len(right.fields):
        pairs = [(a[0] or b[0], common(a[1], b[1])) for a, b in zip(left.fields, right.fields, strict=True)]
        made = [(label, kind) for label, kind in pairs if kind is not None]
        return types.row(*made) if len(made) == len(pairs) else None
    return None


def _common_text(left: Type, right: Type) -> Type:
    """As long as the longer of the two; without a limit, if one has none or only one is padded."""
    if left.name != right.name or not (left.args and right.args):
        return types.VARCHAR
    return max(left, right, key=lambda kind: kind.args)


def _zoned(kind: Type, left: Type, right: Type) -> Type:
    """A date or a timestamp becomes one of the session's zone, UTC."""
    if left.zone == right.zone:
        return replace(kind, zone=left.zone)
    zones = {"" if is_of_row(each) else each.zone for each in (left, right)}
    return replace(kind, zone=zones.pop() if len(zones) == 1 else types.SEVERAL_ZONES)


def _common_number(left: Type, right: Type) -> Type:
    names = {left.name, right.name}
    if "double" in names or names == {"real", "decimal"} or ("real" in names and names & set(types.INTEGERS)):
        return types.DOUBLE if "double" in names else types.REAL
    if left.is_integer and right.is_integer:
        return max(left, right, key=lambda kind: types.INTEGERS.index(kind.name))
    (p1, s1), (p2, s2) = left.as_decimal.args, right.as_decimal.args
    scale = max(s1, s2)
    return types.decimal(max(p1 - s1, p2 - s2) + scale, scale)


# zones of rows
def is_of_row(kind: types.Type) -> bool:
    return kind.zone.startswith("=")


def zone_text(zone: str) -> str:
    """A zone as DuckDB's text."""
    return zone[1:] if zone.startswith("=") else text(zone or "UTC")


def settled(value: Typed) -> Typed:
    """The value without a zone of its own row: that must be UTC. :raises QueryFailed: for such zones within values."""
    if any(map(_within, (*value.type.args, *(kind for _, kind in value.type.fields)))):
        raise unsupported("time zones that differ by row within arrays, maps and rows")
    if not is_of_row(value.type):
        return value
    kind, zone = replace(value.type, zone=""), zone_text(value.type.zone)
    message = f"'local_aws does not support time zones other than UTC beyond their SELECT: ' || {zone}"
    other = fail("NOT_SUPPORTED", message, kind)
    return Typed(f"CASE WHEN {zone} <> 'UTC' THEN {other} ELSE {value.sql} END", kind)


def _within(kind: object) -> bool:
    if not isinstance(kind, types.Type):
        return False
    return is_of_row(kind) or any(map(_within, (*kind.args, *(each for _, each in kind.fields))))


def coerce(value: Typed, kind: Type) -> Typed:
    """The value read as `kind`, which `common` found or a signature asks for."""
    if is_of_row(value.type) and kind.zone != value.type.zone:
        value = settled(value)
    if value.type.name == "char" == kind.name and value.type != kind:
        return Typed(f"rpad({value.sql}, {kind.args[0]}, ' ')", kind)
    if value.type == kind or (value.type.is_text and kind.is_text):
        return replace(value, type=kind)
    if value.type.duckdb == kind.duckdb:
        return replace(value, type=kind)
    return Typed(f"CAST({value.sql} AS {kind.duckdb})", kind, value.constant)
