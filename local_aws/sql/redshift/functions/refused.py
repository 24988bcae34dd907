"""Functions that Redshift has and local_aws has not: refused by name, where others do not exist.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html and
https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-functions.html
"""

from __future__ import annotations

_WORDS = (
    "array_contains array_distinct array_except array_intersection array_position array_positions array_sort "
    "array_union array_exclude  bttext_pattern_cmp collate decimal_precision decimal_scale "
    "explain_model farmfingerprint64 generate_series geohash get_number_attributes hll hll_cardinality hll_combine "
    "hll_combine_sketches hll_create_sketch interval_cmp json_serialize_to_varbyte murmur3_32_hash object_transform "
    "pg_get_cols pg_get_grantee_by_iam_role pg_get_iam_role_by_user "
    "pg_get_session_roles pg_last_copy_count pg_last_copy_id pg_last_query_id pg_last_unload_count "
    "pg_last_unload_id slice_num text_to_int_alt text_to_numeric_alt to_geography "
)
_NAMES = frozenset(_WORDS.split())
_FAMILIES = ("st_", "h3_", "hll_", "geometry", "is_", "ml_", "ai_")


def is_refused(name: str) -> bool:
    """Whether Redshift knows a function of this name; it is asked where local_aws knows none."""
    return name.lower() in _NAMES or name.lower().startswith(_FAMILIES)
