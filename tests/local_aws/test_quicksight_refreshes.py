"""Incremental refreshes through boto3: the rows of the look-back window are replaced, older ones stay."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture


@pytest.fixture
def days(world: World) -> World:  # noqa: F811
    """A data set of four days back from today, and one row without a date."""
    world.engine.run(
        "CREATE TABLE days AS SELECT i AS id, CASE WHEN i < 4 THEN now()::TIMESTAMP - i * INTERVAL 1 DAY END AS at"
        " FROM range(5) t(i)"
    )
    world.loaded("days", {"t": world.table("days", id="INTEGER", at="DATETIME")})
    return world


def look_back(days: World, column: str = "at", size: int = 36, unit: str = "HOUR") -> dict[str, Any]:
    window = {"ColumnName": column, "Size": size, "SizeUnit": unit}
    return {
        "AwsAccountId": days.account,
        "DataSetId": "days",
        "DataSetRefreshProperties": {"RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}},
    }


def refreshed(days: World, name: str) -> dict[str, Any]:
    days.client.create_ingestion(
        AwsAccountId=days.account, DataSetId="days", IngestionId=name, IngestionType="INCREMENTAL_REFRESH"
    )
    return days.ended("days", name)


def test_rows_of_the_window_are_replaced_and_older_ones_stay(days: World) -> None:
    days.client.put_data_set_refresh_properties(**look_back(days))
    days.engine.run("UPDATE days SET id = id + 100")  # the source changed everywhere, the window is two days
    for name in ("once", "twice"):
        found = refreshed(days, name)
        assert (found["IngestionStatus"], found["RequestType"]) == ("COMPLETED", "INCREMENTAL_REFRESH")
        assert found["RowInfo"] == {"RowsIngested": 2, "RowsDropped": 0, "TotalRowsInDataset": 5}
        assert sorted(row[0] for row in days.rows("days")) == [2, 3, 4, 100, 101]
    days.ingest("days", "full")
    assert sorted(row[0] for row in days.rows("days")) == [100, 101, 102, 103, 104]


def test_row_deleted_in_the_window_goes_and_one_deleted_before_it_stays(days: World) -> None:
    days.client.put_data_set_refresh_properties(**look_back(days))
    days.engine.run("DELETE FROM days WHERE id IN (1, 3)")
    refreshed(days, "one")
    assert sorted(row[0] for row in days.rows("days")) == [0, 2, 3, 4]


@pytest.mark.parametrize("column", [pytest.param("id", id="number"), pytest.param("nowhere", id="no such column")])
def test_window_needs_a_date_column(days: World, column: str) -> None:
    with pytest.raises(ClientError, match=f"date column of the data set; '{column}'"):
        days.client.put_data_set_refresh_properties(**look_back(days, column))


def test_properties_are_shown_and_deleted_and_needed(days: World) -> None:
    mine = {"AwsAccountId": days.account, "DataSetId": "days"}
    days.client.put_data_set_refresh_properties(**look_back(days))
    shown = days.client.describe_data_set_refresh_properties(**mine)["DataSetRefreshProperties"]
    assert shown == look_back(days)["DataSetRefreshProperties"]
    days.client.delete_data_set_refresh_properties(**mine)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        days.client.describe_data_set_refresh_properties(**mine)
    with pytest.raises(ClientError, match="INCREMENTAL_REFRESH needs refresh properties"):
        refreshed(days, "none")
