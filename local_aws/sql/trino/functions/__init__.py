"""Trino's functions, a family a module: signatures, aggregates, window functions, and those with their own code."""

from __future__ import annotations

from local_aws.sql.trino.functions import aggregates, collections, dates, json, numbers, texts
from local_aws.sql.trino.signatures import Signature, Special, read

SCALARS: dict[str, list[Signature]] = {}
for _table in (texts.TABLE, numbers.TABLE, dates.TABLE, json.TABLE, collections.TABLE):
    for _name, _signatures in read(_table).items():
        SCALARS.setdefault(_name, []).extend(_signatures)

SPECIALS: dict[str, Special] = {
    **texts.SPECIALS,
    **numbers.SPECIALS,
    **dates.SPECIALS,
    **json.SPECIALS,
    **collections.SPECIALS,
}
AGGREGATES: dict[str, list[Signature]] = read(aggregates.TABLE)
WINDOWS: dict[str, list[Signature]] = read(aggregates.WINDOWS)
KNOWN = frozenset(
    [
        "approx_most_frequent",
        "approx_set",
        "array_frequency",
        "bing_tile",
        "bit_count",
        "bitwise_left_shift",
        "bitwise_right_shift",
        "bitwise_right_shift_arithmetic",
        "cosine_similarity",
        "crc32",
        "convex_hull_agg",
        "format_number",
        "from_geojson_geometry",
        "from_ieee754_32",
        "hmac_md5",
        "hmac_sha256",
        "human_readable_seconds",
        "inverse_normal_cdf",
        "json_array",
        "json_exists",
        "json_object",
        "json_query",
        "json_value",
        "learn_classifier",
        "line_locate_point",
        "make_set_digest",
        "map_union",
        "merge",
        "multimap_from_entries",
        "murmur3",
        "ngrams",
        "numeric_histogram",
        "parse_duration",
        "parse_presto_data_size",
        "qdigest_agg",
        "sha512",
        "soundex",
        "spooky_hash_v2_32",
        "st_area",
        "st_contains",
        "st_distance",
        "st_point",
        "tdigest_agg",
        "to_geometry",
        "to_ieee754_32",
        "value_at_quantile",
        "wilson_interval_lower",
        "word_stem",
        "xxhash64",
        "entropy",
        "from_base",
        "format",
        "luhn_check",
        "split_to_map",
        "map_zip_with",
        "empty_approx_set",
    ]
)
"""Functions that Athena has and local_aws has not: refused as such, instead of as unknown."""
