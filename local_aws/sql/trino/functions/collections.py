"""Array and map functions; those with lambdas are in `lambdas`.

Evidence: https://trino.io/docs/current/functions/array.html and …/map.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.casts import printed
from local_aws.sql.trino.typed import At, Typed, coerce, name

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

_MOST_COMBINED = 5
TABLE = """
cardinality(array(T)) -> bigint: CAST(len({0}) AS BIGINT)
cardinality(map(K,V)) -> bigint: CAST(cardinality({0}) AS BIGINT)
element_at(array(T), bigint) -> T: CASE WHEN {1} = 0
    THEN CAST(failed('SQL array indices start at 1') AS {type}) ELSE ({0})[{1}] END
element_at(map(K,V), K) -> V: ({0})[{1}]
contains(array(T), T) -> boolean: CASE WHEN list_contains({0}, {1}) THEN TRUE WHEN has_null({0}) THEN NULL
    ELSE list_contains({0}, {1}) END
contains_sequence(array(T), array(T)) -> boolean: CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN
    len(list_filter(range(1, len({0}) - len({1}) + 2), lambda z: list_slice({0}, z, z + len({1}) - 1) = {1})) > 0 END
array_first(array(T)) -> T: ({0})[1]
array_last(array(T)) -> T: ({0})[-1]
array_distinct(array(T)) -> array(T): distinct_of({0})
array_sort(array(O)) -> array(O): list_sort({0}, 'ASC', 'NULLS LAST')
array_max(array(O)) -> O: CASE WHEN NOT has_null({0}) THEN list_max({0}) END
array_min(array(O)) -> O: CASE WHEN NOT has_null({0}) THEN list_min({0}) END
array_sum(array(bigint)) -> bigint: CAST(list_sum({0}) AS BIGINT)
array_position(array(T), T) -> bigint: CASE WHEN {1} IS NOT NULL THEN coalesce(list_position({0}, {1}), 0) END
array_remove(array(T), T) -> array(T): CASE WHEN {1} IS NOT NULL THEN
    list_filter({0}, lambda z: z IS DISTINCT FROM {1}) END
array_union(array(T), array(T)) -> array(T): CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL
    THEN distinct_of(list_concat({0}, {1})) END
array_intersect(array(T), array(T)) -> array(T): CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL
    THEN except_of({0}, except_of({0}, {1})) END
array_except(array(T), array(T)) -> array(T): CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL
    THEN except_of({0}, {1}) END
arrays_overlap(array(T), array(T)) -> boolean: CASE WHEN list_has_any({0}, {1}) THEN TRUE
    WHEN has_null({0}) OR has_null({1}) THEN NULL ELSE list_has_any({0}, {1}) END
flatten(array(array(T))) -> array(T): flatten({0})
array_histogram(array(T)) -> map(T,bigint):
    CASE WHEN {0} IS NOT NULL THEN CAST(coalesce(list_aggregate({0}, 'histogram'), MAP {}) AS {type}) END
array_frequency(array(T)) -> map(T,integer):
    CASE WHEN {0} IS NOT NULL THEN CAST(coalesce(list_aggregate({0}, 'histogram'), MAP {}) AS {type}) END
trim_array(array(T), bigint) -> array(T): CASE WHEN {1} BETWEEN 0 AND len({0})
    THEN list_slice({0}, 1, len({0}) - {1}) WHEN {0} IS NULL OR {1} IS NULL THEN NULL
    ELSE CAST(failed('size must not exceed array cardinality ' || len({0}) || ': ' || {1}) AS {type}) END
slice(array(T), bigint, bigint) -> array(T): CASE
    WHEN {1} = 0 THEN CAST(failed('SQL array indices start at 1') AS {type})
    WHEN {2} < 0 THEN CAST(failed('length must be greater than or equal to 0') AS {type})
    WHEN {1} < -len({0}) OR {2} = 0 THEN list_slice({0}, 1, 0)
    WHEN {1} < 0 THEN list_slice({0}, len({0}) + 1 + {1}, len({0}) + {1} + {2})
    ELSE list_slice({0}, {1}, {1} + {2} - 1) END
ngrams(array(T), bigint) -> array(array(T)): list_transform(
    range(1, greatest(len({0}) - {1} + 1, 1) + 1), lambda z: list_slice({0}, z, z + {1} - 1))
shuffle(array(T)) -> array(T): list_transform(list_sort(list_transform({0}, lambda z:
    struct_pack(r := random(), v := z))), lambda z: z.v)
repeat(T, bigint) -> array(T): list_transform(range({1}), lambda z: {0})
euclidean_distance(array(double), array(double)) -> double: list_distance(same_size({0}, {1}), {1})
dot_product(array(double), array(double)) -> double: list_inner_product(same_size({0}, {1}), {1})
cosine_similarity(array(double), array(double)) -> double: list_cosine_similarity(same_size({0}, {1}), {1})
cosine_distance(array(double), array(double)) -> double: (1 - list_cosine_similarity(same_size({0}, {1}), {1}))
cosine_similarity(map(varchar,double), map(varchar,double)) -> double: map_cosine({0}, {1})
cosine_distance(map(varchar,double), map(varchar,double)) -> double: (1 - map_cosine({0}, {1}))
sequence(bigint, bigint) -> array(bigint):
    generate_series({0}, {1}, checked_step({0}, {1}, CASE WHEN {0} <= {1} THEN 1 ELSE -1 END))
sequence(bigint, bigint, bigint) -> array(bigint): generate_series({0}, {1}, checked_step({0}, {1}, {2}))
sequence(date, date) -> array(date):
    list_transform(generate_series({0}, {1}, CASE WHEN {0} <= {1} THEN INTERVAL 1 DAY ELSE -(INTERVAL 1 DAY) END),
    lambda e: CAST(e AS DATE))
sequence(date, date, interval day to second) -> array(date):
    list_transform(generate_series({0}, {1}, moving_step({0}, {1}, whole_days({2}))), lambda e: CAST(e AS DATE))
sequence(date, date, interval year to month) -> array(date):
    list_transform(month_series({0}, {1}, {2}), lambda e: CAST(e AS DATE))
sequence(timestamp, timestamp, interval day to second) -> array(timestamp):
    generate_series({0}, {1}, moving_step({0}, {1}, {2}))
sequence(timestamp, timestamp, interval year to month) -> array(timestamp):
    list_transform(month_series({0}, {1}, {2}), lambda e: CAST(e AS TIMESTAMP))
map(array(K), array(V)) -> map(K,V): CASE
    WHEN len({0}) <> len({1}) THEN CAST(failed('Key and value arrays must be the same length') AS {type})
    WHEN checked_keys({0}) IS NULL THEN map({0}, {1}) END
map_keys(map(K,V)) -> array(K): map_keys({0})
map_values(map(K,V)) -> array(V): map_values({0})
map_concat(map(K,V), map(K,V)...) -> map(K,V): map_concat({all})
map_from_entries(array(row(K,V))) -> map(K,V): from_entries(list_transform({0},
    lambda e: struct_pack(k := struct_extract_at(e, 1), v := struct_extract_at(e, 2))))
multimap_from_entries(array(row(K,V))) -> map(K,array(V)): CASE WHEN len({0}) = 0 THEN CAST(MAP {} AS {type})
    ELSE all_entries(list_transform({0},
    lambda e: struct_pack(k := struct_extract_at(e, 1), v := struct_extract_at(e, 2)))) END
map_entries(map(K,V)) -> array(row(K,V)):
    list_transform(map_entries({0}), lambda e: struct_pack(field0 := e.key, field1 := e.value))
"""


def zipped(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`zip(a, b, …)`: rows of the elements side by side, NULL where an array has no more; NULL if one is NULL."""
    if any(arg.type.name != "array" for arg in args):
        raise compiler.wrong_arguments("zip", args, ["zip(array(T1), array(T2))"], at)
    parts = ", ".join(f"field{n} := struct_extract_at(e, {n + 1})" for n in range(len(args)))
    made = f"list_transform(list_zip({', '.join(arg.sql for arg in args)}), lambda e: struct_pack({parts}))"
    missing = " OR ".join(f"{arg.sql} IS NULL" for arg in args)
    kind = types.array(types.row(*(("", arg.type.element) for arg in args)))
    return Typed(f"CASE WHEN {missing} THEN NULL ELSE {made} END", kind)


def array_position(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """The place of an element's n-th occurrence, counted from the end for a negative n; 0 if there are not so many."""
    kind = compiler.common_of([args[0].type.element, args[1].type], at)
    array, sought = coerce(args[0], types.array(kind)).sql, coerce(args[1], kind).sql
    places = f"list_filter(list_transform({array}, lambda z, i: CASE WHEN z = {sought} THEN i END), lambda z: z > 0)"
    zero = "CAST(failed('array_position cannot take a 0-valued instance argument.') AS BIGINT)"
    found = f"coalesce(({places})[{args[2].sql}], 0)"
    missing = " OR ".join(f"{arg.sql} IS NULL" for arg in args)
    return Typed(f"CASE WHEN {missing} THEN NULL WHEN {args[2].sql} = 0 THEN {zero} ELSE {found} END", types.BIGINT)


def combinations(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`combinations(array, n)`: the sub-groups of n elements, up to five, in the order of their places."""
    if len(args) != 2 or args[0].type.name != "array" or not args[1].type.is_integer:
        raise compiler.wrong_arguments("combinations", args, ["combinations(array(T), integer)"], at)
    if args[1].constant is None:
        raise unsupported("combinations of a size that is no literal", at)
    size, array = int(args[1].constant), args[0].sql
    if not 0 <= size <= _MOST_COMBINED:
        reason = "combination size must not be negative" if size < 0 else "combination size must not exceed 5"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"{reason}: {size}", at)
    places = "[CAST([] AS BIGINT[])]"
    for _ in range(size):
        last = "coalesce(p[-1], 0)"
        grown = f"list_transform(range({last} + 1, len({array}) + 1), lambda q: list_append(p, q))"
        places = f"flatten(list_transform({places}, lambda p: {grown}))"
    made = f"list_transform({places}, lambda p: list_select({array}, p))"
    return Typed(f"CASE WHEN {array} IS NOT NULL THEN {made} END", types.array(args[0].type))


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


SPECIALS: dict[str, Special] = {
    "array_join": array_join,
    "array_position/3": array_position,
    "combinations": combinations,
    "row": row,
    "map/0": empty_map,
    "zip": zipped,
}
