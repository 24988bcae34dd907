"""Maps: countries filled by a measure, and points. Places that the map has not are named in the note.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/filled-maps.html and geospatial-charts.html.
Deviates: the world's countries are the only shapes on board; fields that are no countries or coordinates (states,
cities, postcodes) are drawn as a ranked list, which the note says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from local_aws.dashboards.countries import middle_of, shape_of
from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.query import Limit, orders

PLACES = 5_000
LISTED = "a map in QuickSight: here a ranked list, for its places are no countries"


def filled(asked: Asked) -> Picture:
    picture = _places(asked, "FilledMapAggregatedFieldWells", 1)
    if not picture.options["groups"]:
        return picture
    return _noted(picture, [shape_of(row[0]) for row in picture.rows], "shapes")


def points(asked: Asked) -> Picture:
    picture = _places(asked, "GeospatialMapAggregatedFieldWells", 2)
    count = picture.options["groups"]
    if not count:
        return picture
    across = _coordinate(asked, picture.fields[:count], "lon", "LONGITUDE")
    down = _coordinate(asked, picture.fields[:count], "lat", "LATITUDE")
    if across is not None and down is not None:
        spots: list[Any] = [_numbers(row[across], row[down]) for row in picture.rows]
    else:
        spots = [middle_of(row[0]) for row in picture.rows]
    return _noted(picture, spots, "spots")


def _places(asked: Asked, wells: str, most: int) -> Picture:
    where, measures = asked.dimensions(wells, "Geospatial")[:most], asked.measures(wells, "Values")
    keys = [orders((asked.configuration.get("SortConfiguration") or {}).get("CategorySort"), where, asked.wells)]
    limits = [Limit(PLACES, other=False) for _ in where]
    return asked.grouped(where, measures, keys[: len(where)], limits, {"groups": len(where)})


def _coordinate(asked: Asked, fields: Sequence[Field], word: str, role: str) -> int | None:
    """The position of the longitude or latitude: by its geographic role, else by its name."""
    for at, each in enumerate(fields):
        column = asked.wells.scope.columns.get(each.column)
        if (column and ("ColumnGeographicRole", role) in column.tags) or each.column.lower().startswith(word):
            return at
    return None


def _numbers(across: Any, down: Any) -> list[float] | None:
    try:
        return [float(across), float(down)]
    except (TypeError, ValueError):
        return None


def _noted(picture: Picture, found: Sequence[Any], name: str) -> Picture:
    named = sorted({str(row[0]) for row, spot in zip(picture.rows, found, strict=True) if spot is None})
    if len(named) == len(picture.rows):
        return replace(picture, note="; ".join(each for each in (LISTED, picture.note) if each))
    note = picture.note
    if named:
        listed = ", ".join(named[:5]) + (" …" if len(named) > 5 else "")
        note = "; ".join(each for each in (f"not on the map: {listed}", picture.note) if each)
    return replace(picture, options={**picture.options, name: list(found)}, note=note)
