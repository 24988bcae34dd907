"""Refresh schedules of a data set: ingestions that start by the clock.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateRefreshSchedule.html (five schedules a
data set, from SPICE alone), API_RefreshFrequency.html (one schedule a data set of each interval up to an hour),
API_UpdateRefreshSchedule.html. Scheduled ingestions have the request source SCHEDULED and are not among the manual
refreshes of a day. See `local_aws.spice.schedules` for when they are due.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Any

from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.recurring import Recurring
from local_aws.services.quicksight.refreshing import RefreshOperations
from local_aws.services.quicksight.resources import Params, Resource
from local_aws.spice.ingestions import Ingestion
from local_aws.spice.schedules import MINUTES, check, next_time

MOST = 5
Key = tuple[str, str]
"""A data set's id and a schedule's."""


class ScheduleOperations(RefreshOperations, ABC):
    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.recurring: Recurring[Key] = Recurring(lake.clock, "refresh schedules", self._next_time, self._refresh)

    def create_refresh_schedule(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        schedule = params["Schedule"]
        with self.lock:
            mine = self.schedules_of(data_set.id)
            if schedule["ScheduleId"] in mine:
                message = f"The data set {data_set.id} has a refresh schedule {schedule['ScheduleId']} already"
                raise AwsError("ResourceExistsException", message, 409, ResourceType="REFRESH_SCHEDULE")
            if len(mine) >= MOST:
                message = f"The data set {data_set.id} has {MOST} refresh schedules, which is the limit"
                raise AwsError("LimitExceededException", message, 409, ResourceType="REFRESH_SCHEDULE")
            return self._keep(data_set, schedule, 201)

    def update_refresh_schedule(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        with self.lock:
            self._schedule(data_set.id, params["Schedule"]["ScheduleId"])
            return self._keep(data_set, params["Schedule"], 200)

    def describe_refresh_schedule(self, params: Params) -> Params:
        self.own(params)
        self.find("data set", params["DataSetId"])
        schedule = self._schedule(params["DataSetId"], params["ScheduleId"])
        return self.answered(RefreshSchedule=schedule, Arn=schedule["Arn"])

    def list_refresh_schedules(self, params: Params) -> Params:
        self.own(params)
        self.find("data set", params["DataSetId"])
        return self.answered(RefreshSchedules=list(self.schedules_of(params["DataSetId"]).values()))

    def delete_refresh_schedule(self, params: Params) -> Params:
        self.own(params)
        self.find("data set", params["DataSetId"])
        schedule = self._schedule(params["DataSetId"], params["ScheduleId"])
        self.forget_schedule((params["DataSetId"], params["ScheduleId"]))
        return self.answered(ScheduleId=schedule["ScheduleId"], Arn=schedule["Arn"])

    def forget_schedule(self, key: Key) -> None:
        with self.lock:
            self.refresh_schedules.pop(key, None)
            self.recurring.forget(key)

    def recover_schedules(self) -> None:
        """Go on with the schedules that were kept: times that passed meanwhile have passed."""
        for key in self.refresh_schedules:
            self.recurring.plan(key)

    def close(self) -> None:
        self.recurring.close()
        super().close()

    @abstractmethod
    def ingest(
        self,
        data_set: Resource,
        ingestion_id: str,
        request_type: str,
        source: str,
        lookback: tuple[str, timedelta] | None = None,
    ) -> Ingestion:
        """Start an ingestion of a data set."""

    def _keep(self, data_set: Resource, schedule: Params, status: int) -> Params:
        """Check the schedule, as one of its data set's, and wait for its time."""
        check(schedule)
        key, interval = (data_set.id, schedule["ScheduleId"]), schedule["ScheduleFrequency"]["Interval"]
        others = [each for name, each in self.schedules_of(data_set.id).items() if name != schedule["ScheduleId"]]
        if data_set.body["ImportMode"] != "SPICE":
            message = f"The data set {data_set.id} is queried directly; it is not refreshed"
            raise AwsError("InvalidParameterValueException", message)
        if interval in MINUTES and any(each["ScheduleFrequency"]["Interval"] == interval for each in others):
            message = f"The data set {data_set.id} has a schedule of the interval {interval} already"
            raise AwsError("InvalidParameterValueException", message)
        if schedule["RefreshType"] == "INCREMENTAL_REFRESH" and data_set.id not in self.refresh_properties:
            message = f"An incremental schedule needs refresh properties; the data set {data_set.id} has none"
            raise AwsError("PreconditionNotMetException", message)
        arn = f"{data_set.arn}/refresh-schedule/{schedule['ScheduleId']}"
        self.refresh_schedules[key] = {**schedule, "Arn": arn}
        self.recurring.plan(key)
        return self.answered(status, ScheduleId=schedule["ScheduleId"], Arn=arn)

    def _schedule(self, data_set_id: str, schedule_id: str) -> Params:
        found = self.refresh_schedules.get((data_set_id, schedule_id))
        if found is None:
            message = f"The data set {data_set_id} has no refresh schedule {schedule_id}"
            raise AwsError("ResourceNotFoundException", message, 404, ResourceType="REFRESH_SCHEDULE")
        return found

    def _next_time(self, key: Key, now: datetime) -> datetime | None:
        schedule: dict[str, Any] | None = self.refresh_schedules.get(key)
        return next_time(schedule, now) if schedule else None

    def _refresh(self, key: Key) -> None:
        schedule, data_set = self.refresh_schedules.get(key), self.resources["data set"].get(key[0])
        if schedule is None or data_set is None:
            return
        kind = schedule["RefreshType"]
        lookback = self.lookback(data_set) if kind == "INCREMENTAL_REFRESH" else None
        self.ingest(data_set, self.lake.new_id(), kind, "SCHEDULED", lookback)
