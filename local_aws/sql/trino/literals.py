"""Literals: numbers, texts, binaries, moments, each with the type that it is written with.

Evidence: https://trino.io/docs/current/language/types.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import casts, places, zones
from local_aws.sql.trino.typed import Scope, Typed, text
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions


def plain(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    written = str(node.this)
    if node.is_string:
        return Typed(text(written), types.varchar(len(written)), written)
    if "e" in written.lower():
        return Typed(f"CAST({written} AS DOUBLE)", types.DOUBLE, written)
    if "." in written:
        whole, _, fraction = written.partition(".")
        kind = types.decimal(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
        return Typed(f"CAST({written} AS {kind.duckdb})", kind, written)
    if int(written) >= 2**63 + isinstance(node.parent, exp.Neg):
        raise QueryFailed("SYNTAX_ERROR", f"Invalid numeric literal: {written}", compiler.at(node))
    kind = types.INTEGER if int(written) < 2**31 else types.BIGINT
    return Typed(written, kind, written)


def binary(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    digits = str(node.this)
    if len(digits) % 2:
        raise QueryFailed("SYNTAX_ERROR", "Binary literal must contain an even number of digits", compiler.at(node))
    return Typed(f"unhex({text(digits)})", types.VARBINARY)


def unicode(compiler: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    """`U&'snow \\2603'`, `U&'#+01F600' UESCAPE '#'`."""
    escape = node.args.get("escape")
    mark = re.escape(escape.name if isinstance(escape, exp.Expr) else "\\")
    shape = rf"{mark}(?:({mark})|([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}})|(.?))"
    made = ""
    for piece in re.split(f"({mark}(?:{mark}|[0-9A-Fa-f]{{4}}|\\+[0-9A-Fa-f]{{6}}|.?))", str(node.this)):
        found = re.fullmatch(shape, piece)
        if found is not None and found[4] is not None:
            raise QueryFailed("SYNTAX_ERROR", f"Invalid escape in Unicode literal: {piece}", compiler.at(node))
        made += piece if found is None else found[1] or chr(int(found[2] or found[3], 16))
    return Typed(text(made), types.varchar(len(made)), made)


def moment(compiler: Expressions, node: exp.Expr, kind: Type) -> Typed:
    """`DATE '…'`, `TIMESTAMP '…'`, `TIME '…'`: as precise as it is written, from milliseconds on."""
    written = str(node.this.this)
    zoned = zones.moment(written) if kind.name.startswith("timestamp") else None
    if zoned is not None:
        return zoned
    digits = len(written.strip().partition(".")[2])
    if digits > 6 and kind.name != "date":
        raise unsupported(f"a {kind.name} of more than 6 digits", compiler.at(node))
    if kind.name in {"timestamp", "time"}:
        kind = Type(kind.name, (max(3, digits),))
    value = Typed(text(written), types.VARCHAR, written)
    if not casts.readable(written, kind):
        message = f"'{written}' is not a valid {kind.name.upper()} literal"
        raise QueryFailed("INVALID_LITERAL", message, places.keyword(compiler.text, node))
    return casts.cast(value, kind, safe=False)
