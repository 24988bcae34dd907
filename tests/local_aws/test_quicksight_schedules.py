"""Refresh schedules through boto3: due by the settable clock, as their frequency says."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from local_aws.spice.schedules import next_time
from tests.local_aws.quicksight_world import World, client_of, make_world, world  # noqa: F401 - a fixture

DAILY = {"Interval": "DAILY", "TimeOfTheDay": "06:30", "Timezone": "Europe/London"}
WEEKLY = {"Interval": "WEEKLY", "TimeOfTheDay": "23:00", "RefreshOnDay": {"DayOfWeek": "MONDAY"}}
MONTHLY = {"Interval": "MONTHLY", "TimeOfTheDay": "00:00", "RefreshOnDay": {"DayOfMonth": "LAST_DAY_OF_MONTH"}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        pytest.param({"Interval": "MINUTE15"}, "2026-03-01 10:14:59", "2026-03-01 10:15:00", id="next quarter"),
        pytest.param({"Interval": "MINUTE15"}, "2026-03-01 10:45:00", "2026-03-01 11:00:00", id="not the same moment"),
        pytest.param({"Interval": "MINUTE30"}, "2026-03-01 10:01:00", "2026-03-01 10:30:00", id="half an hour"),
        pytest.param({"Interval": "HOURLY"}, "2026-03-01 23:10:00", "2026-03-02 00:00:00", id="hour past midnight"),
        pytest.param(
            {"Interval": "HOURLY", "TimeOfTheDay": "01:20"},
            "2026-03-01 10:10:00",
            "2026-03-01 10:20:00",
            id="minute of the hour",
        ),
        pytest.param(DAILY, "2026-01-05 06:29:00", "2026-01-05 06:30:00", id="winter time"),
        pytest.param(DAILY, "2026-07-05 05:29:00", "2026-07-05 05:30:00", id="summer time"),
        pytest.param(DAILY, "2026-07-05 05:30:00", "2026-07-06 05:30:00", id="tomorrow"),
        pytest.param(WEEKLY, "2026-03-02 23:00:00", "2026-03-09 23:00:00", id="a week later"),
        pytest.param(WEEKLY, "2026-03-01 00:00:00", "2026-03-02 23:00:00", id="on a Monday"),
        pytest.param(MONTHLY, "2026-02-01 00:00:00", "2026-02-28 00:00:00", id="last of February"),
        pytest.param(MONTHLY, "2028-02-01 00:00:00", "2028-02-29 00:00:00", id="of a leap year"),
        pytest.param(
            {**MONTHLY, "RefreshOnDay": {"DayOfMonth": "15"}},
            "2026-01-15 00:00:00",
            "2026-02-15 00:00:00",
            id="the 15th",
        ),
    ],
)
def test_schedule_is_next_due(frequency: dict[str, Any], now: str, due: str) -> None:
    schedule = {"ScheduleId": "s", "ScheduleFrequency": frequency, "RefreshType": "INCREMENTAL_REFRESH"}
    assert next_time(schedule, at(now)) == at(due)


def test_schedule_waits_for_its_start() -> None:
    schedule = {"ScheduleFrequency": {"Interval": "HOURLY"}, "StartAfterDateTime": at("2026-05-01 08:10:00")}
    assert next_time(schedule, at("2026-03-01 00:00:00")) == at("2026-05-01 08:10:00")
    assert next_time(schedule, at("2026-05-01 08:10:00")) == at("2026-05-01 09:10:00")


@pytest.fixture
def set_(world: World) -> World:  # noqa: F811
    world.engine.run("CREATE TABLE t AS SELECT 1 AS id, TIMESTAMP '2026-03-01 00:00:00' AS at")
    world.lake.clock.set(at("2026-03-01 05:00:00"))
    world.loaded("t", {"t": world.table("t", id="INTEGER", at="DATETIME")})
    return world


def schedule(set_: World, name: str, frequency: dict[str, Any], kind: str = "FULL_REFRESH") -> dict[str, Any]:
    shape = {"ScheduleId": name, "ScheduleFrequency": frequency, "RefreshType": kind}
    return {"AwsAccountId": set_.account, "DataSetId": "t", "Schedule": shape}


def window(set_: World) -> dict[str, Any]:
    looks = {"ColumnName": "at", "Size": 1, "SizeUnit": "DAY"}
    properties = {"RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": looks}}}
    return {"AwsAccountId": set_.account, "DataSetId": "t", "DataSetRefreshProperties": properties}


def scheduled(set_: World, number: int) -> list[dict[str, Any]]:
    """The data set's scheduled ingestions, once there are so many and all have ended."""
    for _ in range(500):
        found = set_.client.list_ingestions(AwsAccountId=set_.account, DataSetId="t")["Ingestions"]
        mine = [each for each in found if each["RequestSource"] == "SCHEDULED"]
        if len(mine) == number and all(each["IngestionStatus"] == "COMPLETED" for each in mine):
            return mine
        time.sleep(0.01)
    raise AssertionError(found)


def test_data_set_is_refreshed_when_the_clock_passes_the_time(set_: World) -> None:
    set_.client.create_refresh_schedule(**schedule(set_, "daily", {**DAILY, "Timezone": "UTC"}))
    set_.engine.run("INSERT INTO t VALUES (2, TIMESTAMP '2026-03-01 00:00:00')")
    set_.lake.clock.set(at("2026-03-01 06:29:00"))
    scheduled(set_, 0)
    set_.lake.clock.set(at("2026-03-01 06:30:00"))
    [ingestion] = scheduled(set_, 1)
    assert (ingestion["RequestType"], ingestion["RowInfo"]["TotalRowsInDataset"]) == ("FULL_REFRESH", 2)
    set_.lake.clock.set(at("2026-03-05 00:00:00"))  # four times at once are one
    scheduled(set_, 2)


def test_incremental_schedule_replaces_the_window(set_: World) -> None:
    with pytest.raises(ClientError, match="PreconditionNotMetException"):
        set_.client.create_refresh_schedule(**schedule(set_, "often", {"Interval": "MINUTE15"}, "INCREMENTAL_REFRESH"))
    set_.client.put_data_set_refresh_properties(**window(set_))
    set_.client.create_refresh_schedule(**schedule(set_, "often", {"Interval": "MINUTE15"}, "INCREMENTAL_REFRESH"))
    set_.engine.run("INSERT INTO t VALUES (2, TIMESTAMP '2026-03-01 05:01:00'), (3, TIMESTAMP '2025-03-01 00:00:00')")
    set_.lake.clock.set(at("2026-03-01 05:15:00"))
    [ingestion] = scheduled(set_, 1)
    assert ingestion["RequestType"] == "INCREMENTAL_REFRESH"
    assert sorted(row[0] for row in set_.rows("t")) == [1, 2]
    with pytest.raises(ClientError, match="ConflictException"):
        set_.client.delete_data_set_refresh_properties(AwsAccountId=set_.account, DataSetId="t")


def test_schedules_are_shown_changed_and_deleted(set_: World) -> None:
    mine = {"AwsAccountId": set_.account, "DataSetId": "t"}
    made = set_.client.create_refresh_schedule(**schedule(set_, "s", WEEKLY))
    assert made["Arn"] == f"{set_.data_set_arn('t')}/refresh-schedule/s"
    with pytest.raises(ClientError, match="ResourceExistsException"):
        set_.client.create_refresh_schedule(**schedule(set_, "s", WEEKLY))
    set_.client.update_refresh_schedule(**schedule(set_, "s", DAILY))
    shown = set_.client.describe_refresh_schedule(**mine, ScheduleId="s")
    assert shown["RefreshSchedule"]["ScheduleFrequency"] == DAILY
    assert [each["ScheduleId"] for each in set_.client.list_refresh_schedules(**mine)["RefreshSchedules"]] == ["s"]
    set_.client.delete_refresh_schedule(**mine, ScheduleId="s")
    for call in (set_.client.describe_refresh_schedule, set_.client.delete_refresh_schedule):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(**mine, ScheduleId="s")
    set_.lake.clock.set(at("2026-03-20 00:00:00"))
    scheduled(set_, 0)


@pytest.mark.parametrize(
    ("frequency", "says"),
    [
        pytest.param({"Interval": "MINUTE15"}, "incremental refreshes only", id="full every 15 minutes"),
        pytest.param({"Interval": "WEEKLY", "TimeOfTheDay": "01:00"}, "DayOfWeek", id="week without a day"),
        pytest.param({"Interval": "MONTHLY", "TimeOfTheDay": "01:00"}, "DayOfMonth", id="month without a day"),
        pytest.param({"Interval": "DAILY"}, "TimeOfTheDay", id="day without a time"),
        pytest.param({**DAILY, "TimeOfTheDay": "25:00"}, "HH:MM", id="no time"),
        pytest.param({**DAILY, "Timezone": "Europe/Atlantis"}, "Atlantis", id="no zone"),
    ],
)
def test_schedule_that_cannot_be_is_refused(set_: World, frequency: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says) as caught:
        set_.client.create_refresh_schedule(**schedule(set_, "s", frequency))
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_data_set_has_five_schedules_and_one_an_hour(set_: World) -> None:
    set_.client.create_refresh_schedule(**schedule(set_, "hourly", {"Interval": "HOURLY"}))
    with pytest.raises(ClientError, match="HOURLY already"):
        set_.client.create_refresh_schedule(**schedule(set_, "again", {"Interval": "HOURLY"}))
    for number in range(4):
        set_.client.create_refresh_schedule(**schedule(set_, f"s{number}", DAILY))
    with pytest.raises(ClientError, match="LimitExceededException"):
        set_.client.create_refresh_schedule(**schedule(set_, "sixth", DAILY))


def test_schedules_go_on_in_the_next_process(tmp_path: Path) -> None:
    """In a process of its own: the base keeps its state in the process, which has a server already."""
    program = f"import sys, pathlib; from {__name__} import go_on; go_on(pathlib.Path(sys.argv[1]))"
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]


def go_on(tmp_path: Path) -> None:
    with LocalAws(directory=tmp_path) as aws:
        first = make_world(aws, "111122223333")
        first.engine.run("CREATE TABLE t AS SELECT 1 AS id")
        first.lake.clock.set(at("2026-03-01 05:00:00"))
        first.loaded("t", {"t": first.table("t", id="INTEGER")})
        first.client.create_refresh_schedule(**schedule(first, "hourly", {"Interval": "HOURLY"}))
    with LocalAws(directory=tmp_path) as aws:
        account = aws.app.account("111122223333", "us-east-1")
        account.lake.engines["REDSHIFT"] = first.engine
        second = World(
            client_of(aws, "111122223333"), "111122223333", first.engine, account.lake, account.services["quicksight"]
        )
        second.lake.clock.set(at("2026-03-01 08:30:00"))  # back: what was due later comes again
        scheduled(second, 0)
        second.lake.clock.set(at("2026-03-01 09:00:00"))
        scheduled(second, 1)
