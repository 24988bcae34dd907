"""Visuals of every kind, filled at random from the service model: each is drawn or named, none fails or is blank."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import wire
from local_aws.dashboards.lint import findings
from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import shown
from tests.local_aws.dashboards.model_definitions import Maker
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import published

KINDS = sorted(set(wire.model("quicksight").shape_for("Visual").members) - {"LayerMapVisual"})


@pytest.mark.parametrize("kind", KINDS)
def test_any_visual_of_the_model_is_drawn_or_named(retail: World, local_aws: LocalAws, kind: str) -> None:
    visuals: list[dict[str, Any]] = []
    for seed in range(24):
        made = Maker(seed).visual(kind, f"v-{seed}")
        body = {"DataSetIdentifierDeclarations": [], "Sheets": [{"SheetId": "s", "Visuals": [made]}]}
        if not any(each.type == "INVALID_DEFINITION" for each in findings(body, {})):
            visuals.append(made)
    assert visuals, "the maker makes nothing valid of this kind"
    declared = [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}]
    body = {"DataSetIdentifierDeclarations": declared, "Sheets": [{"SheetId": "s", "Visuals": visuals}]}
    found = shown(retail, local_aws.url, body).values()
    wrong = {each["id"]: each["message"] for each in found if each["state"] == "failed"}
    assert not wrong
    assert all(each["message"] or each["rows"] for each in found)


@pytest.mark.parametrize("seed", range(40))
def test_any_definition_of_the_model_is_shown_or_names_what_is_not(
    retail: World, local_aws: LocalAws, seed: int
) -> None:
    some = KINDS[seed % 4 :: 4]
    body = Maker(seed).definition(some, retail.data_set_arn("order_lines"))
    name = f"whole-{seed}"
    retail.client.create_dashboard(
        AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=body,
        ValidationStrategy={"Mode": "LENIENT"},
    )  # fmt: skip
    published(retail, name)
    with urllib.request.urlopen(f"{local_aws.url}/dashboards/{retail.account}/{name}/data.json") as answer:
        [sheet] = json.loads(answer.read(), parse_constant=_no_json)["sheets"]
    said = [each.get("message") or "" for each in (*sheet["visuals"], *sheet["controls"])]
    assert not [each for each in said if "defect in local_aws" in each or "Parser Error" in each]
    assert len(sheet["visuals"]) == len(some)
    assert all(each["message"] or each["rows"] for each in sheet["visuals"])


HOLES: dict[str, dict[str, Any]] = {
    "visual of no kind": {"Sheets": [{"SheetId": "s", "Visuals": [{}]}]},
    "filter of no kind": {"FilterGroups": [{"FilterGroupId": "g", "Filters": [{}], "CrossDataset": "ALL_DATASETS",
                                            "ScopeConfiguration": {"AllSheets": {}}}]},
    "parameter of no kind": {"ParameterDeclarations": [{}]},
    "control of no kind": {"Sheets": [{"SheetId": "s", "FilterControls": [{}], "ParameterControls": [{}]}]},
    "layout of no kind": {"Sheets": [{"SheetId": "s", "Layouts": [{"Configuration": {}}]}]},
    "scope of no kind": {"FilterGroups": [{"FilterGroupId": "g", "Filters": [], "CrossDataset": "ALL_DATASETS",
                                           "ScopeConfiguration": {}}]},
    "sheet id twice": {"Sheets": [{"SheetId": "s"}, {"SheetId": "s"}]},
}  # fmt: skip


@pytest.mark.parametrize("mode", ["STRICT", "LENIENT"])
@pytest.mark.parametrize("hole", HOLES)
def test_union_without_a_member_is_refused_by_name_or_shown(
    retail: World, local_aws: LocalAws, hole: str, mode: str
) -> None:
    name = f"{hole}-{mode}".replace(" ", "-")
    body = {"DataSetIdentifierDeclarations": [], **HOLES[hole]}
    try:
        retail.client.create_dashboard(
            AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=body, ValidationStrategy={"Mode": mode}
        )
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidParameterValueException"
        return
    published(retail, name)
    with urllib.request.urlopen(f"{local_aws.url}/dashboards/{retail.account}/{name}") as answer:
        assert answer.status == 200


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
