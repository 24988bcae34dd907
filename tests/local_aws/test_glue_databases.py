"""Databases, functions, partition indexes and table versions of the Data Catalog, through boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

KEYS = [{"Name": "year", "Type": "int"}, {"Name": "month", "Type": "string"}, {"Name": "ratio", "Type": "double"}]


@pytest.fixture
def glue(client: Callable[..., Any]) -> Any:
    made = client("glue")
    made.create_database(DatabaseInput={"Name": "Shop", "Description": "first"})
    return made


@contextmanager
def fails(code: str, told: str | None = None) -> Iterator[None]:
    with pytest.raises(ClientError, match=told) as error:
        yield
    assert error.value.response["Error"]["Code"] == code


def _names(glue: Any, **params: Any) -> list[str]:
    return [each["Name"] for each in glue.get_databases(**params)["DatabaseList"]]


def test_database_names_are_kept_and_found_in_lower_case(glue: Any) -> None:
    with fails("AlreadyExistsException"):
        glue.create_database(DatabaseInput={"Name": "SHOP"})
    assert glue.get_database(Name="sHoP")["Database"]["Name"] == "shop"
    glue.create_table(DatabaseName="SHOP", TableInput={"Name": "T"})
    assert glue.get_table(DatabaseName="Shop", Name="t")["Table"]["DatabaseName"] == "shop"
    glue.update_database(Name="SHOP", DatabaseInput={"Name": "Shop", "Parameters": {"owner": "sales"}})
    found = glue.get_database(Name="shop")["Database"]
    assert (found.get("Description"), found["Parameters"]) == (None, {"owner": "sales"})
    glue.delete_database(Name="SHOP")
    for gone in (
        lambda: glue.get_database(Name="shop"),
        lambda: glue.delete_database(Name="shop"),
        lambda: glue.update_database(Name="shop", DatabaseInput={"Name": "shop"}),
    ):
        with fails("EntityNotFoundException"):
            gone()


def test_databases_come_in_pages_and_none_is_shared(glue: Any) -> None:
    for number in range(4):
        glue.create_database(DatabaseInput={"Name": f"d{number}"}, Tags={"k": str(number)})
    pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 2}))
    found = [[each["Name"] for each in page["DatabaseList"]] for page in pages]
    assert found == [["shop", "d0"], ["d1", "d2"], ["d3"]]
    assert _names(glue, ResourceShareType="ALL") == _names(glue)
    assert _names(glue, ResourceShareType="FOREIGN") == []
    account = glue.get_database(Name="d1")["Database"]["CatalogId"]
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{account}:database/d1")["Tags"] == {"k": "1"}


def test_own_catalog_may_be_named_and_another_is_refused_by_every_operation(glue: Any) -> None:
    glue.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    own = glue.get_database(Name="shop")["Database"]["CatalogId"]
    assert _names(glue, CatalogId=own) == ["shop"]
    assert glue.get_table(CatalogId=own, DatabaseName="shop", Name="t")
    for ask in (
        lambda: glue.get_databases(CatalogId="210987654321"),
        lambda: glue.get_table(CatalogId="210987654321", DatabaseName="shop", Name="t"),
        lambda: glue.delete_database(CatalogId="210987654321", Name="shop"),
    ):
        with fails("InvalidInputException", "Data Catalog 210987654321"):
            ask()
    assert _names(glue) == ["shop"]


@pytest.mark.parametrize("member", ["TargetDatabase", "FederatedDatabase"])
def test_databases_that_lie_elsewhere_are_refused_by_name(glue: Any, member: str) -> None:
    with fails("InvalidInputException", member):
        target = {"TargetDatabase": {"DatabaseName": "shop"}, "FederatedDatabase": {"Identifier": "x"}}[member]
        glue.create_database(DatabaseInput={"Name": "link", member: target})


def test_table_versions_begin_at_0_and_skip_archive_keeps_no_old_one(glue: Any) -> None:
    place = {"DatabaseName": "shop", "TableName": "t"}

    def versions() -> list[str]:
        return [each["VersionId"] for each in glue.get_table_versions(**place)["TableVersions"]]

    glue.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    assert glue.get_table(DatabaseName="shop", Name="t")["Table"]["VersionId"] == "0"
    glue.update_table(DatabaseName="shop", TableInput={"Name": "t", "Description": "1"})
    assert versions() == ["1", "0"]
    glue.update_table(DatabaseName="shop", TableInput={"Name": "t", "Description": "2"}, SkipArchive=True)
    assert versions() == ["2", "0"]
    assert glue.get_table_version(**place)["TableVersion"]["Table"]["Description"] == "2"
    glue.update_table(DatabaseName="shop", TableInput={"Name": "t"}, VersionId="2", SkipArchive=True)
    with fails("ConcurrentModificationException"):
        glue.update_table(DatabaseName="shop", TableInput={"Name": "t"}, VersionId="2", SkipArchive=True)


def test_updated_partition_keeps_its_column_statistics(glue: Any) -> None:
    place = {"DatabaseName": "shop", "TableName": "t"}
    columns = {"StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}]}}
    glue.create_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": KEYS[:1], **columns})
    glue.create_partition(**place, PartitionInput={"Values": ["2020"]})
    data = {"Type": "LONG", "LongColumnStatisticsData": {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}}
    given = {"ColumnName": "a", "ColumnType": "int", "AnalyzedTime": 0, "StatisticsData": data}
    glue.update_column_statistics_for_partition(**place, PartitionValues=["2020"], ColumnStatisticsList=[given])
    for values in ("2020", "2021"):
        glue.update_partition(**place, PartitionValueList=["2020"], PartitionInput={"Values": [values], **columns})
    found = glue.get_column_statistics_for_partition(**place, PartitionValues=["2021"], ColumnNames=["a"])
    assert [each["StatisticsData"] for each in found["ColumnStatisticsList"]] == [data]


def test_functions_are_defined_found_by_pattern_changed_and_deleted(glue: Any) -> None:
    for name in ("Mask", "mask_all", "other"):
        glue.create_user_defined_function(
            DatabaseName="shop", FunctionInput={"FunctionName": name, "ClassName": "a.B", "OwnerType": "USER"}
        )
    with fails("AlreadyExistsException"):
        glue.create_user_defined_function(DatabaseName="shop", FunctionInput={"FunctionName": "MASK"})

    def named(pattern: str, **params: Any) -> list[str]:
        found = glue.get_user_defined_functions(Pattern=pattern, **params)["UserDefinedFunctions"]
        return [each["FunctionName"] for each in found]

    assert named("mask*") == named("mask.*", DatabaseName="SHOP") == ["mask", "mask_all"]
    assert named("*") == ["mask", "mask_all", "other"]
    glue.update_user_defined_function(DatabaseName="shop", FunctionName="other", FunctionInput={"ClassName": "c.D"})
    found = glue.get_user_defined_function(DatabaseName="shop", FunctionName="OTHER")["UserDefinedFunction"]
    assert (found["FunctionName"], found["ClassName"], found["DatabaseName"]) == ("other", "c.D", "shop")
    glue.delete_user_defined_function(DatabaseName="shop", FunctionName="other")
    with fails("EntityNotFoundException"):
        glue.delete_user_defined_function(DatabaseName="shop", FunctionName="other")
    with fails("EntityNotFoundException"):
        named("*", DatabaseName="nowhere")


def _indexes(glue: Any) -> dict[str, tuple[str, list[str]]]:
    found = glue.get_partition_indexes(DatabaseName="shop", TableName="t")["PartitionIndexDescriptorList"]
    return {each["IndexName"]: (each["IndexStatus"], [key["Name"] for key in each["Keys"]]) for each in found}


def test_partition_indexes_are_made_with_the_table_and_later_and_are_three_at_most(glue: Any) -> None:
    place = {"DatabaseName": "shop", "TableName": "t"}
    first = {"IndexName": "by_year", "Keys": ["year"]}
    glue.create_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": KEYS}, PartitionIndexes=[first])
    glue.create_partition_index(**place, PartitionIndex={"IndexName": "both", "Keys": ["Month", "year"]})
    assert _indexes(glue) == {"by_year": ("ACTIVE", ["year"]), "both": ("ACTIVE", ["month", "year"])}
    for index, code in [
        (first, "AlreadyExistsException"),
        ({"IndexName": "again", "Keys": ["year"]}, "AlreadyExistsException"),
        ({"IndexName": "x", "Keys": ["none"]}, "InvalidInputException"),
        ({"IndexName": "x", "Keys": ["month", "month"]}, "InvalidInputException"),
        ({"IndexName": "x", "Keys": ["ratio"]}, "InvalidInputException"),
    ]:
        with fails(code):
            glue.create_partition_index(**place, PartitionIndex=index)
    glue.create_partition_index(**place, PartitionIndex={"IndexName": "third", "Keys": ["month"]})
    with fails("ResourceNumberLimitExceededException"):
        glue.create_partition_index(**place, PartitionIndex={"IndexName": "fourth", "Keys": ["year", "month"]})
    glue.update_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": KEYS})
    glue.delete_partition_index(**place, IndexName="third")
    with fails("EntityNotFoundException"):
        glue.delete_partition_index(**place, IndexName="third")
    assert list(_indexes(glue)) == ["by_year", "both"]


def test_index_over_values_that_are_no_numbers_has_failed_and_names_the_partitions(glue: Any) -> None:
    place = {"DatabaseName": "shop", "TableName": "t"}
    glue.create_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": KEYS[:2]})
    for year in ("2020", "soon"):
        glue.create_partition(**place, PartitionInput={"Values": [year, "x"]})
    glue.create_partition_index(**place, PartitionIndex={"IndexName": "by_year", "Keys": ["year"]})
    found = glue.get_partition_indexes(**place)["PartitionIndexDescriptorList"][0]
    assert found["IndexStatus"] == "FAILED"
    assert found["BackfillErrors"] == [
        {"Code": "INVALID_PARTITION_TYPE_DATA_ERROR", "Partitions": [{"Values": ["soon", "x"]}]}
    ]


def test_batch_delete_table_tells_each_missing_table_and_deletes_the_others(glue: Any) -> None:
    for name in ("a", "b"):
        glue.create_table(DatabaseName="shop", TableInput={"Name": name})
    errors = glue.batch_delete_table(DatabaseName="shop", TablesToDelete=["A", "gone", "b"])["Errors"]
    assert [(each["TableName"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [
        ("gone", "EntityNotFoundException")
    ]
    assert glue.get_tables(DatabaseName="shop")["TableList"] == []
    with fails("EntityNotFoundException"):
        glue.batch_delete_table(DatabaseName="nowhere", TablesToDelete=["a"])
