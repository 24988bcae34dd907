"""Every kind of visual of the service model, its field wells filled from the model: drawn, or named with its data."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape

from local_aws import wire
from local_aws.dashboards.kinds import KINDS
from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import shown
from tests.local_aws.quicksight_world import World

VISUALS: dict[str, Shape] = wire.model("quicksight").shape_for("Visual").members


def field(shape: Shape, number: int) -> dict[str, Any] | None:
    """A field of the project's data for a well of this kind."""
    column = {"DataSetIdentifier": "lines", "ColumnName": "revenue"}
    made: dict[str, Any] = {"FieldId": f"field-{number}", "Column": column}
    if shape.name == "MeasureField":
        return {"NumericalMeasureField": made}
    if shape.name == "DimensionField":
        return {"CategoricalDimensionField": made | {"Column": column | {"ColumnName": "country"}}}
    return made if shape.name == "UnaggregatedField" else None


def filled(shape: Shape, names: set[str]) -> Any:
    """The field wells of a visual: one field in each, in the first of several forms."""
    if isinstance(shape, ListShape):
        made = field(shape.member, len(names))
        names.add(f"field-{len(names)}")
        return [made] if made else []
    if not isinstance(shape, StructureShape):
        return None
    one_form = all(name.endswith("FieldWells") for name in shape.members)
    members = list(shape.members.items())[: 1 if one_form else None]
    found = {name: filled(member, names) for name, member in members if name != "SmallMultiples"}
    return {name: value for name, value in found.items() if value}


def visual(kind: str) -> dict[str, Any]:
    members = VISUALS[kind].members
    made: dict[str, Any] = {"VisualId": "b"}
    if "DataSetIdentifier" in members:
        made["DataSetIdentifier"] = "lines"
    if kind == "InsightVisual":
        value = {
            "NumericalMeasureField": {"FieldId": "v", "Column": {"DataSetIdentifier": "lines", "ColumnName": "revenue"}}
        }
        total = {"TotalAggregation": {"ComputationId": "t", "Name": "t", "Value": value}}
        made["InsightConfiguration"] = {"Computations": [total]}
    if kind == "PluginVisual":
        made["PluginArn"] = "arn:aws:quicksight::aws:plugin/x"
    configuration = members.get("ChartConfiguration")
    if configuration is not None and "FieldWells" in configuration.members:
        made["ChartConfiguration"] = {"FieldWells": filled(configuration.members["FieldWells"], set())}
    return {kind: made}


@pytest.mark.parametrize("kind", sorted(VISUALS))
def test_kind_is_drawn_or_named_with_its_data(retail: World, local_aws: LocalAws, kind: str) -> None:
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}],
        "Sheets": [{"SheetId": "s", "Visuals": [visual(kind)]}],
    }
    drawn = shown(retail, local_aws.url, body)["b"]
    if kind in KINDS:
        assert (drawn["state"], bool(drawn["rows"])) == ("drawn", True), drawn
    elif drawn["state"] == "empty":
        assert drawn["kind"] in drawn["message"], drawn
    else:
        assert (drawn["state"], drawn["kind"] in drawn["note"], bool(drawn["rows"])) == ("not_drawn", True, True), drawn
