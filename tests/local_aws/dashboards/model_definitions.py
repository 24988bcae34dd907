"""Random Definitions from the service model's own shapes, over columns that exist: what nobody here has thought of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local_aws import wire

NUMBERS, TEXTS = ("revenue", "quantity", "unit_price"), ("country", "description", "customer_id", "stock_code")
DATES = ("order_time", "order_day")
EXPRESSIONS = ("sum({revenue}) > 10", "avg({quantity}) < 3")
SKIPPED = frozenset({"TopicArn", "LayerMapVisual", "AttributeAggregationFunction"})
SHEET = ("Visuals", "ParameterControls", "FilterControls", "TextBoxes", "Images", "Layouts", "SheetControlLayouts")
PARAMETERS = ("StringParameterDeclaration", "DecimalParameterDeclaration", "IntegerParameterDeclaration",
              "DateTimeParameterDeclaration")  # fmt: skip


class Maker:
    """Fills shapes at random: `visual(kind)` is one visual with one to three fields a well, `definition` is everything.

    Ids that name other parts are drawn from a small pool, so that most name what is there and some name nothing.
    """

    def __init__(self, seed: int, skipped: frozenset[str] = SKIPPED) -> None:
        self.random = Random(seed)
        self.skipped = skipped
        self.ids = 0
        self.fields = 0
        self.model = wire.model("quicksight")

    def visual(self, kind: str, visual_id: str) -> dict[str, Any]:
        made = self._structure(self.model.shape_for(kind), kind, 0)
        made["VisualId"] = visual_id
        if kind == "InsightVisual":
            made["DataSetIdentifier"] = "lines"
        return {kind: made}

    def definition(self, kinds: Sequence[str], data_set_arn: str) -> dict[str, Any]:
        """Filters, parameters, controls, layouts, text, pictures and one visual of each kind."""
        made = {
            "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": data_set_arn}],
            "ParameterDeclarations": [self._parameter(each, f"text{at}") for at, each in enumerate(PARAMETERS)],
            "FilterGroups": [self._group(each, at) for at, each in enumerate(self.model.shape_for("Filter").members)],
            "ColumnConfigurations": self._value(
                self.model.shape_for("ColumnConfigurationList"), "ColumnConfigurations", "", 1
            ),
            "Options": self._structure(self.model.shape_for("AssetOptions"), "AssetOptions", 1),
        }
        sheet: dict[str, Any] = {"SheetId": "s"}
        for name in SHEET[1:]:
            shape = self.model.shape_for("SheetDefinition").members[name]
            sheet[name] = self._value(shape, name, "SheetDefinition", 1)
        sheet["Visuals"] = [self.visual(kind, f"text{at}") for at, kind in enumerate(kinds)]
        return {**made, "Sheets": [sheet]}

    def _parameter(self, kind: str, name: str) -> dict[str, Any]:
        made = self._structure(self.model.shape_for(kind), kind, 1)
        return {kind: {**made, "Name": name}}

    def _group(self, kind: str, at: int) -> dict[str, Any]:
        made = self._structure(self.model.shape_for("FilterGroup"), "FilterGroup", 1)
        one = self._structure(self.model.shape_for(kind), kind, 2)
        scope = self.random.choice([{"AllSheets": {}}, made["ScopeConfiguration"]])
        return {**made, "FilterGroupId": f"g{at}", "Filters": [{kind: {**one, "FilterId": f"text{at}"}}],
                "ScopeConfiguration": scope}  # fmt: skip

    def _structure(self, shape: StructureShape, name: str, depth: int) -> dict[str, Any]:
        if shape.name == "ColumnIdentifier":
            return self.column(name)
        if shape.name == "VisualPalette":
            return {}
        members = [each for each in shape.members if each not in self.skipped]
        union = (
            shape.name in UNIONS
            or shape.metadata.get("union")
            or (shape.name.endswith("FieldWells") and all(each.endswith("FieldWells") for each in members))
        )
        if union:
            members = [self.random.choice(members)] if members else []
        made: dict[str, Any] = {}
        for each in members:
            needed = union or each in shape.required_members or each in WANTED or name.endswith("FieldWells")
            if needed or (depth < 9 and self.random.random() < 0.45):
                value = self._value(shape.members[each], each, shape.name, depth + 1)
                if value is not None:
                    made[each] = value
        return made

    def _value(self, shape: Shape, name: str, owner: str, depth: int) -> Any:
        if isinstance(shape, StructureShape):
            if depth > 12 and shape.name not in {"ColumnIdentifier"}:
                return None
            return self._structure(shape, owner if shape.name == "ColumnIdentifier" else shape.name, depth)
        if isinstance(shape, ListShape):
            least = int(shape.metadata.get("min") or 0)
            most = min(int(shape.metadata.get("max") or 3), 3)
            many = self.random.randint(max(least, 1 if owner.endswith("FieldWells") else 0), max(most, least))
            found = [self._value(shape.member, name, owner, depth + 1) for _ in range(many)]
            return [each for each in found if each is not None]
        if isinstance(shape, MapShape):
            return None
        if name == "FieldId" and "Sort" not in owner and owner.endswith("Field"):
            self.fields += 1
            return f"field-{self.fields}"
        if isinstance(shape, StringShape):
            return self._text(shape, name)
        if shape.type_name == "timestamp":
            return datetime(2010, 12, self.random.randint(1, 28))
        if shape.type_name == "blob":
            return b"text"
        if shape.type_name == "boolean":
            return self.random.random() < 0.5
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        low = int(least if least is not None else 1)
        number = self.random.randint(low, int(min(most if most is not None else low + 20, low + 20)))
        return float(number) if shape.type_name in {"double", "float"} else number

    def _text(self, shape: StringShape, name: str) -> str | None:
        if shape.enum:
            return str(self.random.choice(shape.enum))
        if "Color" in name or "Color" in shape.name:
            return "#2F6690"
        if name == "Symbol" and "Currency" in shape.name:
            return "GBP"
        if name == "Expression":
            return self.random.choice(EXPRESSIONS)
        if name == "FieldId":
            return f"field-{self.random.randint(1, self.fields + 2)}"
        if name == "URLTemplate":
            return "https://example.com/<<country>>"
        if name == "UnicodeIcon":
            return "★"
        if name in _IDS:
            self.ids += 1
            return f"{name}{self.ids}"
        if name in _NAMING:
            return f"text{self.random.randint(0, 4)}"
        if name == "Content" or "RichText" in name:
            return '<text-box><inline font-size="18px">text</inline></text-box>'
        if "Size" in shape.name or "Pixel" in shape.name or name in {"Width", "Height", "Radius"}:
            return "12px"
        return "text" if int(shape.metadata.get("max") or 99) > 3 else "t"

    def column(self, owner: str) -> dict[str, str]:
        dated = owner.startswith(("Date", "Time", "RelativeDates"))
        names = DATES if dated else NUMBERS if owner.startswith("Numeric") else TEXTS
        if "Unaggregated" in owner:
            names = (*NUMBERS, *TEXTS, *DATES)
        return {"DataSetIdentifier": "lines", "ColumnName": self.random.choice(names)}


_IDS = {"ParameterControlId", "FilterControlId", "SheetTextBoxId", "SheetImageId", "CustomActionId", "HierarchyId"}
_NAMING = {"ParameterName", "Parameter", "SourceParameterName", "SourceFilterId", "ElementId", "VisualIds",
           "TargetVisuals", "DestinationParameterName", "SourceSheetControlId"}  # fmt: skip
UNIONS = {"Filter", "FilterScopeConfiguration", "ParameterDeclaration", "ParameterControl", "FilterControl",
          "LayoutConfiguration", "VisualCustomActionOperation", "ColumnHierarchy", "DrillDownFilter", "InnerFilter",
          "DefaultFilterControlOptions", "CategoryFilterConfiguration", "NumericRangeFilterValue",
          "TimeRangeFilterValue", "SheetControlLayoutConfiguration",
          "DimensionField", "MeasureField", "AggregationFunction", "NumericalAggregationFunction", "Computation",
          "NumericFormatConfiguration", "FormatConfiguration", "ComparisonFormatConfiguration", "FieldSortOptions",
          "PivotTableFieldCollapseStateTarget", "ColorsConfiguration", "DataLabelType", "DataPathType"}  # fmt: skip
WANTED = {"ChartConfiguration", "FieldWells", "InsightConfiguration", "Computations", "FieldId", "Column"}
