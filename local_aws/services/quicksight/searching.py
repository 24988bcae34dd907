"""SearchDashboards, SearchDataSets, SearchDataSources: by name, and by who was granted permissions.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SearchDashboards.html and
API_DashboardSearchFilter.html (`StringEquals` and `StringLike` of a name; the user filters take an ARN and
`StringEquals`). A request has
one filter. Deviates: a principal that was granted an `Update…Permissions`
action is an owner, any other one that was granted something a viewer; groups have no members here.
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, Resources, page

_NAMES = {
    "dashboard": "DASHBOARD_NAME",
    "data set": "DATASET_NAME",
    "data source": "DATASOURCE_NAME",
    "analysis": "ANALYSIS_NAME",
}


class SearchOperations(Resources):
    def searched(self, kind: str, params: Params) -> tuple[list[Any], str | None]:
        """The resources for which the filter holds, in the order of their names: one page and its token."""
        self.own(params)
        filters = params["Filters"]
        if not filters:
            raise AwsError("InvalidParameterValueException", "A search needs a filter")
        everything = tuple(self.resources[kind].values())
        found = [each for each in everything if all(_holds(each, one, _NAMES[kind]) for one in filters)]
        return page(sorted(found, key=lambda each: (each.name.lower(), each.id)), params)


def _holds(found: Resource, shape: Params, name: str) -> bool:
    what, operator, value = shape.get("Name"), shape["Operator"], shape.get("Value") or ""
    if what == name:
        return found.name == value if operator == "StringEquals" else value.lower() in found.name.lower()
    if operator != "StringEquals":
        raise AwsError("InvalidParameterValueException", f"The filter {what} takes StringEquals")
    owners = {who for who, actions in found.permissions.items() if any(_of_owner(each) for each in actions)}
    if str(what).endswith("SOLE_OWNER"):
        return owners == {value}
    if str(what).endswith("VIEWER_OR_OWNER") or what == "QUICKSIGHT_USER":
        return value in found.permissions
    return value in owners


def _of_owner(action: str) -> bool:
    verb = action.partition(":")[2]
    return verb.startswith("Update") and verb.endswith("Permissions")
