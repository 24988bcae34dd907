"""Pivot table: measures by rows and columns, laid out by the page.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/pivot-table.html. Deviates: no subtotals yet.
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.query import Order


def draw(asked: Asked) -> Picture:
    wells = "PivotTableAggregatedFieldWells"
    rows, columns = asked.dimensions(wells, "Rows"), asked.dimensions(wells, "Columns")
    measures = asked.measures(wells, "Values")
    dimensions = [*rows, *columns]
    sort = (asked.configuration.get("SortConfiguration") or {}).get("FieldSortOptions") or ()
    directions = {each["FieldId"]: (each["SortBy"].get("Field") or {}).get("Direction", "ASC") for each in sort}
    keys = [[Order("", directions.get(each.id, "ASC"), number)] for number, each in enumerate(dimensions)]
    options = {"rows": len(rows), "columns": len(columns)}
    return asked.grouped(dimensions, measures, keys, (), options)
