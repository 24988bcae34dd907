"""A Definition with a visual of every kind over the retail order lines, and the SQL of the numbers to be drawn."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]
LINES = "sales.fact_order_lines"
GBP = {"FormatConfiguration": {"CurrencyDisplayFormatConfiguration": {
    "Symbol": "GBP", "DecimalPlacesConfiguration": {"DecimalPlaces": 0}}}}  # fmt: skip


def column(name: str) -> Shape:
    return {"DataSetIdentifier": "lines", "ColumnName": name}


def by(name: str, field_id: str | None = None) -> Shape:
    return {"CategoricalDimensionField": {"FieldId": field_id or name, "Column": column(name)}}


def day(granularity: str = "DAY", field_id: str = "day") -> Shape:
    return {"DateDimensionField": {
        "FieldId": field_id, "Column": column("order_day"), "DateGranularity": granularity}}  # fmt: skip


def total(name: str, function: str = "SUM", field_id: str | None = None) -> Shape:
    field: Shape = {"FieldId": field_id or f"{name}-{function}", "Column": column(name)}
    field["AggregationFunction"] = {"SimpleNumericalAggregation": function}
    if name == "revenue":
        field["FormatConfiguration"] = GBP
    return {"NumericalMeasureField": field}


def distinct(name: str) -> Shape:
    return {"CategoricalMeasureField": {
        "FieldId": f"{name}-distinct", "Column": column(name), "AggregationFunction": "DISTINCT_COUNT"}}  # fmt: skip


def chart(kind: str, visual_id: str, wells: Shape, title: str, **configuration: Any) -> Shape:
    more = {"ConditionalFormatting": configuration.pop("conditional")} if "conditional" in configuration else {}
    return {kind: {
        "VisualId": visual_id,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}},
        "ChartConfiguration": {"FieldWells": wells, **configuration},
        **more,
    }}  # fmt: skip


REVENUE, UNITS = total("revenue"), total("quantity")
VISIBLE = {"TotalsVisibility": "VISIBLE"}
RISKY = {"ConditionalFormattingOptions": [
    {"Cell": {"FieldId": "revenue-SUM", "TextFormat": {"BackgroundColor": {"Gradient": {
        "Expression": "SUM({revenue})", "Color": {"Stops": [
            {"GradientOffset": 0.0, "Color": "#FFFFFF"}, {"GradientOffset": 100.0, "Color": "#2F6690"}]}}}}}},
    {"Cell": {"FieldId": "country", "TextFormat": {"TextColor": {"Solid": {
        "Expression": "SUM({quantity}) > 300", "Color": "#B3322B"}}}}},
]}  # fmt: skip


def _insight() -> Shape:
    computations = [
        {"PeriodOverPeriod": {"ComputationId": "pop", "Name": "pop", "Time": day(), "Value": REVENUE}},
        {"TopBottomRanked": {"ComputationId": "top", "Name": "top", "Category": by("country"), "Value": REVENUE,
                             "Type": "TOP", "ResultSize": 2}},
        {"MaximumMinimum": {"ComputationId": "max", "Name": "max", "Time": day(), "Value": REVENUE,
                            "Type": "MAXIMUM"}},
        {"TopBottomMovers": {"ComputationId": "move", "Name": "move", "Time": day(), "Category": by("country"),
                             "Value": REVENUE, "Type": "TOP", "MoverSize": 2}},
        {"UniqueValues": {"ComputationId": "unique", "Name": "unique", "Category": by("stock_code")}},
    ]  # fmt: skip
    title = {"Visibility": "VISIBLE", "FormatText": {"PlainText": "What happened"}}
    return {"InsightVisual": {"VisualId": "insight", "Title": title, "DataSetIdentifier": "lines",
                              "InsightConfiguration": {"Computations": computations}}}  # fmt: skip


def visuals() -> list[Shape]:
    """One visual a kind, and a second where a kind has two faces."""
    limit = {"ItemsLimit": 6, "OtherCategories": "EXCLUDE"}
    return [
        chart("KPIVisual", "kpi", {"Values": [REVENUE], "TrendGroups": [day()]}, "Revenue, latest day",
              KPIOptions={"Sparkline": {"Visibility": "VISIBLE", "Type": "AREA"}}),
        chart("GaugeChartVisual", "gauge", {"Values": [UNITS], "TargetValues": [total("is_cancellation")]}, "Units"),
        _insight(),
        chart("ComboChartVisual", "combo", {"ComboChartAggregatedFieldWells": {
            "Category": [day()], "BarValues": [REVENUE], "LineValues": [distinct("invoice_no")]}},
            "Revenue and invoices by day"),
        chart("ComboChartVisual", "combo-colors", {"ComboChartAggregatedFieldWells": {
            "Category": [day("WEEK")], "Colors": [by("country")], "BarValues": [REVENUE],
            "LineValues": [distinct("invoice_no")]}}, "Revenue by country, invoices", BarsArrangement="STACKED"),
        chart("BarChartVisual", "bar", {"BarChartAggregatedFieldWells": {
            "Category": [by("country")], "Colors": [by("is_known_customer")], "Values": [REVENUE]}},
            "Known and unknown customers", BarsArrangement="STACKED_PERCENT", Orientation="HORIZONTAL"),
        chart("LineChartVisual", "line", {"LineChartAggregatedFieldWells": {
            "Category": [day()], "Colors": [by("country")], "Values": [REVENUE]}}, "By country", Type="STACKED_AREA",
            SortConfiguration={"ColorItemsLimitConfiguration": {"ItemsLimit": 4}}),
        chart("PieChartVisual", "pie", {"PieChartAggregatedFieldWells": {
            "Category": [by("country")], "Values": [REVENUE]}}, "Share of countries"),
        chart("PivotTableVisual", "pivot", {"PivotTableAggregatedFieldWells": {
            "Rows": [by("country"), by("is_cancellation")], "Columns": [day("WEEK")],
            "Values": [REVENUE, distinct("invoice_no")]}}, "Country by week",
            TotalOptions={"RowTotalOptions": VISIBLE, "ColumnTotalOptions": VISIBLE, "RowSubtotalOptions": VISIBLE}),
        chart("TableVisual", "table", {"TableAggregatedFieldWells": {
            "GroupBy": [by("country")], "Values": [REVENUE, UNITS]}}, "Countries", TotalOptions=VISIBLE,
            conditional=RISKY),
        chart("HeatMapVisual", "heat", {"HeatMapAggregatedFieldWells": {
            "Rows": [by("country")], "Columns": [day()], "Values": [REVENUE]}}, "Country by day"),
        chart("ScatterPlotVisual", "scatter", {"ScatterPlotCategoricallyAggregatedFieldWells": {
            "XAxis": [UNITS], "YAxis": [REVENUE], "Category": [by("country")], "Size": [distinct("invoice_no")]}},
            "Units and revenue"),
        chart("FunnelChartVisual", "funnel", {"FunnelChartAggregatedFieldWells": {
            "Category": [by("country")], "Values": [REVENUE]}}, "Funnel",
            SortConfiguration={"CategoryItemsLimit": limit}),
        chart("TreeMapVisual", "tree", {"TreeMapAggregatedFieldWells": {
            "Groups": [by("country")], "Sizes": [REVENUE], "Colors": [UNITS]}}, "Tree map"),
        chart("WaterfallVisual", "waterfall", {"WaterfallChartAggregatedFieldWells": {
            "Categories": [by("country")], "Values": [REVENUE]}}, "How countries add up"),
        chart("HistogramVisual", "histogram", {"HistogramAggregatedFieldWells": {"Values": [total("quantity")]}},
              "Units a line", BinOptions={"SelectedBinType": "BIN_WIDTH", "BinWidth": {"Value": 3.0}}),
        chart("BoxPlotVisual", "box", {"BoxPlotAggregatedFieldWells": {
            "GroupBy": [by("country")], "Values": [total("unit_price")]}}, "Unit price"),
        chart("SankeyDiagramVisual", "sankey", {"SankeyDiagramAggregatedFieldWells": {
            "Source": [by("country")], "Destination": [by("is_known_customer")], "Weight": [UNITS]}}, "Flow"),
        chart("RadarChartVisual", "radar", {"RadarChartAggregatedFieldWells": {
            "Category": [by("country")], "Color": [by("is_known_customer")], "Values": [UNITS]}}, "Radar"),
        chart("WordCloudVisual", "words", {"WordCloudAggregatedFieldWells": {
            "GroupBy": [by("description")], "Size": [UNITS]}}, "Words"),
        chart("FilledMapVisual", "map", {"FilledMapAggregatedFieldWells": {
            "Geospatial": [by("country")], "Values": [REVENUE]}}, "Map"),
        chart("GeospatialMapVisual", "points", {"GeospatialMapAggregatedFieldWells": {
            "Geospatial": [by("country")], "Values": [UNITS]}}, "Points"),
        chart("BarChartVisual", "panels", {"BarChartAggregatedFieldWells": {
            "Category": [by("is_known_customer")], "Colors": [by("is_cancellation")], "Values": [UNITS],
            "SmallMultiples": [by("country")]}}, "Small multiples", BarsArrangement="STACKED",
            SmallMultiplesOptions={"MaxVisibleColumns": 4, "MaxVisibleRows": 3}),
        chart("LineChartVisual", "line-panels", {"LineChartAggregatedFieldWells": {
            "Category": [day()], "Values": [REVENUE], "SmallMultiples": [by("country")]}}, "Lines in small multiples",
            Type="AREA", SortConfiguration={"SmallMultiplesLimitConfiguration": {"ItemsLimit": 6}}),
        chart("BarChartVisual", "coloured", {"BarChartAggregatedFieldWells": {
            "Category": [by("country")], "Values": [REVENUE]}}, "The author's colours, a logarithmic axis",
            ValueAxis={"DataOptions": {"NumericAxisOptions": {"Scale": {"Logarithmic": {"Base": 10.0}}}}},
            VisualPalette={"ChartColor": "#6F7F92", "ColorMap": [
                {"Element": {"FieldId": "country", "FieldValue": "France"}, "Color": "#B5504A"}]}),
        {"PluginVisual": {"VisualId": "plugin", "PluginArn": "arn:aws:quicksight:us-east-1:aws:plugin/highcharts",
                          "Title": {"FormatText": {"PlainText": "A plugin's chart"}},
                          "ChartConfiguration": {"FieldWells": [
                              {"AxisName": "GROUP_BY", "Dimensions": [by("country")], "Measures": [UNITS]}]}}},
        {"CustomContentVisual": {"VisualId": "content", "DataSetIdentifier": "lines",
                                 "Title": {"FormatText": {"PlainText": "A picture from elsewhere"}},
                                 "ChartConfiguration": {"ContentUrl": "https://example.com/logo.png",
                                                        "ContentType": "IMAGE"}}},
        {"EmptyVisual": {"VisualId": "empty", "DataSetIdentifier": "lines"}},
    ]  # fmt: skip


def definition(data_set_arn: str) -> Shape:
    made = visuals()
    elements = [
        {"ElementId": next(iter(each.values()))["VisualId"], "ElementType": "VISUAL", "ColumnIndex": 12 * (number % 3),
         "ColumnSpan": 12, "RowIndex": 11 * (number // 3), "RowSpan": 11}
        for number, each in enumerate(made)
    ]  # fmt: skip
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": data_set_arn}],
        "Sheets": [{"SheetId": "s", "Name": "Gallery", "Visuals": made,
                    "Layouts": [{"Configuration": {"GridLayout": {"Elements": elements}}}]}],
    }  # fmt: skip


WEEK = "date_trunc('week', order_day + INTERVAL 1 DAY) - INTERVAL 1 DAY"
COUNTRY = f"SELECT country, {{}} FROM {LINES} GROUP BY 1 ORDER BY 2 DESC"
EXPECTED = {
    "kpi": f"SELECT order_day, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1",
    "gauge": f"SELECT sum(quantity), sum(is_cancellation::INT) FROM {LINES}",
    "combo": f"SELECT order_day, sum(revenue), count(DISTINCT invoice_no) FROM {LINES} GROUP BY 1 ORDER BY 1",
    "pie": COUNTRY.format("sum(revenue)"),
    "heat": f"SELECT country, order_day, sum(revenue) FROM {LINES} GROUP BY 1, 2 ORDER BY 1, 2",
    "scatter": f"""SELECT country, sum(quantity), sum(revenue), count(DISTINCT invoice_no) FROM {LINES}
        GROUP BY 1 ORDER BY 2 DESC""",
    "funnel": COUNTRY.format("sum(revenue)") + " LIMIT 6",
    "tree": COUNTRY.format("sum(revenue), sum(quantity)"),
    "waterfall": COUNTRY.format("sum(revenue)"),
    "box": f"""SELECT country, min(unit_price), quantile_cont(unit_price, 0.25), quantile_cont(unit_price, 0.5),
        quantile_cont(unit_price, 0.75), max(unit_price) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC, 1""",
    "words": f"SELECT description, sum(quantity) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC, 1",
    "map": COUNTRY.format("sum(revenue)"),
    "points": COUNTRY.format("sum(quantity)"),
    "table": f"SELECT country, sum(revenue), sum(quantity) FROM {LINES} GROUP BY 1 ORDER BY 1",
    "radar": f"SELECT country, is_known_customer::INT, sum(quantity) FROM {LINES} GROUP BY 1, 2",
    "sankey": f"SELECT country, is_known_customer::INT, sum(quantity) FROM {LINES} GROUP BY 1, 2",
    "bar": f"SELECT country, is_known_customer::INT, sum(revenue) FROM {LINES} GROUP BY 1, 2",
    "pivot": f"""SELECT country, is_cancellation::INT, {WEEK}, sum(revenue), count(DISTINCT invoice_no) FROM {LINES}
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
}
"""The rows of each visual; the order is held too where the statement says one."""
