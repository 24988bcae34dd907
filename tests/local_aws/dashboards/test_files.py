"""Dashboards as files: faults found offline by path and cure, the way back from QuickSight, the file to send."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.dashboards.__main__ import main
from local_aws.dashboards.files import body_of, differences, written
from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import HOME

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's own files."""
    shutil.copytree(HOME, tmp_path / "quicksight")
    return tmp_path / "quicksight"


def sheet(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["Definition"]["Sheets"][0]
    return found


def visual(body: dict[str, Any], name: str) -> dict[str, Any]:
    shapes = (next(iter(each.values())) for each in sheet(body)["Visuals"])
    return next(each for each in shapes if each["VisualId"] == name)


def bars(body: dict[str, Any]) -> dict[str, Any]:
    wells = visual(body, "top-products")["ChartConfiguration"]["FieldWells"]["BarChartAggregatedFieldWells"]
    found: dict[str, Any] = next(iter(wells["Values"][0].values()))
    return found


def elements(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sheet(body)["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]
    return found


def filter_on_ghost(body: dict[str, Any]) -> None:
    where = {"SelectedSheets": {"SheetVisualScopingConfigurations": [{"SheetId": "sales", "Scope": "ALL_VISUALS"}]}}
    column = {"DataSetIdentifier": "order_lines", "ColumnName": "country"}
    one = {"MatchOperator": "EQUALS", "NullOption": "NON_NULLS_ONLY", "ParameterName": "ghost"}
    shape = {"FilterId": "f", "Column": column, "Configuration": {"CustomFilterConfiguration": one}}
    group = {"FilterGroupId": "g", "CrossDataset": "SINGLE_DATASET", "ScopeConfiguration": where}
    body["Definition"]["FilterGroups"].append({**group, "Filters": [{"CategoryFilter": shape}]})


FAULTS: dict[str, tuple[Change, str, str]] = {
    "wrong enum": (
        lambda body: visual(body, "top-products")["ChartConfiguration"].update(Orientation="SIDEWAYS"),
        "orientation", "HORIZONTAL, VERTICAL"),
    "unknown member": (lambda body: sheet(body).update(Colour="red"), "Sheets[0]", "must be one of"),
    "past a limit": (lambda body: elements(body)[0].update(ColumnSpan=40), "columnSpan", "less than or equal to 36"),
    "unknown column": (
        lambda body: bars(body)["Column"].update(ColumnName="revenu"),
        "sheet/sales/visual/top-products/column/revenu", "it has"),
    "column of another case": (
        lambda body: bars(body)["Column"].update(ColumnName="Revenue"),
        "sheet/sales/visual/top-products/column/Revenue", "did you mean 'revenue'"),
    "overlapping layout": (
        lambda body: elements(body)[2].update(ColumnIndex=3), "element/kpi-orders", "overlap: move one of them"),
    "duplicate id": (
        lambda body: visual(body, "countries").update(VisualId="top-products"), "visual/top-products", "rename"),
    "broken expression": (
        lambda body: body["Definition"]["CalculatedFields"][0].update(Expression="sum({revenue}"),
        "calculatedField/", "ends too early"),
    "filter on a missing parameter": (filter_on_ghost, "filterGroup/g/filter/f", "'ghost', which is not declared"),
    "data set that no file makes": (
        lambda body: body["Definition"]["DataSetIdentifierDeclarations"][0].update(
            DataSetArn="${DataSetArn:order_line}"),
        "dataSet/order_lines", "add data_sets/order_line.json"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_mutation_is_refused_offline_with_path_and_cure(
    folder: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    change, path, cure = FAULTS[fault]
    file = folder / "dashboards/retail_sales.json"
    body = json.loads(file.read_text())
    change(body)
    file.write_text(json.dumps(body))
    assert main(["check", str(folder)]) == 1
    said = capsys.readouterr().err
    assert path in said
    assert cure in said


def test_own_files_are_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "1 dashboards are sound" in capsys.readouterr().out


def test_file_that_is_no_json_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "dashboards/retail_sales.json").write_text("{")
    assert main(["check", str(folder)]) == 1
    assert "dashboards/retail_sales.json: line: no JSON" in capsys.readouterr().err


def test_dashboard_edited_in_the_console_comes_back_as_a_small_difference(
    retail: World, local_aws: LocalAws, folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", retail.account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    file = folder / "dashboards/retail_sales.json"
    before = file.read_text()
    way = [str(file), "--endpoint", local_aws.url, "--region", "us-east-1"]
    assert (main(["diff", *way]), main(["pull", *way]), file.read_text()) == (0, 0, before)
    # the console writes members in an order of its own, and with defaults
    key = {"AwsAccountId": retail.account, "DashboardId": "retail_sales"}
    live = retail.client.describe_dashboard_definition(**key)["Definition"]
    shuffled = json.loads(json.dumps(live, sort_keys=True, default=str))
    visual({"Definition": shuffled}, "countries")["Title"]["FormatText"]["PlainText"] = "Abroad"
    version = retail.client.update_dashboard(**key, Name="Retail sales", Definition=shuffled)["VersionArn"]
    number = int(version.rpartition("/")[2])
    from tests.local_aws.retail_world import published

    published(retail, "retail_sales", number)
    retail.client.update_dashboard_published_version(**key, VersionNumber=number)
    capsys.readouterr()
    assert main(["diff", *way]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith('"Net revenue outside the United Kingdom" → "Abroad"')
    assert "/sales/Visuals/countries/" in line
    assert main(["pull", *way]) == 0
    changed = [(old, new) for old, new in zip(before.splitlines(), file.read_text().splitlines(), strict=True)
               if old != new]  # fmt: skip
    assert [new.strip() for _, new in changed] == ['"PlainText": "Abroad"']


def test_differences_name_what_was_moved_added_and_taken_away() -> None:
    file = json.loads((HOME / "dashboards/retail_sales.json").read_text())
    live = copy.deepcopy(file)
    sheet(live)["Visuals"].reverse()
    live["Definition"]["CalculatedFields"].pop()
    live["Definition"]["ParameterDeclarations"] = [{"StringParameterDeclaration": {"Name": "who"}}]
    said = "\n".join(differences(file, live))
    assert "/Definition/Sheets/sales/Visuals: another order" in said
    assert "→ nothing" in said
    assert "/Definition/ParameterDeclarations/who: nothing →" in said


def test_body_that_comes_back_has_the_files_placeholders(retail: World) -> None:
    file = json.loads((HOME / "dashboards/retail_sales.json").read_text())
    key = {"AwsAccountId": retail.account, "DashboardId": "retail_sales"}
    made = body_of(retail.client.describe_dashboard_definition(**key), file)
    assert retail.account not in written(made, file)
    assert made["AwsAccountId"] == "${AwsAccountId}"


def test_exported_file_holds_everything(
    retail: World, local_aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sent" / "retail.html"
    address = f"{local_aws.url}/dashboards/{retail.account}/retail_sales"
    assert main(["export", address, "--out", str(out)]) == 0
    text = out.read_text()
    assert "<script src=" not in text
    assert '"exported": true' in text
    assert main(["export", f"{address}-none"]) == 1
    assert "no dashboard at" in capsys.readouterr().err
