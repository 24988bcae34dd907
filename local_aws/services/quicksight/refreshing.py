"""Refresh properties of a data set: the look-back window of its incremental refreshes, and the alert of a failed one.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_PutDataSetRefreshProperties.html,
API_LookbackWindow.html, API_RefreshFailureEmailAlert.html, API_DeleteDataSetRefreshProperties.html (a conflict while
they are needed). Deviates: the alert is kept and nobody is written to.
"""

from __future__ import annotations

from datetime import timedelta

from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, Resources
from local_aws.spice.types import DATETIME

_UNITS = {"HOUR": timedelta(hours=1), "DAY": timedelta(days=1), "WEEK": timedelta(weeks=1)}


class RefreshOperations(Resources):
    def put_data_set_refresh_properties(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        properties = params["DataSetRefreshProperties"]
        if data_set.body["ImportMode"] != "SPICE":
            message = f"The data set {data_set.id} is queried directly; it is not refreshed"
            raise AwsError("InvalidParameterValueException", message)
        _check(data_set, properties)
        self.refresh_properties[data_set.id] = properties
        return self.answered()

    def describe_data_set_refresh_properties(self, params: Params) -> Params:
        self.own(params)
        return self.answered(DataSetRefreshProperties=self._properties(params["DataSetId"]))

    def delete_data_set_refresh_properties(self, params: Params) -> Params:
        self.own(params)
        self._properties(params["DataSetId"])
        mine = self.schedules_of(params["DataSetId"])
        needing = [name for name, each in mine.items() if each["RefreshType"] == "INCREMENTAL_REFRESH"]
        if needing:
            message = f"Incremental schedules need the refresh properties: {', '.join(needing)}"
            raise AwsError("ConflictException", message, 409)
        del self.refresh_properties[params["DataSetId"]]
        return self.answered()

    def schedules_of(self, data_set_id: str) -> dict[str, Params]:
        """A data set's refresh schedules, by id."""
        kept = tuple(self.refresh_schedules.items())
        return {schedule_id: each for (owner, schedule_id), each in kept if owner == data_set_id}

    def lookback(self, data_set: Resource) -> tuple[str, timedelta]:
        """The column and reach of the data set's look-back window.

        :raises AwsError: `InvalidParameterValueException` where it has none.
        """
        properties = self.refresh_properties.get(data_set.id)
        if properties is None:
            message = f"INCREMENTAL_REFRESH needs refresh properties; the data set {data_set.id} has none"
            raise AwsError("InvalidParameterValueException", message)
        _check(data_set, properties)  # the data set may have been edited since
        window = properties["RefreshConfiguration"]["IncrementalRefresh"]["LookbackWindow"]
        return window["ColumnName"], int(window["Size"]) * _UNITS[window["SizeUnit"]]

    def _properties(self, data_set_id: str) -> Params:
        data_set: Resource = self.find("data set", data_set_id)
        found = self.refresh_properties.get(data_set.id)
        if found is None:
            message = f"The data set {data_set.id} has no refresh properties"
            raise AwsError("ResourceNotFoundException", message, 404, ResourceType="DATA_SET")
        return found


def _check(data_set: Resource, properties: Params) -> None:
    incremental = (properties.get("RefreshConfiguration") or {}).get("IncrementalRefresh") or {}
    window = incremental.get("LookbackWindow")
    if not window:
        raise AwsError("InvalidParameterValueException", "DataSetRefreshProperties need a LookbackWindow")
    columns = {each.name: each.type for each in data_set.body["plan"].columns}
    if columns.get(window["ColumnName"]) != DATETIME:
        message = f"The look-back window needs a date column of the data set; {window['ColumnName']!r} is none"
        raise AwsError("InvalidParameterValueException", message)
