"""What a data set says about who sees which rows and columns, checked when it is created or updated.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RowLevelPermissionDataSet.html (VERSION_1 names
users and groups, VERSION_2 gives their ARNs and no namespace),
https://docs.aws.amazon.com/quicksight/latest/user/restrict-access-to-a-data-set-using-row-level-security.html (rules
name fields of the data set), API_ColumnLevelPermissionRule.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, missing
from local_aws.spice.preparation import Plan

_WHO = {"VERSION_1": ("username", "groupname"), "VERSION_2": ("userarn", "grouparn")}


def check_security(params: Params, prepared: Plan, data_sets: Mapping[str, Resource]) -> None:
    """:raises AwsError: `InvalidParameterValueException` for rules that cannot hold; `ResourceNotFoundException` for
    rules that are not there."""
    names = {each.name for each in prepared.columns}
    for rule in params.get("ColumnLevelPermissionRules") or ():
        unknown = sorted(set(rule.get("ColumnNames") or ()) - names)
        if unknown:
            raise _invalid(f"ColumnLevelPermissionRules name columns that the data set has not: {', '.join(unknown)}")
    rules = params.get("RowLevelPermissionDataSet")
    if rules:
        _check_rows(rules, names, tuple(data_sets.values()))


def _check_rows(rules: Mapping[str, Any], names: set[str], data_sets: tuple[Resource, ...]) -> None:
    found = next((each for each in data_sets if each.arn == rules["Arn"]), None)
    if found is None:
        raise missing("data set", rules["Arn"])
    version = rules.get("FormatVersion") or "VERSION_1"
    if version == "VERSION_2" and rules.get("Namespace"):
        raise _invalid("RowLevelPermissionDataSet: VERSION_2 takes no Namespace")
    given = [each.name for each in found.body["plan"].columns]
    if not any(each.lower() in _WHO[version] for each in given):
        raise _invalid(f"The rules {found.name} need a column {' or '.join(_WHO[version])} ({version})")
    fields = [each for each in given if each.lower() not in {*_WHO["VERSION_1"], *_WHO["VERSION_2"]}]
    if not set(fields) <= names:
        unknown = ", ".join(sorted(set(fields) - names))
        raise _invalid(f"The rules {found.name} are about fields that the data set has not: {unknown}")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
