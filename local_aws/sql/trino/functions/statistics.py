"""What Trino computes of a distribution or of all values of a group, in Python.

Evidence: https://trino.io/docs/current/functions/aggregate.html and …/math.html
"""

from __future__ import annotations

import math
from statistics import NormalDist

from local_aws.sql.trino.functions.rows import failure


def normal_cdf(mean: float, deviation: float, value: float) -> float:
    if deviation <= 0:
        raise failure("standardDeviation must be > 0")
    return 0.5 * (1 + math.erf((value - mean) / (deviation * math.sqrt(2))))


def inverse_normal_cdf(mean: float, deviation: float, chance: float) -> float:
    if not 0 < chance < 1:
        raise failure("p must be 0 > p > 1")
    if deviation <= 0:
        raise failure("sd must be > 0")
    return NormalDist(mean, deviation).inv_cdf(chance)


def numeric_histogram(buckets: int, values: list[float], weights: list[float]) -> list[tuple[float, float]]:
    """Values and weights, the two nearest joined until there are no more than `buckets`."""
    if buckets < 2:
        raise failure("numeric_histogram bucket count must be greater than one")
    bins: list[tuple[float, float]] = []
    for value, weight in sorted(zip(values, weights, strict=True)):
        if bins and bins[-1][0] == value:
            bins[-1] = (value, bins[-1][1] + weight)
        else:
            bins.append((value, weight))
    while len(bins) > buckets:
        at = min(range(len(bins) - 1), key=lambda n: bins[n + 1][0] - bins[n][0])
        (a, many), (b, more) = bins[at], bins[at + 1]
        bins[at : at + 2] = [((a * many + b * more) / (many + more), many + more)]
    return bins


def weighted_percentile(values: list[float], weights: list[float], share: float) -> float | None:
    """The first value, in order, by which that share of all weight is reached."""
    if not 0 <= share <= 1:
        raise failure("percentile must be between 0 and 1, inclusive")
    pairs, reached = sorted(zip(values, weights, strict=True)), 0.0
    whole = sum(weights)
    for value, weight in pairs:
        reached += weight
        if reached >= share * whole:
            return value
    return pairs[-1][0] if pairs else None
