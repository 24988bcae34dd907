"""String, binary and regular-expression functions.

A literal pattern that RE2 has not (look-around, back-references, possessive and atomic groups) is matched in Python.
Deviates: such a pattern that is no literal is refused.
Evidence: https://trino.io/docs/current/functions/string.html, …/regexp.html, …/binary.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.typed import At, Typed, coerce, common

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = r"""
length(varchar) -> bigint: length({0})
length(varbinary) -> bigint: octet_length({0})
lower(varchar) -> varchar: lower({0})
upper(varchar) -> varchar: upper({0})
reverse(varchar) -> varchar: reverse({0})
reverse(array(T)) -> array(T): list_reverse({0})
trim(varchar) -> varchar: trim({0}, whitespace())
ltrim(varchar) -> varchar: ltrim({0}, whitespace())
rtrim(varchar) -> varchar: rtrim({0}, whitespace())
trim(varchar, varchar) -> varchar: trim({0}, {1})
ltrim(varchar, varchar) -> varchar: ltrim({0}, {1})
rtrim(varchar, varchar) -> varchar: rtrim({0}, {1})
substr(varchar, bigint) -> varchar: trino_substr({0}, {1})
substr(varchar, bigint, bigint) -> varchar: trino_substr3({0}, {1}, {2})
substring(varchar, bigint) -> varchar: trino_substr({0}, {1})
substring(varchar, bigint, bigint) -> varchar: trino_substr3({0}, {1}, {2})
strpos(varchar, varchar) -> bigint: strpos({0}, {1})
strpos(varchar, varchar, bigint) -> bigint: py_strpos({0}, {1}, {2})
split_to_map(varchar, varchar, varchar) -> map(varchar,varchar): py_split_to_map({0}, {1}, {2})
split_to_multimap(varchar, varchar, varchar) -> map(varchar,array(varchar)): py_split_to_multimap({0}, {1}, {2})
luhn_check(varchar) -> boolean: py_luhn_check({0})
split(varchar, varchar) -> array(varchar): string_split({0}, {1})
split_part(varchar, varchar, bigint) -> varchar: CASE WHEN {2} < 1
    THEN failed('Index must be greater than zero') ELSE (string_split({0}, {1}))[{2}] END
replace(varchar, varchar) -> varchar: replace({0}, {1}, '')
replace(varchar, varchar, varchar) -> varchar: replace({0}, {1}, {2})
lpad(varchar, bigint, varchar) -> varchar: lpad({0}, padded_length({1}), padding({2}))
rpad(varchar, bigint, varchar) -> varchar: rpad({0}, padded_length({1}), padding({2}))
concat_ws(varchar, array(varchar)) -> varchar:
    array_to_string(list_filter({1}, lambda e: e IS NOT NULL), {0})
concat_ws(varchar, varchar...) -> varchar: concat_ws({all})
chr(bigint) -> varchar: chr(CAST({0} AS INTEGER))
codepoint(varchar) -> integer: unicode({0})
starts_with(varchar, varchar) -> boolean: starts_with({0}, {1})
ends_with(varchar, varchar) -> boolean: ends_with({0}, {1})
levenshtein_distance(varchar, varchar) -> bigint: levenshtein({0}, {1})
hamming_distance(varchar, varchar) -> bigint: hamming({0}, {1})
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
from_utf8(varbinary) -> varchar: decode({0})
to_hex(varbinary) -> varchar: hex({0})
from_hex(varchar) -> varbinary: unhex({0})
to_base64(varbinary) -> varchar: base64({0})
from_base64(varchar) -> varbinary: from_base64({0})
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
    if len(args) == 2 and None in several:  # noqa: PLR2004 - the operator has two sides
        element = compiler.common_of([kind.element, next(arg.type for arg in args if arg.type != kind)], at)
        args = [arg if arg.type == kind else Typed(f"[{coerce(arg, element).sql}]", types.array(element)) for arg in args]
        kind = types.array(element)
    else:
        kind = compiler.common_of([arg.type for arg in args], at)
    joined = ""
    for arg in args:
        written = coerce(arg, kind).sql
        joined = f"list_concat({joined}, {written})" if joined else written
    missing = " OR ".join(f"{arg.sql} IS NULL" for arg in args)
    return Typed(f"CASE WHEN {missing} THEN NULL ELSE {joined} END", kind)


SPECIALS: dict[str, Special] = {"concat": concat}
