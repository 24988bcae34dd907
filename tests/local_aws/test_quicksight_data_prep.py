"""Data sets in the new data preparation: each step by its rows, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture

SALES = """CREATE TABLE sales AS SELECT * FROM (VALUES
    (1, 'FR', 'web', 10, 1.5, TIMESTAMP '2010-12-01'), (2, 'FR', 'shop', 20, 2.5, TIMESTAMP '2010-12-02'),
    (3, 'DE', 'web', 30, 3.0, TIMESTAMP '2010-12-03'), (4, NULL, 'web', 40, NULL, NULL)
) AS t(id, country, channel, quantity, price, sold)"""
COUNTRIES = (
    "CREATE TABLE countries AS SELECT * FROM (VALUES ('FR', 'France', 1), ('IT', 'Italy', 2)) t(code, title, id)"
)
COLUMNS = {"id": "INTEGER", "country": "STRING", "channel": "STRING", "quantity": "INTEGER", "price": "DECIMAL"}
Step = dict[str, Any]


@pytest.fixture
def sales(world: World) -> World:  # noqa: F811
    world.engine.run(SALES)
    world.engine.run(COUNTRIES)
    return world


def tables(at: World) -> dict[str, Any]:
    return {
        "p1": at.table("sales", **COLUMNS, sold="DATETIME"),
        "p2": at.table("countries", code="STRING", title="STRING", id="INTEGER"),
    }


def prep(steps: dict[str, Step], last: str = "last", **changed: Any) -> dict[str, Any]:
    imports = {
        f"i{n}": {"ImportTableStep": {"Alias": alias, "Source": {"SourceTableId": f"s{n}"}}}
        for n, alias in ((1, "sales"), (2, "countries"))
    }
    made = {
        "SourceTableMap": {"s1": {"PhysicalTableId": "p1"}, "s2": {"PhysicalTableId": "p2"}},
        "TransformStepMap": {**imports, **steps},
        "DestinationTableMap": {"d": {"Alias": "out", "Source": {"TransformOperationId": last}}},
    }
    return made | changed


def of(step: str, source: str = "i1", **shape: Any) -> dict[str, Step]:
    return {"last": {step: {"Alias": "x", "Source": {"TransformOperationId": source}, **shape}}}


def rows(at: World, steps: dict[str, Step], **more: Any) -> list[tuple[Any, ...]]:
    ended = at.loaded("made", tables(at), DataPrepConfiguration=prep(steps), **more)
    assert ended["IngestionStatus"] == "COMPLETED", ended
    return at.rows("made")


def ids(at: World, *operations: Step) -> list[int]:
    return [row[0] for row in rows(at, of("FiltersStep", FilterOperations=list(operations)))]


def test_left_join_keeps_all_rows_and_names_what_both_have(sales: World) -> None:
    join = {
        "Alias": "with countries",
        "Type": "LEFT",
        "OnClause": "{country} = {code}",
        "LeftOperand": {"TransformOperationId": "i1"},
        "RightOperand": {"TransformOperationId": "i2"},
    }
    found = rows(sales, {"last": {"JoinStep": join}})
    assert [(row[0], row[7]) for row in found] == [(1, "France"), (2, "France"), (3, None), (4, None)]
    described = sales.client.describe_data_set(AwsAccountId=sales.account, DataSetId="made")["DataSet"]
    assert [each["Name"] for each in described["OutputColumns"]][6:] == ["code", "title", "id[countries]"]
    assert described["DataPrepConfiguration"]["TransformStepMap"]["last"]["JoinStep"] == join


def test_join_names_columns_as_it_is_told(sales: World) -> None:
    names = {"OutputColumnNameOverrides": [{"SourceColumnName": "id", "OutputColumnName": "country_id"}]}
    join = {
        "Alias": "x",
        "Type": "INNER",
        "OnClause": "{country} = {code}",
        "LeftOperand": {"TransformOperationId": "i1"},
        "RightOperand": {"TransformOperationId": "i2"},
        "RightOperandProperties": names,
    }
    rows(sales, {"last": {"JoinStep": join}})
    described = sales.client.describe_data_set(AwsAccountId=sales.account, DataSetId="made")["DataSet"]
    assert described["OutputColumns"][-1]["Name"] == "country_id"


TEXT = [
    ("EQUALS", "FR", [1, 2]),
    ("DOES_NOT_EQUAL", "FR", [3, 4]),
    ("CONTAINS", "R", [1, 2]),
    ("DOES_NOT_CONTAIN", "R", [3, 4]),
    ("STARTS_WITH", "D", [3]),
    ("ENDS_WITH", "E", [3]),
]


@pytest.mark.parametrize(("operator", "value", "expected"), TEXT, ids=[case[0] for case in TEXT])
def test_filter_of_a_text(sales: World, operator: str, value: str, expected: list[int]) -> None:
    comparison = {"Operator": operator, "Value": {"StaticValue": value}}
    shape = {"ColumnName": "country", "ComparisonFilterCondition": comparison}
    assert ids(sales, {"StringFilterCondition": shape}) == expected


def test_filters_of_all_kinds_hold_together(sales: World) -> None:
    among = {"Operator": "EXCLUDE", "Values": {"StaticValues": ["DE"]}}
    span = {"RangeMinimum": {"StaticValue": 10.0}, "RangeMaximum": {"StaticValue": 40.0}, "IncludeMaximum": True}
    before = {"Operator": "BEFORE", "Value": {"StaticValue": datetime(2010, 12, 3, tzinfo=UTC)}}
    operations: list[Step] = [
        {"StringFilterCondition": {"ColumnName": "country", "ListFilterCondition": among}},
        {"NumericFilterCondition": {"ColumnName": "quantity", "RangeFilterCondition": span}},
    ]
    assert ids(sales, *operations) == [2, 4]
    operations.append({"DateFilterCondition": {"ColumnName": "sold", "ComparisonFilterCondition": before}})
    sales.client.delete_data_set(AwsAccountId=sales.account, DataSetId="made")
    assert ids(sales, *operations, {"ConditionExpression": "{channel} = 'shop'"}) == [2]


def test_steps_follow_one_another(sales: World) -> None:
    def step(kind: str, source: str, **shape: Any) -> Step:
        return {kind: {"Alias": "x", "Source": {"TransformOperationId": source}, **shape}}

    created = [{"ColumnName": "total", "ColumnId": "c", "Expression": "{quantity} * {price}"}]
    steps = {
        "a": step("CreateColumnsStep", "i1", Columns=created),
        "b": step("RenameColumnsStep", "a", RenameColumnOperations=[{"ColumnName": "id", "NewColumnName": "number"}]),
        "c": step(
            "CastColumnTypesStep", "b", CastColumnTypeOperations=[{"ColumnName": "number", "NewColumnType": "STRING"}]
        ),
        "last": step("ProjectStep", "c", ProjectedColumns=["total", "number"]),
    }
    assert rows(sales, steps)[:2] == [(Decimal("15.0000"), "1"), (Decimal("50.0000"), "2")]


def test_aggregates_of_each_group(sales: World) -> None:
    def simple(kind: str, column: str, name: str) -> Step:
        function = {"SimpleAggregation": {"FunctionType": kind, "InputColumnName": column}}
        return {"AggregationFunction": function, "NewColumnName": name, "NewColumnId": name}

    listed = {"ListAggregation": {"InputColumnName": "country", "Separator": "|", "Distinct": True}}
    made = [
        simple("SUM", "quantity", "sold"),
        simple("AVERAGE", "price", "mean"),
        simple("COUNT", "price", "priced"),
        simple("DISTINCT_COUNT", "country", "places"),
        simple("MAX", "sold", "last"),
        {"AggregationFunction": listed, "NewColumnName": "where", "NewColumnId": "w"},
    ]
    found = rows(sales, of("AggregateStep", GroupByColumnNames=["channel"], Aggregations=made))
    assert found == [
        ("shop", 20, Decimal("2.5000"), 1, 1, datetime(2010, 12, 2), "FR"),
        ("web", 80, Decimal("2.2500"), 2, 2, datetime(2010, 12, 3), "DE|FR"),
    ]


def test_rows_that_cannot_be_read_are_counted_though_they_are_in_no_group(sales: World) -> None:
    sales.engine.run("CREATE TABLE dirty AS SELECT * FROM (VALUES ('a', '1'), ('a', 'x')) t(k, n)")
    count = {"SimpleAggregation": {"FunctionType": "SUM", "InputColumnName": "n"}}
    made = [{"AggregationFunction": count, "NewColumnName": "sum", "NewColumnId": "s"}]
    physical = {**tables(sales), "p1": sales.table("dirty", k="STRING", n="INTEGER")}
    steps = of("AggregateStep", GroupByColumnNames=["k"], Aggregations=made)
    ended = sales.loaded("made", physical, DataPrepConfiguration=prep(steps))
    assert ended["RowInfo"] == {"RowsIngested": 1, "RowsDropped": 1, "TotalRowsInDataset": 1}
    assert sales.rows("made") == [("a", 1)]


def test_labels_become_columns(sales: World) -> None:
    value = {"AggregationFunction": {"SimpleAggregation": {"FunctionType": "SUM", "InputColumnName": "quantity"}}}
    labels = [{"LabelName": name, "NewColumnName": f"by {name}", "NewColumnId": name} for name in ("web", "shop")]
    pivot = {"LabelColumnName": "channel", "PivotedLabels": labels}
    shape = {"GroupByColumnNames": ["country"], "ValueColumnConfiguration": value, "PivotConfiguration": pivot}
    assert rows(sales, of("PivotStep", **shape)) == [("DE", 30, None), ("FR", 10, 20), (None, 40, None)]


def test_columns_become_rows(sales: World) -> None:
    spread = [{"ColumnName": "country"}, {"ColumnName": "channel", "NewValue": "way"}]
    names = {"UnpivotedLabelColumnName": "what", "UnpivotedLabelColumnId": "l"}
    names |= {"UnpivotedValueColumnName": "said", "UnpivotedValueColumnId": "v"}
    steps = {
        "p": {
            "ProjectStep": {
                "Source": {"TransformOperationId": "i1"},
                "ProjectedColumns": ["id", "country", "channel"],
            }
        },
        **of("UnpivotStep", "p", ColumnsToUnpivot=spread, **names),
    }
    assert rows(sales, steps)[:4] == [
        (1, "country", "FR"),
        (1, "way", "web"),
        (2, "country", "FR"),
        (2, "way", "shop"),
    ]


def test_rows_of_two_tables_follow_one_another(sales: World) -> None:
    append = {
        "Alias": "x",
        "FirstSource": {"TransformOperationId": "i1"},
        "SecondSource": {"TransformOperationId": "i2"},
        "AppendedColumns": [{"ColumnName": "id", "NewColumnId": "a"}, {"ColumnName": "title", "NewColumnId": "b"}],
    }
    found = rows(sales, {"last": {"AppendStep": append}})
    assert sorted(found, key=str) == [(1, "France"), (1, None), (2, "Italy"), (2, None), (3, None), (4, None)]


def test_the_semantic_model_describes_columns(sales: World) -> None:
    properties = [{"Description": {"Text": "where"}}, {"SemanticType": {"GeographicalRole": "COUNTRY"}}]
    metadata = {"ColumnMetadata": [{"ColumnNames": ["country"], "ColumnProperties": properties}]}
    table = {"Alias": "out", "DestinationTableId": "d", "SemanticMetadata": metadata}
    steps = of("ProjectStep", ProjectedColumns=["id", "country"])
    rows(sales, steps, SemanticModelConfiguration={"TableMap": {"t": table}})
    described = sales.client.describe_data_set(AwsAccountId=sales.account, DataSetId="made")["DataSet"]
    assert described["OutputColumns"][1] == {"Name": "country", "Type": "STRING", "Description": "where"}


LOOP = {
    "last": {"ProjectStep": {"Source": {"TransformOperationId": "other"}, "ProjectedColumns": ["id"]}},
    "other": {"ProjectStep": {"Source": {"TransformOperationId": "last"}, "ProjectedColumns": ["id"]}},
}
BROKEN = [
    ("a step that is not there", of("ProjectStep", "nowhere", ProjectedColumns=["id"]), {}, "'nowhere'"),
    ("a column that is not there", of("ProjectStep", ProjectedColumns=["ghost"]), {}, "'ghost'"),
    ("a step made of itself", LOOP, {}, "made of itself"),
    (
        "a sum of texts",
        of(
            "AggregateStep",
            Aggregations=[
                {
                    "AggregationFunction": {"SimpleAggregation": {"FunctionType": "SUM", "InputColumnName": "country"}},
                    "NewColumnName": "s",
                    "NewColumnId": "s",
                }
            ],
        ),
        {},
        "SUM of a STRING",
    ),
    (
        "a source that is not there",
        of("ProjectStep", ProjectedColumns=["id"]),
        {"SourceTableMap": {"s1": {"PhysicalTableId": "ghost"}}},
        "'ghost'",
    ),
    (
        "a text's filter of a number",
        of(
            "FiltersStep",
            FilterOperations=[
                {
                    "StringFilterCondition": {
                        "ColumnName": "id",
                        "ComparisonFilterCondition": {"Operator": "EQUALS", "Value": {"StaticValue": "1"}},
                    }
                }
            ],
        ),
        {},
        "INTEGER",
    ),
]


@pytest.mark.parametrize(("name", "steps", "changed", "said"), BROKEN, ids=[case[0] for case in BROKEN])
def test_what_leads_nowhere_is_refused(
    sales: World, name: str, steps: dict[str, Step], changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError) as caught:
        sales.create_data_set("made", tables(sales), DataPrepConfiguration=prep(steps, **changed))
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert said in error["Message"]


def test_row_level_rules_of_the_semantic_model_are_refused_by_name(sales: World) -> None:
    rules = {"RowLevelPermissionDataSet": {"Arn": sales.data_set_arn("rules"), "PermissionPolicy": "GRANT_ACCESS"}}
    table = {"Alias": "out", "DestinationTableId": "d", "RowLevelPermissionConfiguration": rules}
    steps = of("ProjectStep", ProjectedColumns=["id"])
    with pytest.raises(ClientError, match="RowLevelPermissionConfiguration"):
        sales.create_data_set(
            "made",
            tables(sales),
            DataPrepConfiguration=prep(steps),
            SemanticModelConfiguration={"TableMap": {"t": table}},
        )
