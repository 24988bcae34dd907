"""A Definition with one fault each: refused or failed with the fault's path and cure, or warned of."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.dashboards.lint import findings
from local_aws.spice.types import Column
from tests.local_aws.dashboards.gallery import by, chart, column, definition, total
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import body

Change = Callable[[dict[str, Any]], Any]


def elements(made: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]
    return found


def bar(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(v["BarChartVisual"] for v in made["Sheets"][0]["Visuals"] if "BarChartVisual" in v)
    return found


def field(made: dict[str, Any]) -> dict[str, Any]:
    wells = bar(made)["ChartConfiguration"]["FieldWells"]["BarChartAggregatedFieldWells"]
    found: dict[str, Any] = wells["Category"][0]["CategoricalDimensionField"]
    return found


def group(filter_shape: dict[str, Any], scope: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"FilterGroupId": "g", "Filters": [filter_shape], "ScopeConfiguration": scope or {"AllSheets": {}},
            "CrossDataset": "SINGLE_DATASET", "Status": "ENABLED"}  # fmt: skip


def calculated(expression: str) -> Change:
    made = {"DataSetIdentifier": "lines", "Name": "c", "Expression": expression}
    return lambda each: each.update(CalculatedFields=[made])


def of_parameter(name: str) -> dict[str, Any]:
    custom = {"MatchOperator": "EQUALS", "ParameterName": name, "NullOption": "NON_NULLS_ONLY"}
    return {"CategoryFilter": {"FilterId": "f", "Column": column("country"),
                               "Configuration": {"CustomFilterConfiguration": custom}}}  # fmt: skip


def scoped(sheet: str, visual: str) -> dict[str, Any]:
    one = {"SheetId": sheet, "Scope": "SELECTED_VISUALS", "VisualIds": [visual]}
    return {"SelectedSheets": {"SheetVisualScopingConfigurations": [one]}}


REFUSED: dict[str, tuple[Change, str]] = {
    "visual id twice": (lambda made: bar(made).update(VisualId="pie"), "visual/pie"),
    "layout naming no visual": (lambda made: elements(made)[0].update(ElementId="ghost"), "element/ghost"),
    "visual that is not placed": (lambda made: elements(made).pop(), "element/empty"),
    "overlap": (lambda made: elements(made)[1].update(ColumnIndex=6), "element/gauge"),
    "column past 36": (lambda made: elements(made)[2].update(ColumnSpan=13), "element/insight"),
    "two kinds in one visual": (
        lambda made: made["Sheets"][0]["Visuals"][0].update(
            chart("PieChartVisual", "more", {"PieChartAggregatedFieldWells": {"Category": [by("country")]}}, "x")
        ),
        "sheet/s/visuals/0",
    ),
    "field id twice": (lambda made: field(made).update(FieldId="revenue-SUM"), "visual/bar/field/revenue-SUM"),
    "sort by a field that is not there": (
        lambda made: bar(made)["ChartConfiguration"].update(
            SortConfiguration={"CategorySort": [{"FieldSort": {"FieldId": "nope", "Direction": "ASC"}}]}
        ),
        "visual/bar/field/nope",
    ),
    "scope of an unknown visual": (
        lambda made: made.update(FilterGroups=[group(of_parameter("p"), scoped("s", "ghost"))]),
        "filterGroup/g",
    ),
    "control of an unknown filter": (
        lambda made: made["Sheets"][0].update(
            FilterControls=[{"Dropdown": {"FilterControlId": "k", "Title": "K", "SourceFilterId": "ghost"}}]
        ),
        "filterControl/k",
    ),
    "broken expression": (calculated("sum({revenue}"), "calculatedField/c"),
    "broken rolling date": (
        lambda made: made.update(
            ParameterDeclarations=[
                {
                    "DateTimeParameterDeclaration": {
                        "Name": "since",
                        "DefaultValues": {"RollingDate": {"Expression": "truncDate('MM', now("}},
                    }
                }
            ]
        ),
        "parameter/since",
    ),
    "unreadable character": (calculated("{revenue} # 2"), "calculatedField/c"),
}

FAILED: dict[str, tuple[Change, str, str]] = {
    "unknown column": (
        lambda made: field(made)["Column"].update(ColumnName="Country"),
        "COLUMN_REPLACEMENT_MISSING",
        "sheet/s/visual/bar/column/Country",
    ),
    "unknown column in an expression": (
        calculated("sum({revenu})"),
        "COLUMN_REPLACEMENT_MISSING",
        "calculatedField/c",
    ),
    "unknown parameter in an expression": (
        calculated("{revenue} * ${rate}"),
        "PARAMETER_NOT_FOUND",
        "calculatedField/c",
    ),
    "unknown data set": (
        lambda made: made["DataSetIdentifierDeclarations"].append(
            {
                "Identifier": "gone",
                "DataSetArn": made["DataSetIdentifierDeclarations"][0]["DataSetArn"].rpartition("/")[0] + "/gone",
            }
        ),
        "DATA_SET_NOT_FOUND",
        "dataSet/gone",
    ),
    "sum of text": (
        lambda made: bar(made)["ChartConfiguration"]["FieldWells"]["BarChartAggregatedFieldWells"].update(
            Values=[total("country", field_id="v")]
        ),
        "COLUMN_TYPE_MISMATCH",
        "sheet/s/visual/bar/field/v",
    ),
    "control of an unknown parameter": (
        lambda made: made["Sheets"][0].update(
            ParameterControls=[{"TextField": {"ParameterControlId": "k", "Title": "K", "SourceParameterName": "ghost"}}]
        ),
        "PARAMETER_NOT_FOUND",
        "sheet/s/parameterControl/k",
    ),
}

ACCEPTED: dict[str, Change] = {
    "filter on a missing parameter": lambda made: made.update(FilterGroups=[group(of_parameter("ghost"))]),
    "column of an undeclared data set": lambda made: field(made)["Column"].update(DataSetIdentifier="old"),
    "brackets and parameters within strings": calculated("concat('(', '${no}', {country})"),
    "function that the viewer has not": calculated("radarOver({revenue})"),
}


def changed(retail: World, change: Change | None) -> dict[str, Any]:
    made = copy.deepcopy(definition(retail.data_set_arn("order_lines")))
    if change is not None:
        change(made)
    return made


def created(retail: World, made: dict[str, Any]) -> dict[str, Any]:
    """The version of a new dashboard, built."""
    name = f"lint-{next(_names)}"
    retail.client.create_dashboard(AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=made)
    for _ in range(400):
        answer = retail.client.describe_dashboard(AwsAccountId=retail.account, DashboardId=name, VersionNumber=1)
        version: dict[str, Any] = answer["Dashboard"]["Version"]
        if version["Status"] != "CREATION_IN_PROGRESS":
            return version
        time.sleep(0.01)
    raise AssertionError(version)


_names = itertools.count()


def test_sound_definitions_have_no_findings(retail: World) -> None:
    lines = {each.name: each for each in retail.service.spice.loaded("order_lines").columns}
    days = {each.name: each for each in retail.service.spice.loaded("sales_by_day").columns}
    assert findings(changed(retail, None), {"lines": lines}) == []
    project = body("dashboards/retail_sales.json", retail)["Definition"]
    assert findings(project, {"order_lines": lines, "sales_by_day": days}) == []


@pytest.mark.parametrize("case", REFUSED)
def test_fault_of_form_is_refused_with_its_path(retail: World, case: str) -> None:
    change, path = REFUSED[case]
    with pytest.raises(ClientError) as refused:
        created(retail, changed(retail, change))
    error = refused.value.response["Error"]
    assert (error["Code"], path in error["Message"]) == ("InvalidParameterValueException", True), error


@pytest.mark.parametrize("case", FAILED)
def test_fault_of_reference_fails_the_version_with_its_path(retail: World, case: str) -> None:
    change, kind, path = FAILED[case]
    version = created(retail, changed(retail, change))
    assert version["Status"] == "CREATION_FAILED"
    assert [(each["Type"], each["ViolatedEntities"]) for each in version["Errors"]] == [(kind, [{"Path": path}])]


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_live_dashboards_hold_is_taken(retail: World, case: str) -> None:
    assert created(retail, changed(retail, ACCEPTED[case]))["Status"] == "CREATION_SUCCESSFUL"


@pytest.mark.parametrize("case", ["filter on a missing parameter", "column of an undeclared data set"])
def test_leftover_is_a_warning(retail: World, case: str) -> None:
    known = {"lines": {name: Column(name, "STRING") for name in ("x",)}}
    found = [each for each in findings(changed(retail, ACCEPTED[case]), {**known, "lines": None}) if each.warning]
    assert len(found) == 1
    assert found[0].path


def test_broken_update_leaves_the_published_version(retail: World) -> None:
    made = changed(retail, None)
    created(retail, made)
    name = f"lint-{next(_names) - 1}"
    broken = changed(retail, FAILED["unknown column"][0])
    retail.client.update_dashboard(AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=broken)
    for _ in range(400):
        answer = retail.client.describe_dashboard(AwsAccountId=retail.account, DashboardId=name, VersionNumber=2)
        if answer["Dashboard"]["Version"]["Status"] == "CREATION_FAILED":
            break
        time.sleep(0.01)
    shown = retail.client.describe_dashboard(AwsAccountId=retail.account, DashboardId=name)["Dashboard"]["Version"]
    assert (shown["VersionNumber"], shown["Status"]) == (1, "CREATION_SUCCESSFUL")
