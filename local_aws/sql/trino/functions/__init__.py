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
_NOT_HERE = """
approx_set beta_cdf bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey
bing_tile_zoom_level bing_tiles_around char2hexint classifier classify convex_hull_agg current_user empty_approx_set
evaluate_classifier_predictions features from_encoded_polyline from_geojson_geometry from_iso8601_timestamp_nanos
from_unixtime_nanos geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points
geometry_to_bing_tiles geometry_union geometry_union_agg great_circle_distance hash_counts intersection_cardinality
inverse_beta_cdf jaccard_index json_array_get learn_classifier learn_libsvm_classifier learn_libsvm_regressor
learn_regressor line_interpolate_point line_interpolate_points line_locate_point make_set_digest match_number merge
merge_set_digest murmur3 objectid objectid_timestamp qdigest_agg quantile_at_value regress simplify_geometry
spatial_partitioning spatial_partitions spooky_hash_v2_32 spooky_hash_v2_64 st_area st_asbinary st_astext st_boundary
st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension st_disjoint
st_distance st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries st_geometryfromtext
st_geometryn st_geometrytype st_geomfrombinary st_interiorringn st_interiorrings st_intersection st_intersects
st_isclosed st_isempty st_isring st_issimple st_isvalid st_length st_linefromtext st_linestring st_multipoint
st_numgeometries st_numinteriorring st_numpoints st_overlaps st_point st_pointn st_points st_polygon st_relate
st_startpoint st_symdifference st_touches st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin t_cdf t_pdf
tdigest_agg theta_sketch_estimate theta_sketch_union timestamp_objectid timezone to_char to_date to_encoded_polyline
to_geojson_geometry to_geometry to_spherical_geography to_timestamp value_at_quantile values_at_quantiles
word_stem bar color render rgb
"""
KNOWN = frozenset(_NOT_HERE.split())
"""Functions that Athena has and local_aws has not: refused as such, instead of as unknown."""
