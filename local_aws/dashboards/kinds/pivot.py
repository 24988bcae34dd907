"""Pivot table: measures by rows and columns, laid out by the page; totals and subtotals computed from the rows.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/pivot-table.html and API_PivotTableTotalOptions.html.
Read so: `RowTotalOptions` is the total of all rows, a line below; `ColumnTotalOptions` that of all columns, a column at
the right; subtotals are of the first row field. Totals aggregate their rows anew, as a distinct count needs it.
"""

from __future__ import annotations

from typing import Any

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.conditional import rules_of
from local_aws.dashboards.kinds.picture import Asked, Options, Picture
from local_aws.dashboards.query import Order


def draw(asked: Asked) -> Picture:
    wells = "PivotTableAggregatedFieldWells"
    rows, columns = asked.dimensions(wells, "Rows"), asked.dimensions(wells, "Columns")
    measures = asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = (configuration.get("SortConfiguration") or {}).get("FieldSortOptions") or ()
    by = {each["FieldId"]: each["SortBy"] for each in sort}
    fields = [*rows, *columns, *measures]
    keys = [_order(by.get(each.id) or {}, number, fields) for number, each in enumerate([*rows, *columns])]
    totals = configuration.get("TotalOptions") or {}
    options: Options = {
        "rows": len(rows),
        "columns": len(columns),
        "gradients": rules_of(asked.visual, asked.wells).gradients,
        "hideSingleMeasure": (configuration.get("TableOptions") or {}).get("SingleMetricVisibility") == "HIDDEN",
    }
    if _visible(totals.get("RowTotalOptions")) and rows:
        options["total"] = _label(totals["RowTotalOptions"], "Total")
        options["bottom"] = _rows(asked, columns, measures)
    if _visible(totals.get("ColumnTotalOptions")) and columns:
        options["side"] = _label(totals["ColumnTotalOptions"], "Total")
        options["right"] = _rows(asked, rows, measures)
        options["corner"] = _rows(asked, [], measures)
    if _visible(totals.get("RowSubtotalOptions")) and len(rows) > 1:
        options["subtotal"] = _label(totals["RowSubtotalOptions"], "Subtotal")
        options["between"] = _rows(asked, [rows[0], *columns], measures)
        if "side" in options:
            options["betweenRight"] = _rows(asked, [rows[0]], measures)
    return asked.grouped([*rows, *columns], measures, keys, (), options)


def _order(by: Shape, number: int, fields: list[Field]) -> list[Order]:
    given = by.get("Field") or {}
    wanted = next((each for each in fields if each.id == given.get("FieldId")), None)
    if wanted is not None and wanted.role == "measure":
        return [Order("", given.get("Direction", "DESC"), number, of=wanted.sql.text)]
    return [Order("", given.get("Direction", "ASC"), number)]


def _rows(asked: Asked, dimensions: list[Field], measures: list[Field]) -> list[list[Any]]:
    return asked.grouped(dimensions, measures).rows


def _visible(options: Shape | None) -> bool:
    return (options or {}).get("TotalsVisibility") == "VISIBLE"


def _label(options: Shape, default: str) -> str:
    return options.get("CustomLabel") or default
