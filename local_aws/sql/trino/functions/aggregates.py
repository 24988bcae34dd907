"""Aggregate and window functions. `{distinct}`, `{order}` and `{tail}` (FILTER, OVER)
in a template are where those clauses go; `{tail}` goes last where the template does not say.

`approx_percentile` is exact here and `approx_distinct` a HyperLogLog of DuckDB's; `checksum` is of another hash.
Evidence: https://trino.io/docs/current/functions/aggregate.html and …/window.html
"""

TABLE = """
count(T) -> bigint: count({distinct}{0})
count_if(boolean) -> bigint: count(CASE WHEN {0} THEN 1 END){tail}
sum(I) -> bigint: CAST(sum({distinct}{0}){tail} AS BIGINT)
sum(real) -> real: CAST(sum({distinct}{0}){tail} AS FLOAT)
sum(double) -> double: sum({distinct}{0})
sum(interval day to second) -> interval day to second: to_milliseconds(CAST(sum(in_millis({0})){tail} AS BIGINT))
sum(interval year to month) -> interval year to month: to_months(CAST(sum(in_months({0})){tail} AS INTEGER))
avg(interval day to second) -> interval day to second: to_milliseconds(CAST(round(avg(in_millis({0})){tail}) AS BIGINT))
avg(interval year to month) -> interval year to month: to_months(CAST(round(avg(in_months({0})){tail}) AS INTEGER))
avg(I) -> double: avg({distinct}{0})
avg(real) -> real: CAST(avg({distinct}{0}){tail} AS FLOAT)
avg(double) -> double: avg({distinct}{0})
min(O) -> O: min({0})
max(O) -> O: max({0})
min_by(T, O) -> T: arg_min_null({0}, {1})
max_by(T, O) -> T: arg_max_null({0}, {1})
min_by(T, O, bigint) -> array(T): list_transform(arg_min(struct_pack(v := {0}), {1}, {2}){tail}, lambda e: e.v)
max_by(T, O, bigint) -> array(T): list_transform(arg_max(struct_pack(v := {0}), {1}, {2}){tail}, lambda e: e.v)
arbitrary(T) -> T: any_value({0})
any_value(T) -> T: any_value({0})
array_agg(T) -> array(T): list({distinct}{0}{order})
set_agg(T) -> array(T): list(DISTINCT {0})
approx_distinct(T) -> bigint: approx_count_distinct({0})
approx_distinct(T, double) -> bigint: approx_count_distinct({0})
approx_percentile(N, double) -> N: quantile_disc({0}, {1})
approx_percentile(N, bigint, double) -> N: CAST(py_weighted_percentile(list(CAST({0} AS DOUBLE)){tail},
    list(CAST({1} AS DOUBLE)){tail}, {2}) AS {type})
approx_percentile(N, double, double) -> N: CAST(py_weighted_percentile(list(CAST({0} AS DOUBLE)){tail},
    list({1}){tail}, {2}) AS {type})
approx_most_frequent(bigint, T, bigint) -> map(T,bigint): most_frequent(CAST(histogram({1}){tail} AS {type}), {0})
numeric_histogram(bigint, double) -> map(double,double): py_numeric_histogram({0}, list({1}){tail},
    list(CASE WHEN {1} IS NOT NULL THEN CAST(1 AS DOUBLE) END){tail})
numeric_histogram(bigint, double, double) -> map(double,double): py_numeric_histogram({0}, list({1}){tail},
    list({2}){tail})
entropy(double) -> double: CASE WHEN min({0}){tail} < 0 THEN CAST(failed('Entropy count argument must be non-negative')
    AS DOUBLE) ELSE greatest(0, log2(sum({0}){tail}) - sum(CASE WHEN {0} > 0 THEN {0} * log2({0}) ELSE 0 END){tail}
    / sum({0}){tail}) END
map_union(map(K,V)) -> map(K,V): first_entries(flatten(list_transform(list({0}){tail},
    lambda m: list_transform(map_entries(m), lambda e: struct_pack(k := e.key, v := e.value)))))
approx_percentile(N, array(double)) -> array(N): quantile_disc({0}, {1})
bool_and(boolean) -> boolean: bool_and({0})
bool_or(boolean) -> boolean: bool_or({0})
every(boolean) -> boolean: bool_and({0})
stddev(double) -> double: stddev_samp({0})
stddev_samp(double) -> double: stddev_samp({0})
stddev_pop(double) -> double: stddev_pop({0})
variance(double) -> double: var_samp({0})
var_samp(double) -> double: var_samp({0})
var_pop(double) -> double: var_pop({0})
corr(double, double) -> double: finite(corr({0}, {1}){tail})
covar_pop(double, double) -> double: covar_pop({0}, {1})
covar_samp(double, double) -> double: covar_samp({0}, {1})
geometric_mean(double) -> double: exp(avg(log_of({0})){tail})
histogram(T) -> map(T,bigint): CAST(histogram({0}){tail} AS {type})
map_agg(K, V) -> map(K,V): first_entries(list(struct_pack(k := {0}, v := {1})){tail})
listagg(varchar, varchar) -> varchar: within_limit(string_agg({distinct}{0}, {1}{order}){tail}, {overflow})
checksum(T) -> varbinary: checksum_of(sum(CAST(hash({0}) AS HUGEINT)){tail})
bitwise_and_agg(bigint) -> bigint: bit_and({0})
bitwise_or_agg(bigint) -> bigint: bit_or({0})
bitwise_xor_agg(bigint) -> bigint: bit_xor({0})
min(O, bigint) -> array(O): min({0}, {1})
max(O, bigint) -> array(O): max({0}, {1})
regr_slope(double, double) -> double: finite(regr_slope({0}, {1}){tail})
regr_intercept(double, double) -> double: finite(regr_intercept({0}, {1}){tail})
kurtosis(double) -> double: finite(kurtosis({0}){tail})
skewness(double) -> double: finite(skewness({0}){tail} * (count({0}){tail} - 2)
    / sqrt(nullif(count({0}){tail} * (count({0}){tail} - 1), 0)))
multimap_agg(K, V) -> map(K,array(V)): all_entries(list(struct_pack(k := {0}, v := {1})){tail})
"""

WINDOWS = """
row_number() -> bigint: row_number()
rank() -> bigint: rank()
dense_rank() -> bigint: dense_rank()
percent_rank() -> double: percent_rank()
cume_dist() -> double: cume_dist()
ntile(bigint) -> bigint: ntile({0})
lag(T) -> T: lag({0}{nulls})
lag(T, bigint) -> T: lag({0}, row_offset({1}, 0){nulls})
lag(T, bigint, T) -> T: lag({0}, row_offset({1}, 0), {2}{nulls})
lead(T) -> T: lead({0}{nulls})
lead(T, bigint) -> T: lead({0}, row_offset({1}, 0){nulls})
lead(T, bigint, T) -> T: lead({0}, row_offset({1}, 0), {2}{nulls})
first_value(T) -> T: first_value({0}{nulls})
last_value(T) -> T: last_value({0}{nulls})
nth_value(T, bigint) -> T: nth_value({0}, row_offset({1}, 1){nulls})
"""
