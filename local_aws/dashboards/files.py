"""Dashboards as files: checked offline, and brought back from QuickSight in an order that keeps differences small.

A file holds the body of `CreateDashboard`, passed through untouched but for placeholders such as `${AwsAccountId}` and
`${DataSetArn:order_lines}`.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DescribeDashboardDefinition.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.validate import ParamValidator

from local_aws import validate, wire
from local_aws.dashboards.lint import findings
from local_aws.dashboards.lint.finding import INVALID
from local_aws.errors import AwsError, Unsupported
from local_aws.spice.preparation import plan
from local_aws.spice.types import Column

ACCOUNT = "123456789012"
_PLACEHOLDER = re.compile(r"\$\{(AwsAccountId|DataSourceArn|ExternalSchema|DataSetArn:[\w-]+|\w+Arn|\w+Host)\}")
_NAMES = ("SheetId", "VisualId", "FieldId", "FilterGroupId", "FilterId", "ElementId", "Identifier", "Name",
          "FilterControlId", "ParameterControlId", "ColumnName", "CustomActionId")  # fmt: skip
"""Members by which an item of a list is known again, whatever its place."""


@dataclass(frozen=True)
class Problem:
    """One fault of a file: where, and what to do."""

    file: str
    path: str
    message: str


def problems(folder: Path) -> list[Problem]:
    """All faults of the data sets and dashboards in a folder; warnings are faults here: the files are one's own."""
    found: list[Problem] = []
    columns: dict[str, dict[str, Column]] = {}
    for path in sorted(folder.glob("data_sets/*.json")):
        body = _filled(path, found)
        if body is None or (bad := list(_shape(path, "CreateDataSet", body))):
            found += bad if body is not None else []
            continue
        try:
            columns[body["DataSetId"]] = {each.name: each for each in plan(body).columns}
        except (AwsError, Unsupported) as error:
            found.append(Problem(_short(path), "PhysicalTableMap", str(error)))
    for path in sorted(folder.glob("dashboards/*.json")):
        body = _filled(path, found)
        if body is not None:
            found += list(_shape(path, "CreateDashboard", body)) or list(_meaning(path, body, columns))
    return found


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _filled(path: Path, found: list[Problem]) -> dict[str, Any] | None:
    """The body with its placeholders filled by values of the right form; None if it is no JSON."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "AwsAccountId":
            return ACCOUNT
        kind, _, resource = name.partition(":")
        if kind == "DataSetArn":
            return f"arn:aws:quicksight:us-east-1:{ACCOUNT}:dataset/{resource}"
        return f"arn:aws:quicksight:us-east-1:{ACCOUNT}:datasource/{name}" if name.endswith("Arn") else name.lower()

    try:
        body: dict[str, Any] = json.loads(_PLACEHOLDER.sub(value, path.read_text(encoding="utf-8")))
    except ValueError as error:
        found.append(Problem(_short(path), "line", f"no JSON: {error}"))
        return None
    return body


def _shape(path: Path, operation: str, body: dict[str, Any]) -> Iterator[Problem]:
    """What the service model says of form: members and types, enums, patterns, limits."""
    shape = wire.model("quicksight").operation_model(operation).input_shape
    report = ParamValidator().validate(body, shape)
    if report.has_errors():
        for line in report.generate_report().splitlines():
            yield Problem(_short(path), operation, line.strip())
        return
    for each in validate.problems(shape, body):
        yield Problem(_short(path), operation, str(each))


def _meaning(path: Path, body: dict[str, Any], columns: Mapping[str, Mapping[str, Column]]) -> Iterator[Problem]:
    definition = body.get("Definition") or {}
    known: dict[str, Mapping[str, Column] | None] = {}
    for each in definition.get("DataSetIdentifierDeclarations") or ():
        data_set = each["DataSetArn"].rpartition("/")[2]
        known[each["Identifier"]] = columns.get(data_set)
        if data_set not in columns:
            message = f"there is no data set {data_set!r} among the files: add data_sets/{data_set}.json"
            yield Problem(_short(path), f"dataSet/{each['Identifier']}", message)
    for finding in findings(definition, known):
        kind = "" if finding.type == INVALID else f"{finding.type}: "
        yield Problem(_short(path), finding.path, f"{kind}{finding.message}")


def body_of(described: Mapping[str, Any], file: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `CreateDashboard` that would make what `DescribeDashboardDefinition` tells, with placeholders.

    :param file: the body as it is in the file: what the answer does not tell is kept from it.
    """
    definition = json.loads(json.dumps(described["Definition"], default=_moment))
    for each in definition.get("DataSetIdentifierDeclarations") or ():
        each["DataSetArn"] = f"${{DataSetArn:{each['DataSetArn'].rpartition('/')[2]}}}"
    made = {**file, "Name": described["Name"], "Definition": definition}
    if described.get("DashboardPublishOptions"):
        made["DashboardPublishOptions"] = described["DashboardPublishOptions"]
    return made


def _moment(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def written(body: Mapping[str, Any], file: Mapping[str, Any]) -> str:
    """The text of a file: members in the order that the file has them in, new ones after those, by name."""
    return json.dumps(_ordered(body, file), indent=2, ensure_ascii=False) + "\n"


def _ordered(value: Any, like: Any) -> Any:
    if isinstance(value, Mapping):
        old = like if isinstance(like, Mapping) else {}
        names = [name for name in old if name in value] + sorted(name for name in value if name not in old)
        return {name: _ordered(value[name], old.get(name)) for name in names if value[name] is not None}
    if isinstance(value, list):
        old_items = like if isinstance(like, list) else []
        known = {key: each for each in old_items if (key := _key(each))}
        return [
            _ordered(each, known.get(_key(each)) or (old_items[at] if at < len(old_items) else None))
            for at, each in enumerate(value)
        ]
    return value


def _key(item: Any) -> str:
    """What an item of a list is known by: its id, in itself or in the member of a union."""
    if not isinstance(item, Mapping):
        return ""
    inner = next(iter(item.values())) if len(item) == 1 else item
    for each in (item, inner):
        for name in _NAMES if isinstance(each, Mapping) else ():
            if each.get(name):
                return f"{name}={each[name]}"
    return ""


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two bodies differ, a line a place: what the first has, what the second."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = [*one, *(name for name in other if name not in one)]
        return [each for name in names for each in differences(one.get(name), other.get(name), f"{path}/{name}")]
    if isinstance(one, list) and isinstance(other, list):
        return _of_lists(one, other, path)
    if one == other or (one in (None, [], {}) and other in (None, [], {})):
        return []
    return [f"{path}: {_brief(one)} → {_brief(other)}"]


def _of_lists(one: list[Any], other: list[Any], path: str) -> list[str]:
    keys = [_key(each) or str(at) for at, each in enumerate(one)]
    others = {_key(each) or str(at): each for at, each in enumerate(other)}
    found = [
        line
        for key, each in zip(keys, one, strict=True)
        for line in differences(each, others.get(key), f"{path}/{key.rpartition('=')[2]}")
    ]
    found += [f"{path}/{key.rpartition('=')[2]}: nothing → {_brief(each)}"
              for key, each in others.items() if key not in keys]  # fmt: skip
    if not found and [key for key in others if key in keys] != keys:
        found.append(f"{path}: another order")
    return found


def _brief(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"
