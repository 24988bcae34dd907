"""What bars and lines have in common: measures over one category, a series a measure or a colour, in panels."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.lines import with_reference_lines
from local_aws.dashboards.kinds.picture import (
    PANELS,
    Asked,
    Options,
    Picture,
    axis_range,
    axis_titles,
    data_labels,
    legend,
    palette,
    panels,
)
from local_aws.dashboards.query import Limit, orders

DEFAULT_COLORS = 25


@dataclass(frozen=True)
class Members:
    """What the kind's configuration calls its parts."""

    wells: str
    category_limit: str
    color_limit: str
    category_axis: str
    value_axis: str
    value_range: str


@dataclass(frozen=True)
class Series:
    """The fields of a visual of series."""

    asked: Asked
    members: Members
    multiples: list[Field]
    category: list[Field]
    colors: list[Field]
    measures: list[Field]

    @classmethod
    def of(cls, asked: Asked, members: Members) -> Series:
        """One field of each kind of dimension, and all measures."""
        one = {name: asked.dimensions(members.wells, name)[:1] for name in ("SmallMultiples", "Category", "Colors")}
        measures = asked.measures(members.wells, "Values")
        return cls(asked, members, one["SmallMultiples"], one["Category"], one["Colors"], measures)

    @property
    def sort(self) -> Shape:
        found: Shape = self.asked.configuration.get("SortConfiguration") or {}
        return found

    def picture(self, category_limit: Limit | None, options: Options) -> Picture:
        """The rows, with what every kind of series says to the page.

        :param options: what this kind says beside that.
        """
        configuration, fields = self.asked.configuration, [*self.dimensions, *self.measures]
        limits: list[Limit | None] = []
        keys = []
        for shown, limit, key in (
            (self.multiples, self._limit("SmallMultiplesLimitConfiguration", PANELS, False), "SmallMultiplesSort"),
            (self.category, category_limit, "CategorySort"),
            (self.colors, self._limit(self.members.color_limit, DEFAULT_COLORS, True), "ColorSort"),
        ):
            limits += [limit][: len(shown)]
            keys += [orders(self.sort.get(key), fields, self.asked.wells)][: len(shown)]
        said = {
            **options,
            "categories": len(self.category),
            "colors": len(self.colors),
            "titles": axis_titles(configuration, self.members.category_axis, self.members.value_axis),
            "range": axis_range(configuration.get(self.members.value_range)),
            **palette(configuration),
            **(panels(configuration) if self.multiples else {}),
            **legend(configuration),
            **data_labels(configuration),
        }
        picture = self.asked.grouped(self.dimensions, self.measures, keys, limits, said)
        return with_reference_lines(picture, configuration)

    @property
    def dimensions(self) -> list[Field]:
        return [*self.multiples, *self.category, *self.colors]

    def _limit(self, name: str, default: int, other: bool) -> Limit:
        return Limit.of(self.sort.get(name), default, other)
