"""DuckDB macros that compiled queries call: what takes more than one DuckDB function to say."""

from __future__ import annotations

from local_aws.sql import json_numbers, types
from local_aws.sql.trino.failures import fail

_TOO_LONG = fail(
    "EXCEEDED_FUNCTION_MEMORY_LIMIT",
    "'Concatenated string has the length in bytes larger than the maximum output length 1048576'",
    types.VARCHAR,
)
_NOT_TRUNCATED = fail(
    "NOT_SUPPORTED", "'local_aws does not support LISTAGG that overflows with TRUNCATE'", types.VARCHAR
)
MACROS = (
    # a decimal's digits as a whole number
    "unscaled(d) AS CAST(replace(CAST(d AS VARCHAR), '.', '') AS HUGEINT)",
    # half up, as Trino divides decimals; `factor` brings the quotient to the result's scale
    "rounded_quotient(n, d) AS (n * 2 + sign(n) * abs(d)) // (d * 2)",
    "decimal_quotient(a, b, factor) AS rounded_quotient(unscaled(a) * factor, unscaled(b))",
    # Double.toString: plain from 0.001 up to ten million, else with an exponent
    "java_exponent(t) AS CASE WHEN strpos(t, 'e') > 0 THEN split_part(t, 'e', 1) "
    "|| CASE WHEN strpos(split_part(t, 'e', 1), '.') > 0 THEN '' ELSE '.0' END "
    "|| 'E' || CAST(split_part(t, 'e', 2) AS INTEGER) ELSE java_shift(t) END",
    "java_digits(t) AS rtrim(ltrim(replace(replace(t, '-', ''), '.', ''), '0'), '0')",
    "java_shift(t) AS CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END || left(java_digits(t), 1) || '.' "
    "|| CASE WHEN length(java_digits(t)) > 1 THEN substr(java_digits(t), 2) ELSE '0' END || 'E' "
    "|| CASE WHEN starts_with(ltrim(t, '-'), '0.') "
    "THEN -(1 + length(split_part(t, '.', 2)) - length(ltrim(split_part(t, '.', 2), '0'))) "
    "ELSE length(split_part(ltrim(t, '-'), '.', 1)) - 1 END",
    "java_text(x, t) AS CASE WHEN isnan(x) THEN 'NaN' "
    "WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END "
    "WHEN x = 0 OR (abs(x) >= 0.001 AND abs(x) < 10000000) THEN t ELSE java_exponent(t) END",
    "java_double(x) AS java_text(x, CAST(x AS VARCHAR))",
    "java_real(x) AS java_text(x, CAST(x AS VARCHAR))",
    # DuckDB's JSON reader takes trailing commas and NaN, which are no JSON
    "suspect_json(x) AS regexp_matches(x, ',\\s*[\\]}]|[Nn]a[Nn]|[Ii]nf')",
    r"""without_strings(x) AS regexp_replace(x, '"(\\.|[^"\\])*"', '""', 'g')""",
    "strict_json(x) AS CASE WHEN json_valid(x) AND NOT (suspect_json(x) AND suspect_json(without_strings(x))) "
    "THEN CAST(x AS JSON) END",
    "json_scalar(j, p) AS CASE WHEN left(json_extract_string(j, p), 1) IN ('{', '[') "
    "AND json_type(j, p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(j, p) END",
    # as it is written: JSON of our own making has its numbers as Double.toString writes them
    f"json_written(j, p) AS CASE WHEN {json_numbers.may_be('json_extract_string(j, p)')} "
    f"AND json_type(j, p) = 'DOUBLE' THEN json_extract_string({json_numbers.quoted('j')}, p) "
    "ELSE json_scalar(j, p) END",
    f"json_computed(j, p) AS CASE WHEN {json_numbers.may_be('json_extract_string(j, p)')} "
    "AND json_type(j, p) = 'DOUBLE' THEN java_double(CAST(json_extract_string(j, p) AS DOUBLE)) "
    "ELSE json_scalar(j, p) END",
    # map_agg: no NULL keys, of equal keys the first
    "keyed(l) AS list_filter(l, lambda e: e.k IS NOT NULL)",
    "keys_of(l) AS list_transform(l, lambda e: e.k)",
    "first_entries(l) AS CASE WHEN coalesce(len(keyed(l)), 0) = 0 THEN NULL "
    "WHEN len(list_distinct(keys_of(keyed(l)))) = len(keyed(l)) THEN map_from_entries(keyed(l)) "
    "ELSE map_from_entries(list_filter(keyed(l), lambda e, i: list_position(keys_of(keyed(l)), e.k) = i)) END",
    # multimap_agg: each key with all of its values
    "all_entries(l) AS CASE WHEN coalesce(len(keyed(l)), 0) > 0 THEN map_from_entries(list_transform("
    "list_distinct(keys_of(keyed(l))), lambda q: struct_pack(k := q, "
    "v := list_transform(list_filter(keyed(l), lambda e: e.k = q), lambda e: e.v)))) END",
    # width_bucket: bounds may ascend or descend
    "bucket_of(x, a, b, n) AS CASE WHEN (x < a) = (a < b) AND x <> a THEN 0 "
    "WHEN (x < b) <> (a < b) OR x = b THEN n + 1 ELSE CAST(floor(n * (x - a) / (b - a)) AS BIGINT) + 1 END",
    # a URL's parts by RFC 3986; NULL for what is no URL
    "url_part(u, n) AS CASE WHEN NOT regexp_matches(u, '[\\s\"<>\\\\^`{|}]|%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)') "
    "THEN regexp_extract(u, '^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:]*)"
    "(?::(\\d*))?)?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?$', n) END",
    "url_arguments(u, k) AS list_filter(string_split(url_part(u, 5), '&'), lambda e: split_part(e, '=', 1) = k)",
    "url_argument(e) AS CASE WHEN strpos(e, '=') > 0 "
    "THEN url_decode(replace(substr(e, strpos(e, '=') + 1), '+', '%20')) WHEN e IS NOT NULL THEN '' END",
    "earlier_instant(t, z) AS CASE WHEN timezone(z, timezone(z, t) - INTERVAL 1 HOUR) = t "
    "THEN timezone(z, t) - INTERVAL 1 HOUR ELSE timezone(z, t) END",
    "zone_minutes(x, clock) AS ((epoch_us(clock) - epoch_us(x)) // 60000000)",
    "zone_text(m) AS CASE WHEN m < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(m) // 60 AS VARCHAR), 2, '0') || ':' "
    "|| lpad(CAST(abs(m) % 60 AS VARCHAR), 2, '0')",
    # intervals as Trino prints them: `1 02:00:00.000`, `-0-3`
    "clock_text(n) AS CAST(n // 86400000 AS VARCHAR) || ' ' || lpad(CAST(n // 3600000 % 24 AS VARCHAR), 2, '0') || ':' "
    "|| lpad(CAST(n // 60000 % 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(n // 1000 % 60 AS VARCHAR), 2, '0') || '.' "
    "|| lpad(CAST(n % 1000 AS VARCHAR), 3, '0')",
    "in_millis(i) AS datepart('month', i) * 2592000000 + datepart('day', i) * 86400000 + datepart('hour', i) * 3600000 "
    "+ datepart('minute', i) * 60000 + datepart('millisecond', i)",
    "days_text(i) AS CASE WHEN in_millis(i) < 0 THEN '-' ELSE '' END || clock_text(abs(in_millis(i)))",
    "in_months(i) AS datepart('year', i) * 12 + datepart('month', i)",
    "months_text(i) AS CASE WHEN in_months(i) < 0 THEN '-' ELSE '' END "
    "|| CAST(abs(in_months(i)) // 12 AS VARCHAR) || '-' || CAST(abs(in_months(i)) % 12 AS VARCHAR)",
    "finite(x) AS CASE WHEN isfinite(x) THEN x END",
    "log_of(x) AS CASE WHEN x > 0 THEN ln(x) WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) "
    "WHEN x IS NOT NULL THEN CAST('NaN' AS DOUBLE) END",
    "trino_substr(s, a) AS CASE WHEN a = 0 OR a < -length(s) THEN '' ELSE substr(s, a) END",
    "trino_substr3(s, a, n) AS CASE WHEN a = 0 OR a < -length(s) OR n <= 0 THEN '' ELSE substr(s, a, n) END",
    "trino_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    f"failed(message) AS {fail('INVALID_FUNCTION_ARGUMENT', 'message', types.VARCHAR)}",
    # LISTAGG: what is longer than a megabyte fails; deviates: TRUNCATE is refused where it would truncate
    f"within_limit(t, overflow) AS CASE WHEN strlen(t) <= 1048576 OR t IS NULL THEN t WHEN overflow = 'ERROR' "
    f"THEN {_TOO_LONG} ELSE {_NOT_TRUNCATED} END",
    "padded_length(n) AS CASE WHEN n BETWEEN 0 AND 2147483647 THEN CAST(n AS INTEGER) "
    "ELSE CAST(failed('Target length must be in the range [0..2147483647]') AS INTEGER) END",
    "padding(s) AS CASE WHEN s = '' THEN failed('Padding string must not be empty') ELSE s END",
    "row_offset(n, least) AS CASE WHEN n < least "
    "THEN CAST(failed('Offset must be at least ' || least) AS BIGINT) ELSE n END",
    # the two ways in which a sequence cannot end
    "wrong_step(zero, away) AS CASE WHEN zero THEN failed('step must not be zero') "
    "WHEN away THEN failed('sequence stop value should be greater than or equal to start value if step is greater "
    "than zero otherwise stop should be less than or equal to start') END",
    "checked_step(a, b, n) AS CASE WHEN wrong_step(n = 0, (n > 0 AND b < a) OR (n < 0 AND b > a)) IS NULL "
    "AND ((b - a) // nullif(n, 0) < 10000 OR failed('result of sequence function must not have more than 10000 "
    "entries') IS NULL) THEN n END",
    "moving_step(a, b, i) AS CASE WHEN wrong_step(a + i = a, (a + i > a AND b < a) OR (a + i < a AND b > a)) IS NULL "
    "THEN i END",
    "whitespace() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)",
    "checksum_of(s) AS unhex(lpad(hex(CAST(s % 18446744073709551616 AS UBIGINT)), 16, '0'))",
)


def statements() -> list[str]:
    """What sets a connection up, in order."""
    return [f"CREATE OR REPLACE MACRO {each}" for each in MACROS]
