"""String, binary and regular-expression functions.

A literal pattern that RE2 has not (look-around, back-references, possessive and atomic groups) is matched in Python.
Deviates: such a pattern that is no literal is refused.
Evidence: https://trino.io/docs/current/functions/string.html, …/regexp.html, …/binary.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.casts import printed
from local_aws.sql.trino.typed import At, Typed, coerce, common

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = r"""
length(varchar) -> bigint: length({0})
length(varbinary) -> bigint: octet_length({0})
lower(S) -> S: lower({0})
upper(S) -> S: trino_upper({0})
reverse(S) -> S: reverse({0})
reverse(varbinary) -> varbinary: py_reverse({0})
reverse(array(T)) -> array(T): list_reverse({0})
trim(S) -> S: trim({0}, whitespace())
ltrim(S) -> S: ltrim({0}, whitespace())
rtrim(S) -> S: rtrim({0}, whitespace())
trim(S, varchar) -> S: trim({0}, {1})
ltrim(S, varchar) -> S: ltrim({0}, {1})
rtrim(S, varchar) -> S: rtrim({0}, {1})
substr(S, bigint) -> S: trino_substr({0}, {1})
substr(S, bigint, bigint) -> S: trino_substr3({0}, {1}, {2})
substring(S, bigint) -> S: trino_substr({0}, {1})
substring(S, bigint, bigint) -> S: trino_substr3({0}, {1}, {2})
substr(varbinary, bigint) -> varbinary: unhex(trino_substr_hex(hex({0}), {1}, 9223372036854775807))
substr(varbinary, bigint, bigint) -> varbinary: unhex(trino_substr_hex(hex({0}), {1}, {2}))
strpos(varchar, varchar) -> bigint: strpos({0}, {1})
strpos(varchar, varchar, bigint) -> bigint: py_strpos({0}, {1}, {2})
split_to_map(varchar, varchar, varchar) -> map(varchar,varchar): py_split_to_map({0}, {1}, {2})
split_to_multimap(varchar, varchar, varchar) -> map(varchar,array(varchar)): py_split_to_multimap({0}, {1}, {2})
luhn_check(varchar) -> boolean: py_luhn_check({0})
split(S, varchar) -> array(S): CASE WHEN {1} = ''
    THEN CAST(failed('The delimiter may not be the empty string') AS VARCHAR[]) ELSE string_split({0}, {1}) END
split(S, varchar, bigint) -> array(S): py_split_limit({0}, {1}, {2})
split_part(S, varchar, bigint) -> S: CASE WHEN {2} < 1
    THEN failed('Index must be greater than zero') ELSE (string_split({0}, {1}))[{2}] END
replace(S, varchar) -> S: replace({0}, {1}, '')
replace(varchar, varchar, varchar) -> varchar: CASE WHEN {1} = '' THEN put_between({0}, {2})
    ELSE replace({0}, {1}, {2}) END
lpad(varchar, bigint, varchar) -> varchar: lpad({0}, padded_length({1}), padding({2}))
rpad(varchar, bigint, varchar) -> varchar: rpad({0}, padded_length({1}), padding({2}))
lpad(varbinary, bigint, varbinary) -> varbinary: unhex(padded_hex({0}, {1}, {2}, TRUE))
rpad(varbinary, bigint, varbinary) -> varbinary: unhex(padded_hex({0}, {1}, {2}, FALSE))
concat_ws(varchar, array(varchar)) -> varchar:
    array_to_string(list_filter({1}, lambda e: e IS NOT NULL), {0})
concat_ws(varchar, varchar...) -> varchar: concat_ws({all})
chr(bigint) -> varchar: chr(CAST({0} AS INTEGER))
codepoint(varchar) -> integer: CASE WHEN length({0}) = 1 THEN unicode({0})
    WHEN {0} IS NOT NULL THEN CAST(failed('Input string must be a single character string') AS INTEGER) END
starts_with(varchar, varchar) -> boolean: starts_with({0}, {1})
ends_with(varchar, varchar) -> boolean: ends_with({0}, {1})
levenshtein_distance(varchar, varchar) -> bigint: py_levenshtein({0}, {1})
hamming_distance(varchar, varchar) -> bigint: py_hamming({0}, {1})
translate(varchar, varchar, varchar) -> varchar: translate({0}, {1}, {2})
normalize(varchar) -> varchar: nfc_normalize({0})
url_encode(varchar) -> varchar: replace(replace(replace(url_encode({0}), '%20', '+'), '%2A', '*'), '~', '%7E')
url_decode(varchar) -> varchar: url_decode(replace({0}, '+', '%20'))
url_extract_protocol(varchar) -> varchar: url_part({0}, 1)
url_extract_host(varchar) -> varchar: url_part({0}, 2)
url_extract_port(varchar) -> bigint: CAST(nullif(url_part({0}, 3), '') AS BIGINT)
url_extract_path(varchar) -> varchar: url_decode(url_part({0}, 4))
url_extract_query(varchar) -> varchar: url_decode(url_part({0}, 5))
url_extract_fragment(varchar) -> varchar: url_decode(url_part({0}, 6))
url_extract_parameter(varchar, varchar) -> varchar: url_argument((url_arguments({0}, {1}))[1])
to_utf8(varchar) -> varbinary: encode({0})
from_utf8(varbinary) -> varchar: py_decode({0}, chr(65533))
from_utf8(varbinary, varchar) -> varchar: py_decode({0}, {1})
to_hex(varbinary) -> varchar: hex({0})
from_hex(varchar) -> varbinary: unhex({0})
to_base64(varbinary) -> varchar: base64({0})
from_base64(varchar) -> varbinary: from_base64({0})
to_base32(varbinary) -> varchar: py_to_base32({0})
from_base32(varchar) -> varbinary: py_from_base32({0})
to_base64url(varbinary) -> varchar: py_to_base64url({0})
from_base64url(varchar) -> varbinary: py_from_base64url({0})
to_big_endian_64(bigint) -> varbinary: py_to_bytes({0}, 8)
from_big_endian_64(varbinary) -> bigint: py_from_bytes({0}, 8)
to_big_endian_32(integer) -> varbinary: py_to_bytes({0}, 4)
from_big_endian_32(varbinary) -> integer: CAST(py_from_bytes({0}, 4) AS INTEGER)
to_ieee754_32(real) -> varbinary: py_pack({0}, '>f')
from_ieee754_32(varbinary) -> real: CAST(py_unpack({0}, '>f') AS FLOAT)
to_ieee754_64(double) -> varbinary: py_pack({0}, '>d')
from_ieee754_64(varbinary) -> double: py_unpack({0}, '>d')
md5(varbinary) -> varbinary: unhex(md5({0}))
sha1(varbinary) -> varbinary: unhex(sha1({0}))
sha256(varbinary) -> varbinary: unhex(sha256({0}))
sha512(varbinary) -> varbinary: py_sha512({0})
crc32(varbinary) -> bigint: py_crc32({0})
xxhash64(varbinary) -> varbinary: py_xxhash64({0})
hmac_md5(varbinary, varbinary) -> varbinary: py_hmac_md5({0}, {1})
hmac_sha1(varbinary, varbinary) -> varbinary: py_hmac_sha1({0}, {1})
hmac_sha256(varbinary, varbinary) -> varbinary: py_hmac_sha256({0}, {1})
hmac_sha512(varbinary, varbinary) -> varbinary: py_hmac_sha512({0}, {1})
soundex(varchar) -> varchar: py_soundex({0})
uuid() -> uuid: uuid()
"""


def concat(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Texts, binaries or arrays, one after another; a NULL among them makes the whole NULL."""
    if len(args) < 2:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", "There must be two or more concatenation arguments", at)
    first = next((arg.type for arg in args if arg.type.name != "unknown"), types.VARCHAR)
    if any(arg.type.name == "array" for arg in args):
        return _joined(compiler, args, at)
    if any(arg.type.name != "unknown" and arg.type.is_text != first.is_text for arg in args) or (
        not first.is_text and first.name != "varbinary"
    ):
        kinds = ", ".join(arg.type.trino for arg in args)
        message = f"Unexpected parameters ({kinds}) for function concat. Expected: concat(varchar), concat(varbinary)"
        raise QueryFailed("FUNCTION_NOT_FOUND", message, at)
    return Typed(f"({' || '.join(arg.sql for arg in args)})", types.VARCHAR if first.is_text else first)


def _joined(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Arrays and, of two arguments, an array and an element."""
    kind = next(arg.type for arg in args if arg.type.name == "array")
    several = [common(kind, arg.type) for arg in args]
    if len(args) == 2 and None in several:
        element = compiler.common_of([kind.element, next(arg.type for arg in args if arg.type != kind)], at)
        kind, arrays = types.array(element), [arg.type == kind for arg in args]
        one = [Typed(f"[{coerce(arg, element).sql}]", kind) for arg in args]
        args = [arg if is_array else single for arg, is_array, single in zip(args, arrays, one, strict=True)]
    else:
        kind = compiler.common_of([arg.type for arg in args], at)
    joined = ""
    for arg in args:
        written = coerce(arg, kind).sql
        joined = f"list_concat({joined}, {written})" if joined else written
    missing = " OR ".join(f"{arg.sql} IS NULL" for arg in args)
    return Typed(f"CASE WHEN {missing} THEN NULL ELSE {joined} END", kind)


_LETTERS = {"boolean": "b", "decimal": "d", "double": "f", "real": "f", "date": "D", "time": "t", "timestamp": "T"}
_LETTERS |= {**dict.fromkeys(types.INTEGERS, "i"), "timestamp with time zone": "Z"}


def formatted(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`format(layout, …)`: each argument's text, marked with the letter of its type."""
    if len(args) < 2 or not args[0].type.is_text:
        raise compiler.wrong_arguments("format", args, ["format(varchar, arg, …)"], at)
    texts = []
    for arg in args[1:]:
        letter = "s" if arg.type.is_text else _LETTERS.get(arg.type.name, "s")
        shown = printed(arg.sql, arg.type)
        if letter == "f":
            shown = f"java_{arg.type.name}({arg.sql})"
        if arg.type.name == "unknown":
            shown = "NULL"
        if arg.type.name == "json":
            shown = f"CAST({arg.sql} AS VARCHAR)"
        if shown is None:
            raise QueryFailed("TYPE_MISMATCH", f"Cannot cast {arg.type.trino} to varchar", at)
        texts.append(f"'{letter}' || {shown}")
    return Typed(f"py_format({args[0].sql}, CAST([{', '.join(texts)}] AS VARCHAR[]))", types.VARCHAR)


SPECIALS: dict[str, Special] = {"concat": concat, "format": formatted}
