"""Sankey diagram: flows from sources to destinations.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/sankey-diagram.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture, data_labels
from local_aws.dashboards.query import Limit, orders

DEFAULT_ITEMS = 30


def draw(asked: Asked) -> Picture:
    wells = "SankeyDiagramAggregatedFieldWells"
    ends = [*asked.dimensions(wells, "Source")[:1], *asked.dimensions(wells, "Destination")[:1]]
    weight = asked.measures(wells, "Weight")[:1]
    sort = asked.configuration.get("SortConfiguration") or {}
    names = ("SourceItemsLimit", "DestinationItemsLimit")
    limits = [Limit.of(sort.get(name), DEFAULT_ITEMS) for name in names][: len(ends)]
    by_weight = orders(sort.get("WeightSort"), [*ends, *weight], asked.wells)
    return asked.grouped(
        ends, weight, [by_weight for _ in ends], limits, {"ends": len(ends), **data_labels(asked.configuration)}
    )
