"""The Data Catalog through boto3: tables, versions, partitions and the expressions that choose among them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

KEYS = [{"Name": "year", "Type": "int"}, {"Name": "month", "Type": "string"}, {"Name": "day", "Type": "date"}]
ROWS = [
    ["2020", "01", "2020-01-05"],
    ["2020", "02", "2020-02-05"],
    ["2021", "01", "2021-01-05"],
    ["10000", "1_2", "__HIVE_DEFAULT_PARTITION__"],
]


@pytest.fixture
def glue(client: Callable[..., Any]) -> Any:
    made = client("glue")
    made.create_database(DatabaseInput={"Name": "shop"})
    return made


@pytest.fixture
def table(glue: Any) -> Any:
    glue.create_table(DatabaseName="shop", TableInput={"Name": "orders", "PartitionKeys": KEYS})
    inputs = [{"Values": values, "StorageDescriptor": {"Location": "s3://b/"}} for values in ROWS]
    glue.batch_create_partition(DatabaseName="shop", TableName="orders", PartitionInputList=inputs)
    return glue


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("year = 2020", [0, 1]),
        ("2020 < year", [2, 3]),
        ("year <> 2020", [2, 3]),
        ("NOT year = 2020", [2, 3]),
        ("NOT (year = 2020 OR month = '1_2')", [2]),
        ("year NOT IN (2021, 10000)", [0, 1]),
        ("year BETWEEN 2020 AND 2021 AND month IN ('01')", [0, 2]),
        ("year NOT BETWEEN 2020 AND 2021", [3]),
        ("month LIKE '0%'", [0, 1, 2]),
        ("month NOT LIKE '__'", [3]),
        ("day >= '2020-02-01'", [1, 2]),
        ("day >= DATE '2020-02-01' and DAY < date '2021-01-01'", [1]),
        ("day IS NULL", [3]),
        ("NOT day = '2020-01-05'", [1, 2]),
        ("year = '2020' AND (month = '02')", [1]),
        ("1 = 1", [0, 1, 2, 3]),
        (" OR ".join(f"(year = 2020 AND month = '{n:02}')" for n in range(45)), [0, 1]),
    ],
    ids=lambda each: each[:40] if isinstance(each, str) else "",
)
def test_expression_chooses_partitions_by_typed_keys(table: Any, expression: str, found: list[int]) -> None:
    answer = table.get_partitions(DatabaseName="shop", TableName="orders", Expression=expression)
    assert [each["Values"] for each in answer["Partitions"]] == [ROWS[n] for n in found]


@pytest.mark.parametrize(
    "expression", ["yeer = 1", "year +", "year = 'x'", "upper(month) = 'A'", "day > '2020-02-31'", "year LIKE '2%'"]
)
def test_expression_that_cannot_be_read_is_invalid_input(table: Any, expression: str) -> None:
    with pytest.raises(ClientError) as error:
        table.get_partitions(DatabaseName="shop", TableName="orders", Expression=expression)
    assert _code(error) == "InvalidInputException"


def test_pages_and_segments_give_every_partition_once(table: Any) -> None:
    pages = table.get_paginator("get_partitions").paginate(
        DatabaseName="shop", TableName="orders", PaginationConfig={"PageSize": 3}
    )
    assert [len(each["Partitions"]) for each in pages] == [3, 1]
    found = []
    for number in range(3):
        segment = {"SegmentNumber": number, "TotalSegments": 3}
        found += table.get_partitions(DatabaseName="shop", TableName="orders", Segment=segment)["Partitions"]
    assert sorted(each["Values"] for each in found) == sorted(ROWS)


def test_batches_tell_the_errors_of_single_entries_and_do_the_rest(table: Any) -> None:
    where = {"DatabaseName": "shop", "TableName": "orders"}
    new, bad = ["2022", "01", "2022-01-01"], ["2022"]
    errors = table.batch_create_partition(**where, PartitionInputList=[{"Values": v} for v in (ROWS[0], bad, new)])
    codes = [(each["PartitionValues"], each["ErrorDetail"]["ErrorCode"]) for each in errors["Errors"]]
    assert codes == [(ROWS[0], "AlreadyExistsException"), (bad, "InvalidInputException")]
    entries = [
        {"PartitionValueList": new, "PartitionInput": {"Values": new, "Parameters": {"a": "1"}}},
        {"PartitionValueList": new, "PartitionInput": {"Values": ROWS[0]}},
        {"PartitionValueList": ["0", "0", "0"], "PartitionInput": {"Values": ["0", "0", "0"]}},
    ]
    errors = table.batch_update_partition(**where, Entries=entries)
    codes = [each["ErrorDetail"]["ErrorCode"] for each in errors["Errors"]]
    assert codes == ["AlreadyExistsException", "EntityNotFoundException"]
    assert table.get_partition(**where, PartitionValues=new)["Partition"]["Parameters"] == {"a": "1"}
    errors = table.batch_delete_partition(**where, PartitionsToDelete=[{"Values": new}, {"Values": new}])
    assert [each["PartitionValues"] for each in errors["Errors"]] == [new]
    found = table.batch_get_partition(**where, PartitionsToGet=[{"Values": new}, {"Values": ROWS[1]}])
    assert [each["Values"] for each in found["Partitions"]] == [ROWS[1]]


def test_partition_moved_onto_another_loses_neither(table: Any) -> None:
    where = {"DatabaseName": "shop", "TableName": "orders"}
    with pytest.raises(ClientError) as error:
        table.update_partition(**where, PartitionValueList=ROWS[0], PartitionInput={"Values": ROWS[1]})
    assert _code(error) == "AlreadyExistsException"
    assert len(table.get_partitions(**where)["Partitions"]) == len(ROWS)


def test_names_are_found_and_kept_in_lower_case(glue: Any) -> None:
    glue.create_table(DatabaseName="Shop", TableInput={"Name": "Orders"})
    assert glue.get_table(DatabaseName="SHOP", Name="ORDERS")["Table"]["Name"] == "orders"
    with pytest.raises(ClientError) as error:
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})
    assert _code(error) == "AlreadyExistsException"


@pytest.mark.parametrize(
    ("expression", "found"), [("ord.*", ["orders"]), ("ord*", ["orders"]), ("*s", ["orders", "visits"]), ("ord", [])]
)
def test_tables_are_listed_by_expression(glue: Any, expression: str, found: list[str]) -> None:
    for name in ("orders", "visits"):
        glue.create_table(DatabaseName="shop", TableInput={"Name": name})
    tables = glue.get_tables(DatabaseName="shop", Expression=expression)["TableList"]
    assert [each["Name"] for each in tables] == found


def test_update_based_on_an_old_version_is_a_concurrent_modification(table: Any) -> None:
    old = table.get_table(DatabaseName="shop", Name="orders")["Table"]["VersionId"]
    table.update_table(DatabaseName="shop", TableInput={"Name": "orders", "PartitionKeys": KEYS}, VersionId=old)
    with pytest.raises(ClientError) as error:
        table.update_table(DatabaseName="shop", TableInput={"Name": "orders"}, VersionId=old)
    assert _code(error) == "ConcurrentModificationException"


def test_old_versions_can_be_deleted_and_the_present_one_cannot(table: Any) -> None:
    where = {"DatabaseName": "shop", "TableName": "orders"}
    for text in ("a", "b"):
        table.update_table(DatabaseName="shop", TableInput={"Name": "orders", "Description": text})
    newest, *old = [each["VersionId"] for each in table.get_table_versions(**where)["TableVersions"]]
    errors = table.batch_delete_table_version(**where, VersionIds=[newest, *old, "99"])["Errors"]
    assert [each["VersionId"] for each in errors] == [newest, "99"]
    table.update_table(DatabaseName="shop", TableInput={"Name": "orders", "Description": "c"})
    versions = table.get_table_versions(**where)["TableVersions"]
    assert [each["Table"].get("Description") for each in versions] == ["c", "b"]


def test_tables_are_searched_by_text_and_filter(glue: Any) -> None:
    storage = {"Columns": [{"Name": "customer_id", "Type": "int"}]}
    glue.create_table(DatabaseName="shop", TableInput={"Name": "orders", "StorageDescriptor": storage})
    glue.create_table(DatabaseName="shop", TableInput={"Name": "visits", "Parameters": {"classification": "json"}})
    assert [each["Name"] for each in glue.search_tables(SearchText="customer")["TableList"]] == ["orders"]
    filters = [{"Key": "classification", "Value": "json"}]
    assert [each["Name"] for each in glue.search_tables(Filters=filters)["TableList"]] == ["visits"]


def test_table_in_an_open_format_is_refused_by_name(glue: Any) -> None:
    with pytest.raises(ClientError, match="OpenTableFormatInput"):
        glue.create_table(
            DatabaseName="shop",
            TableInput={"Name": "t"},
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
        )


def test_column_statistics_are_kept_for_tables_and_for_partitions(table: Any) -> None:
    where = {"DatabaseName": "shop", "TableName": "orders"}
    data = {"Type": "LONG", "LongColumnStatisticsData": {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}}
    given = {"ColumnType": "int", "AnalyzedTime": datetime(2010, 12, 1, tzinfo=UTC), "StatisticsData": data}
    both = [{"ColumnName": name, **given} for name in ("year", "none")]
    errors = table.update_column_statistics_for_table(**where, ColumnStatisticsList=both)["Errors"]
    assert [each["ColumnStatistics"]["ColumnName"] for each in errors] == ["none"]
    table.update_column_statistics_for_partition(**where, PartitionValues=ROWS[0], ColumnStatisticsList=both[:1])
    found = table.get_column_statistics_for_table(**where, ColumnNames=["YEAR", "none"])
    assert found["ColumnStatisticsList"] == both[:1]
    assert [each["ColumnName"] for each in found["Errors"]] == ["none"]
    found = table.get_column_statistics_for_partition(**where, PartitionValues=ROWS[1], ColumnNames=["year"])
    assert found["ColumnStatisticsList"] == []
    table.delete_column_statistics_for_table(**where, ColumnName="year")
    with pytest.raises(ClientError) as error:
        table.delete_column_statistics_for_table(**where, ColumnName="year")
    assert _code(error) == "EntityNotFoundException"
