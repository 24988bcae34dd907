"""Charts of one list of items: funnel, tree map, radar chart, word cloud.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/working-with-visual-types.html, a page a kind.
Deviates: a word cloud is drawn as ranked bars, which the note says.
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.dashboards.kinds.picture import Asked, Picture, data_labels, legend
from local_aws.dashboards.query import Limit, orders

FUNNEL_STAGES, TREE_ITEMS, RADAR_AXES, RADAR_COLORS, WORDS = 20, 100, 24, 25, 100


def funnel(asked: Asked) -> Picture:
    wells = "FunnelChartAggregatedFieldWells"
    category, measures = asked.dimensions(wells, "Category")[:1], asked.measures(wells, "Values")[:1]
    sort = asked.configuration.get("SortConfiguration") or {}
    limits = [Limit.of(sort.get("CategoryItemsLimit"), FUNNEL_STAGES)][: len(category)]
    keys = [orders(sort.get("CategorySort"), [*category, *measures], asked.wells)][: len(category)]
    options = {"categories": len(category), **data_labels(asked.configuration)}
    return asked.grouped(category, measures, keys, limits, options)


def tree_map(asked: Asked) -> Picture:
    wells = "TreeMapAggregatedFieldWells"
    groups = asked.dimensions(wells, "Groups")[:1]
    sizes, colors = asked.measures(wells, "Sizes")[:1], asked.measures(wells, "Colors")[:1]
    sort = asked.configuration.get("SortConfiguration") or {}
    limits = [Limit.of(sort.get("TreeMapGroupItemsLimitConfiguration"), TREE_ITEMS)][: len(groups)]
    keys = [orders(sort.get("TreeMapSort"), [*groups, *sizes, *colors], asked.wells)][: len(groups)]
    options = {"groups": len(groups), "sizes": len(sizes), "colors": len(colors)}
    return asked.grouped(groups, [*sizes, *colors], keys, limits, options)


def radar(asked: Asked) -> Picture:
    wells = "RadarChartAggregatedFieldWells"
    category, colors = asked.dimensions(wells, "Category")[:1], asked.dimensions(wells, "Color")[:1]
    measures = asked.measures(wells, "Values")
    sort = asked.configuration.get("SortConfiguration") or {}
    fields = [*category, *colors, *measures]
    limits = [Limit.of(sort.get("CategoryItemsLimit"), RADAR_AXES)][: len(category)]
    limits += [Limit.of(sort.get("ColorItemsLimit"), RADAR_COLORS)][: len(colors)]
    keys = [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    keys += [orders(sort.get("ColorSort"), fields, asked.wells)][: len(colors)]
    options = {"categories": len(category), "colors": len(colors), **legend(asked.configuration)}
    return asked.grouped([*category, *colors], measures, keys, limits, options)


def word_cloud(asked: Asked) -> Picture:
    wells = "WordCloudAggregatedFieldWells"
    groups, sizes = asked.dimensions(wells, "GroupBy")[:1], asked.measures(wells, "Size")[:1]
    sort = asked.configuration.get("SortConfiguration") or {}
    limits = [Limit.of(sort.get("CategoryItemsLimit"), WORDS, other=False)][: len(groups)]
    keys = [orders(sort.get("CategorySort"), [*groups, *sizes], asked.wells)][: len(groups)]
    picture = asked.grouped(groups, sizes, keys, limits, {"groups": len(groups)})
    return replace(picture, note=_noted("a word cloud in QuickSight: here a ranked list", picture.note))


def _noted(*notes: str | None) -> str:
    return "; ".join(each for each in notes if each)
