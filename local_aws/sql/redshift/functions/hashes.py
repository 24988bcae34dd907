"""Hashes and bytes. https://docs.aws.amazon.com/redshift/latest/dg/hash-functions.html,
https://docs.aws.amazon.com/redshift/latest/dg/varbyte-functions.html

Refused: FARMFINGERPRINT64 and MURMUR3, for which DuckDB has nothing.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import TEXT, Call, Function, cast, fill, template, typed
from local_aws.sql.redshift.functions.python_functions import FNV_SEED

BIGINT, INT, BYTES = typed("int8"), typed("int4"), typed("varbyte", length=65535)


def _sha2(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/SHA2.html: 0 means 256; NULL for other numbers of bits."""
    bits = call.text(1)
    if bits in {"0", "256"}:
        return fill("sha256(_1)", call.arguments)
    return fill(f"py_sha{bits}(_1)", call.arguments) if bits in {"224", "384", "512"} else exp.Null()


_WIDTHS = {"bool": 1, "int2": 2, "int4": 4, "int8": 8}


def _fnv(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_FNV_HASH.html: over the value's bytes, so its type counts."""
    kind = call.kinds[0]
    seed = call.argument(1) if len(call.arguments) > 1 else exp.Literal.string(str(FNV_SEED))
    if kind is not None and kind.is_text:
        value = fill("encode(_1)", [call.argument(0)])
    elif kind is not None and kind.name == "varbyte":
        value = call.argument(0)
    elif kind is not None and kind.name in _WIDTHS:
        width = _WIDTHS[kind.name]
        digits = f"right(lpad(hex(CAST(CAST(_1 AS BIGINT) AS HUGEINT) & 18446744073709551615), 16, '0'), {2 * width})"
        turned = "||".join(f"substr(_1, {2 * n + 1}, 2)" for n in reversed(range(width)))
        value = fill(f"unhex({turned})", [fill(digits, [call.argument(0)])])
    else:
        raise errors.unsupported(f"fnv_hash() of {kind.standard if kind else 'a value of unknown type'}")
    return fill("py_fnv(_1, CAST(_2 AS BIGINT))", [value, seed])


def _checksum(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CHECKSUM.html, whose example gives a decimal's digits.

    Deviates: what texts and integers give is not documented, and refused.
    """
    kind = call.kinds[0]
    if kind is None or kind.name != "numeric":
        raise errors.unsupported("checksum() of anything but decimals")
    return cast(fill(f"_1 * CAST('1{'0' * (kind.scale or 0)}' AS DECIMAL(38,0))", [call.argument(0)]), "INTEGER")


def _to_varbyte(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TO_VARBYTE.html"""
    form = call.text(1).lower()
    if form == "hex":
        return fill("unhex(_1)", call.arguments)
    if form in {"utf8", "utf-8"}:
        return fill("encode(_1)", call.arguments)
    raise errors.unsupported(f"to_varbyte() from {form}")


def _from_varbyte(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_VARBYTE.html"""
    form = call.text(1).lower()
    if form == "hex":
        return fill("lower(hex(_1))", call.arguments)
    if form in {"utf8", "utf-8"}:
        return fill("decode(_1)", call.arguments)
    raise errors.unsupported(f"from_varbyte() to {form}")


_BYTE = "right(hex(_1), 2 * (CAST(_2 AS INTEGER) // 8) + 2)[1:2]"
_BIT = f"CAST((CAST('0x' || {_BYTE} AS INTEGER) >> (CAST(_2 AS INTEGER) % 8)) & 1 AS INTEGER)"
"""https://docs.aws.amazon.com/redshift/latest/dg/r_GETBIT.html: bits are counted from the right, from 0."""

HASHES: dict[str, Function] = {
    "md5": Function(1, 1, template("md5(_1)"), TEXT),
    **{name: Function(1, 1, template("sha1(_1)"), TEXT) for name in ("sha", "sha1", "func_sha1")},
    "sha2": Function(2, 2, _sha2, TEXT),
    "crc32": Function(1, 1, template("py_crc32(_1)"), TEXT),
    "fnv_hash": Function(1, 2, _fnv, BIGINT),
    "checksum": Function(1, 1, _checksum, INT),
    "from_hex": Function(1, 1, template("unhex(_1)"), BYTES),
    "to_varbyte": Function(2, 2, _to_varbyte, BYTES),
    "from_varbyte": Function(2, 2, _from_varbyte, TEXT),
    "getbit": Function(2, 2, template(_BIT), INT),
}
