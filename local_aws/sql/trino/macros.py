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
    # CAST to varchar of a double: always with an exponent
    "scientific_text(x, t) AS CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' "
    "ELSE '-Infinity' END WHEN x = 0 THEN CASE WHEN signbit(x) THEN '-0E0' ELSE '0E0' END ELSE java_exponent(t) END",
    "scientific(x) AS scientific_text(x, CAST(x AS VARCHAR))",
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
    "unsorted_json(x) AS json(strict_json(x))",
    # members of an object by name, as it is written and without regard to case
    "json_pointer(k) AS '/' || replace(replace(k, '~', '~0'), '/', '~1')",
    "json_member(j, k) AS json_extract(j, json_pointer(k))",
    "json_field(j, k) AS coalesce(json_extract(j, json_pointer(k)), json_extract(j, json_pointer((list_filter("
    "json_keys(j), lambda m: lower(m) = lower(k)))[1])))",
    "json_scalar_text(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN failed("
    "'Cannot cast to varchar. Unexpected token when cast to varchar: ' || CAST(j AS VARCHAR)) "
    "WHEN json_type(j) = 'DOUBLE' THEN java_double(TRY_CAST(j ->> '$' AS DOUBLE)) ELSE j ->> '$' END",
    # map_agg: no NULL keys, of equal keys the first
    "keyed(l) AS list_filter(l, lambda e: e.k IS NOT NULL)",
    "keys_of(l) AS list_transform(l, lambda e: e.k)",
    "first_entries(l) AS CASE WHEN coalesce(len(keyed(l)), 0) = 0 THEN NULL "
    "WHEN len(list_distinct(keys_of(keyed(l)))) = len(keyed(l)) THEN map_from_entries(keyed(l)) "
    "ELSE map_from_entries(list_filter(keyed(l), lambda e, i: list_position(keys_of(keyed(l)), e.k) = i)) END",
    # arrays as sets, in the order of the first occurrence. No lambda refers to the whole array: DuckDB would copy it
    # for each of its elements
    "has_null(l) AS (len(l) > list_aggregate(l, 'count'))",
    "tagged(l, t) AS list_transform(l, lambda e, i: struct_pack(v := e, t := t, i := i))",
    "firsts(p) AS list_transform(list_filter(list_zip(p, list_prepend(NULL, p)), lambda z: z[1] IS NOT NULL "
    "AND (z[2] IS NULL OR (z[1]).v IS DISTINCT FROM (z[2]).v)), lambda z: z[1])",
    "in_place(p) AS list_transform(list_sort(list_transform(p, lambda q: struct_pack(i := q.i, v := q.v))), "
    "lambda q: q.v)",
    "distinct_of(l) AS CASE WHEN l IS NOT NULL THEN in_place(firsts(list_sort(tagged(l, 0)))) END",
    "except_of(a, b) AS in_place(list_filter(firsts(list_sort(list_concat(tagged(b, 0), tagged(a, 1)))), "
    "lambda q: q.t = 1))",
    # of the truths of an array's elements
    "all_true(l) AS CASE WHEN list_contains(l, FALSE) THEN FALSE WHEN has_null(l) THEN NULL "
    "WHEN l IS NOT NULL THEN TRUE END",
    "any_true(l) AS CASE WHEN list_contains(l, TRUE) THEN TRUE WHEN has_null(l) THEN NULL "
    "WHEN l IS NOT NULL THEN FALSE END",
    # maps: no key twice, none NULL
    "twice(l) AS list_filter(list_zip(list_sort(l), list_prepend(NULL, list_sort(l))), lambda z: z[1] = z[2])",
    "checked_keys(l) AS CASE WHEN has_null(l) THEN failed('map key cannot be null') "
    "WHEN len(list_distinct(l)) < len(l) "
    "THEN failed('Duplicate map keys (' || CAST(twice(l)[1][1] AS VARCHAR) || ') are not allowed') END",
    "from_entries(l) AS CASE WHEN checked_keys(keys_of(l)) IS NULL THEN map_from_entries(l) END",
    "same_size(a, b) AS CASE WHEN len(a) = len(b) THEN a WHEN len(a) <> len(b) "
    "THEN CAST(failed('The arguments must have the same length') AS DOUBLE[]) END",
    "map_norm(m) AS sqrt(list_sum(list_transform(map_values(m), lambda v: v * v)))",
    "map_cosine(a, b) AS coalesce(list_sum(list_transform(map_entries(a), lambda e: e.value * b[e.key])), 0) "
    "/ (map_norm(a) * map_norm(b))",
    # multimap_agg: each key with all of its values
    "all_entries(l) AS CASE WHEN coalesce(len(keyed(l)), 0) > 0 THEN map_from_entries(list_transform("
    "distinct_of(keys_of(keyed(l))), lambda q: struct_pack(k := q, "
    "v := list_transform(list_filter(keyed(l), lambda e: e.k = q), lambda e: e.v)))) END",
    "most_frequent(m, n) AS CASE WHEN m IS NOT NULL THEN map_from_entries(list_transform(list_slice(list_reverse_sort("
    "list_transform(map_entries(m), lambda e: struct_pack(n := e.value, k := e.key))), 1, n), "
    "lambda e: struct_pack(k := e.k, v := e.n))) END",
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
    "offset_minutes(z) AS CASE WHEN z = 'UTC' THEN 0 WHEN left(z, 1) IN ('+', '-') "
    "THEN CASE left(z, 1) WHEN '-' THEN -1 ELSE 1 END * "
    "(CAST(substr(z, 2, 2) AS BIGINT) * 60 + CAST(substr(z, 5, 2) AS BIGINT)) END",
    "local_in(x, z) AS CASE WHEN offset_minutes(z) IS NOT NULL THEN timezone('UTC', x) + to_minutes(offset_minutes(z)) "
    "WHEN z IS NOT NULL THEN timezone(z, x) END",
    "instant_in(t, z) AS CASE WHEN offset_minutes(z) IS NOT NULL "
    "THEN timezone('UTC', t - to_minutes(offset_minutes(z))) WHEN z IS NOT NULL THEN earlier_instant(t, z) END",
    "offset_zone(o) AS CASE WHEN regexp_full_match(o, 'Z|[+-]00(:?00)?|') THEN 'UTC' "
    "ELSE left(o, 3) || ':' || CASE WHEN length(o) > 3 THEN right(o, 2) ELSE '00' END END",
    "zone_text(m) AS CASE WHEN m < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(m) // 60 AS VARCHAR), 2, '0') || ':' "
    "|| lpad(CAST(abs(m) % 60 AS VARCHAR), 2, '0')",
    # intervals as Trino prints them: `1 02:00:00.000`, `-0-3`
    "clock_text(n) AS CAST(n // 86400000 AS VARCHAR) || ' ' || lpad(CAST(n // 3600000 % 24 AS VARCHAR), 2, '0') || ':' "
    "|| lpad(CAST(n // 60000 % 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(n // 1000 % 60 AS VARCHAR), 2, '0') || '.' "
    "|| lpad(CAST(n % 1000 AS VARCHAR), 3, '0')",
    "in_millis(i) AS datepart('month', i) * 2592000000 + datepart('day', i) * 86400000 + datepart('hour', i) * 3600000 "
    "+ datepart('minute', i) * 60000 + datepart('millisecond', i)",
    "days_text(i) AS CASE WHEN in_millis(i) < 0 THEN '-' ELSE '' END || clock_text(abs(in_millis(i)))",
    "of_days(i) AS CASE WHEN in_millis(i) % 86400000 = 0 THEN i WHEN i IS NOT NULL "
    "THEN CAST(failed('Cannot add hour, minutes or seconds to a date') AS INTERVAL) END",
    "in_months(i) AS datepart('year', i) * 12 + datepart('month', i)",
    "months_text(i) AS CASE WHEN in_months(i) < 0 THEN '-' ELSE '' END "
    "|| CAST(abs(in_months(i)) // 12 AS VARCHAR) || '-' || CAST(abs(in_months(i)) % 12 AS VARCHAR)",
    "to_unit(n, unit) AS (n + unit // 2) - ((n + unit // 2) % unit + unit) % unit",
    "rounded_timestamp(t, unit) AS make_timestamp(to_unit(epoch_us(t), unit))",
    "rounded_time(t, unit) AS CAST(TIME '00:00:00' + to_microseconds(to_unit(epoch_us(t), unit)) AS TIME)",
    # DuckDB writes a decimal without whole digits as `.50`
    "with_zero(t) AS CASE WHEN starts_with(t, '.') THEN '0' || t WHEN starts_with(t, '-.') THEN '-0' || substr(t, 2) "
    "ELSE t END",
    "two_digits(t) AS CASE WHEN year(t) = 1969 THEN CAST(t + INTERVAL 100 YEAR AS TIMESTAMP) ELSE t END",
    "finite(x) AS CASE WHEN isfinite(x) THEN x END",
    "log_of(x) AS CASE WHEN x > 0 THEN ln(x) WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) "
    "WHEN x IS NOT NULL THEN CAST('NaN' AS DOUBLE) END",
    "trino_substr(s, a) AS CASE WHEN s IS NULL THEN NULL WHEN a = 0 OR a < -length(s) THEN '' ELSE substr(s, a) END",
    "trino_substr3(s, a, n) AS CASE WHEN s IS NULL OR a IS NULL OR n IS NULL THEN NULL "
    "WHEN a = 0 OR a < -length(s) OR n <= 0 THEN '' ELSE substr(s, a, n) END",
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
    "whole_days(i) AS CASE WHEN CASE WHEN in_millis(i) % 86400000 <> 0 "
    "THEN failed('sequence step must be a day interval if start and end values are dates') END IS NULL THEN i END",
    # the n-th is n steps from the first: the 31st of January, then the 28th of February, then the 31st of March
    "month_steps(a, b, i) AS abs(date_diff('month', a, b) // in_months(moving_step(a, b, i)))",
    "month_series(a, b, i) AS list_filter(list_transform(range(0, least(10001, month_steps(a, b, i) + 2)), "
    "lambda n: a + to_months(CAST(n * in_months(i) AS INTEGER))), "
    "lambda e: CASE WHEN in_months(i) > 0 THEN e <= b ELSE e >= b END)",
    "whitespace() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)",
    "trino_upper(s) AS CASE WHEN contains(s, 'ß') THEN replace(upper(replace(s, 'ß', chr(1))), chr(1), 'ß') "
    "ELSE upper(s) END",
    "cube_root(r, x) AS CASE WHEN r = 0 OR NOT isfinite(r) THEN r ELSE r - (r * r * r - x) / (3 * r * r) END",
    "put_between(s, t) AS CASE WHEN s = '' THEN t "
    "ELSE t || array_to_string(list_transform(string_split(s, ''), lambda e: e || t), '') END",
    # binaries, by their digits
    "trino_substr_hex(h, a, n) AS CASE WHEN a = 0 OR a < -(length(h) // 2) OR n <= 0 OR a > length(h) // 2 THEN '' "
    "ELSE substr(h, (CASE WHEN a < 0 THEN length(h) // 2 + a ELSE a - 1 END) * 2 + 1, least(n, length(h)) * 2) END",
    "padded_hex(b, n, p, left_side) AS CASE WHEN octet_length(b) >= n THEN left(hex(b), padded_length(n) * 2) "
    "WHEN left_side THEN left(repeat(padding(hex(p)), padded_length(n)), (n - octet_length(b)) * 2) || hex(b) "
    "ELSE left(hex(b) || repeat(padding(hex(p)), padded_length(n)), n * 2) END",
    "random_below(n) AS CASE WHEN n > 0 THEN floor(random() * n) "
    "ELSE CAST(failed('bound must be positive') AS DOUBLE) END",
    "wilson(s, n, z, side) AS (s + z * z / 2 + side * z * sqrt(CAST(s AS DOUBLE) * (n - s) / n + z * z / 4)) "
    "/ (n + z * z)",
    "checksum_of(s) AS unhex(lpad(hex(CAST(s % 18446744073709551616 AS UBIGINT)), 16, '0'))",
)


def statements() -> list[str]:
    """What sets a connection up, in order."""
    return [f"CREATE OR REPLACE MACRO {each}" for each in MACROS]
