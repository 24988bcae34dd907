"""Array and map functions; those with lambdas are in `lambdas`.

Evidence: https://trino.io/docs/current/functions/array.html and …/map.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.trino.casts import printed
from local_aws.sql.trino.typed import At, Typed, name

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = """
cardinality(array(T)) -> bigint: CAST(len({0}) AS BIGINT)
cardinality(map(K,V)) -> bigint: CAST(cardinality({0}) AS BIGINT)
element_at(array(T), bigint) -> T: CASE WHEN {1} = 0
    THEN CAST(failed('SQL array indices start at 1') AS {type}) ELSE ({0})[{1}] END
element_at(map(K,V), K) -> V: ({0})[{1}]
contains(array(T), T) -> boolean: list_contains({0}, {1})
array_distinct(array(T)) -> array(T): list_distinct({0})
array_sort(array(O)) -> array(O): list_sort({0}, 'ASC', 'NULLS LAST')
array_max(array(O)) -> O: CASE WHEN len(list_filter({0}, lambda e: e IS NULL)) = 0 THEN list_max({0}) END
array_min(array(O)) -> O: CASE WHEN len(list_filter({0}, lambda e: e IS NULL)) = 0 THEN list_min({0}) END
array_sum(array(bigint)) -> bigint: CAST(list_sum({0}) AS BIGINT)
array_position(array(T), T) -> bigint: coalesce(list_position({0}, {1}), 0)
array_remove(array(T), T) -> array(T): list_filter({0}, lambda z: z <> {1})
array_union(array(T), array(T)) -> array(T): list_distinct(list_concat({0}, {1}))
array_intersect(array(T), array(T)) -> array(T): list_distinct(list_intersect({0}, {1}))
array_except(array(T), array(T)) -> array(T): list_distinct(list_filter({0}, lambda z: NOT list_contains({1}, z)))
arrays_overlap(array(T), array(T)) -> boolean: list_has_any({0}, {1})
flatten(array(array(T))) -> array(T): flatten({0})
array_frequency(array(T)) -> map(T,integer):
    CASE WHEN {0} IS NOT NULL THEN CAST(coalesce(list_aggregate({0}, 'histogram'), MAP {}) AS {type}) END
trim_array(array(T), bigint) -> array(T): CASE WHEN {1} BETWEEN 0 AND len({0})
    THEN list_slice({0}, 1, len({0}) - {1}) WHEN {0} IS NULL OR {1} IS NULL THEN NULL
    ELSE CAST(failed('size must not exceed array cardinality ' || len({0}) || ': ' || {1}) AS {type}) END
slice(array(T), bigint, bigint) -> array(T): list_slice({0}, {1}, {1} + {2} - 1)
ngrams(array(T), bigint) -> array(array(T)): list_transform(
    range(1, greatest(len({0}) - {1} + 1, 1) + 1), lambda z: list_slice({0}, z, z + {1} - 1))
repeat(T, bigint) -> array(T): list_transform(range({1}), lambda z: {0})
sequence(bigint, bigint) -> array(bigint):
    generate_series({0}, {1}, checked_step({0}, {1}, CASE WHEN {0} <= {1} THEN 1 ELSE -1 END))
sequence(bigint, bigint, bigint) -> array(bigint): generate_series({0}, {1}, checked_step({0}, {1}, {2}))
sequence(date, date) -> array(date):
    list_transform(generate_series({0}, {1}, CASE WHEN {0} <= {1} THEN INTERVAL 1 DAY ELSE -(INTERVAL 1 DAY) END),
    lambda e: CAST(e AS DATE))
sequence(date, date, interval day to second) -> array(date):
    list_transform(generate_series({0}, {1}, moving_step({0}, {1}, {2})), lambda e: CAST(e AS DATE))
sequence(date, date, interval year to month) -> array(date):
    list_transform(generate_series({0}, {1}, moving_step({0}, {1}, {2})), lambda e: CAST(e AS DATE))
sequence(timestamp, timestamp, interval day to second) -> array(timestamp):
    generate_series({0}, {1}, moving_step({0}, {1}, {2}))
map(array(K), array(V)) -> map(K,V): map({0}, {1})
map_keys(map(K,V)) -> array(K): map_keys({0})
map_values(map(K,V)) -> array(V): map_values({0})
map_concat(map(K,V), map(K,V)...) -> map(K,V): map_concat({all})
map_from_entries(array(row(K,V))) -> map(K,V): map_from_entries({0})
map_entries(map(K,V)) -> array(row(K,V)):
    list_transform(map_entries({0}), lambda e: struct_pack(field0 := e.key, field1 := e.value))
zip(array(T), array(U)) -> array(row(T,U)):
    list_transform(list_zip({0}, {1}),
    lambda e: struct_pack(field0 := struct_extract_at(e, 1), field1 := struct_extract_at(e, 2)))
"""


def array_join(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Elements as texts; NULLs are left out, or stand as the third argument."""
    element = printed("e", args[0].type.element) if args[0].type.name == "array" else None
    if element is None or len(args) not in {2, 3}:
        raise compiler.wrong_arguments("array_join", args, ["array_join(array(T), varchar)"], at)
    texts = f"list_transform({args[0].sql}, lambda e: {element})"
    if len(args) == 3:
        texts = f"list_transform({texts}, lambda e: coalesce(e, {args[2].sql}))"
    else:
        texts = f"list_filter({texts}, lambda e: e IS NOT NULL)"
    return Typed(f"array_to_string({texts}, {args[1].sql})", types.VARCHAR)


def row(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`ROW(a, b)`: a row of fields without names."""
    parts = ", ".join(f"{name(f'field{n}')} := {arg.sql}" for n, arg in enumerate(args))
    return Typed(f"struct_pack({parts})", types.row(*(("", arg.type) for arg in args)))


def empty_map(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed("MAP {}", types.map_of(types.UNKNOWN, types.UNKNOWN))


SPECIALS: dict[str, Special] = {"array_join": array_join, "row": row, "map/0": empty_map}
