"""Trino's functions, a family a module: signatures, aggregates, window functions, and those with their own code."""

from __future__ import annotations

from local_aws.sql.trino.functions import aggregates, collections, dates, json, numbers, patterns, texts
from local_aws.sql.trino.signatures import Signature, Special, read

SCALARS: dict[str, list[Signature]] = {}
for _table in (texts.TABLE, numbers.TABLE, dates.TABLE, json.TABLE, collections.TABLE):
    for _name, _signatures in read(_table).items():
        SCALARS.setdefault(_name, []).extend(_signatures)

SPECIALS: dict[str, Special] = {
    **texts.SPECIALS,
    **patterns.SPECIALS,
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
        "array_first",
        "array_last",
        "beta_cdf",
        "combinations",
        "contains_sequence",
        "from_big_endian_64",
        "normal_cdf",
        "reduce_agg",
        "shuffle",
        "to_big_endian_64",
        "approx_set",
        "bing_tile",
        "bit_count",
        "cosine_similarity",
        "convex_hull_agg",
        "format_number",
        "from_geojson_geometry",
        "from_ieee754_32",
        "inverse_normal_cdf",
        "learn_classifier",
        "line_locate_point",
        "make_set_digest",
        "map_union",
        "merge",
        "multimap_from_entries",
        "murmur3",
        "numeric_histogram",
        "parse_duration",
        "parse_presto_data_size",
        "qdigest_agg",
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
        "entropy",
        "format",
        "empty_approx_set",
    ]
)
"""Functions that Athena has and local_aws has not: refused as such, instead of as unknown."""
