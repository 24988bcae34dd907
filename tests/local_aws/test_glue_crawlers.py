"""The crawler API: definitions, states, history, classifiers, refusals; through boto3."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.glue_helpers import Crawls

ROWS = [{"a": 1, "b": "x"}]


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    found = Crawls(client, bucket)
    found.put_json("raw/day=1/part", ROWS)
    return found


@contextmanager
def fails(code: str, match: str | None = None) -> Iterator[None]:
    with pytest.raises(ClientError, match=match) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


@contextmanager
def busy(server: LocalAws, account_id: str) -> Iterator[None]:
    """Every job thread is taken, so that a crawl that starts stays RUNNING."""
    jobs, go = server.app.account(account_id, "us-east-1").lake.jobs, threading.Event()
    held = [jobs.start("held", lambda _: go.wait(20) and None) for _ in range(8)]
    try:
        yield
    finally:
        go.set()
        for job in held:
            job.wait(20)


def test_crawler_is_shown_as_it_was_created(crawls: Crawls) -> None:
    crawls.create(Description="orders", TablePrefix="p_", Tags={"team": "data"})
    shown = crawls.glue.get_crawler(Name="orders")["Crawler"]
    assert {name: shown[name] for name in ("Name", "Role", "State", "DatabaseName", "TablePrefix", "Version")} == {
        "Name": "orders",
        "Role": "crawler",
        "State": "READY",
        "DatabaseName": "orderlogs",
        "TablePrefix": "p_",
        "Version": 1,
    }
    assert shown["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    assert shown["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert "LastCrawl" not in shown


def test_update_changes_what_is_given_and_counts_versions(crawls: Crawls) -> None:
    crawls.create(TablePrefix="p_")
    crawls.glue.update_crawler(Name="orders", Description="new")
    shown = crawls.glue.get_crawler(Name="orders")["Crawler"]
    assert (shown["Description"], shown["TablePrefix"], shown["Version"]) == ("new", "p_", 2)


def test_names_are_unique_and_unknown_ones_an_error(crawls: Crawls) -> None:
    crawls.create()
    with fails("AlreadyExistsException"):
        crawls.create()
    for call in (
        lambda: crawls.glue.get_crawler(Name="none"),
        lambda: crawls.glue.start_crawler(Name="none"),
        lambda: crawls.glue.stop_crawler(Name="none"),
        lambda: crawls.glue.delete_crawler(Name="none"),
        lambda: crawls.glue.update_crawler(Name="none"),
        lambda: crawls.glue.list_crawls(CrawlerName="none"),
    ):
        with fails("EntityNotFoundException", "none"):
            call()


def test_listings_page_and_filter_by_tag(crawls: Crawls) -> None:
    for number in range(3):
        crawls.create(name=f"c{number}", Tags={"n": str(number)})
    first = crawls.glue.get_crawlers(MaxResults=2)
    rest = crawls.glue.get_crawlers(MaxResults=2, NextToken=first["NextToken"])
    assert [each["Name"] for each in first["Crawlers"] + rest["Crawlers"]] == ["c0", "c1", "c2"]
    assert "NextToken" not in rest
    assert crawls.glue.list_crawlers(Tags={"n": "1"})["CrawlerNames"] == ["c1"]
    batch = crawls.glue.batch_get_crawlers(CrawlerNames=["c2", "none"])
    assert [each["Name"] for each in batch["Crawlers"]] == ["c2"]
    assert batch["CrawlersNotFound"] == ["none"]


def test_tags_live_and_die_with_the_crawler(crawls: Crawls, account_id: str) -> None:
    arn = f"arn:aws:glue:us-east-1:{account_id}:crawler/orders"
    crawls.create(Tags={"team": "data"})
    assert crawls.glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "data"}
    crawls.glue.tag_resource(ResourceArn=arn, TagsToAdd={"more": "1"})
    crawls.glue.delete_crawler(Name="orders")
    crawls.create()
    assert crawls.glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_last_crawl_and_history_agree(crawls: Crawls) -> None:
    crawls.create()
    crawl = crawls.run()
    last = crawls.glue.get_crawler(Name="orders")["Crawler"]["LastCrawl"]
    assert (last["Status"], last["LogGroup"], last["LogStream"]) == ("SUCCEEDED", "/aws-glue/crawlers", "orders")
    assert (crawl["State"], crawl["MessagePrefix"]) == ("COMPLETED", last["MessagePrefix"])
    assert crawl["StartTime"] <= crawl["EndTime"]
    [metrics] = crawls.glue.get_crawler_metrics(CrawlerNameList=["orders"])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["StillEstimating"]) == (1, False)


def test_history_is_newest_first_paged_and_filtered(crawls: Crawls) -> None:
    crawls.create()
    ids = [crawls.run()["CrawlId"] for _ in range(3)][::-1]
    first = crawls.glue.list_crawls(CrawlerName="orders", MaxResults=2)
    rest = crawls.glue.list_crawls(CrawlerName="orders", MaxResults=2, NextToken=first["NextToken"])
    assert [each["CrawlId"] for each in first["Crawls"] + rest["Crawls"]] == ids

    def found(field: str, operator: str, value: str) -> list[str]:
        filters = [{"FieldName": field, "FilterOperator": operator, "FieldValue": value}]
        return [each["CrawlId"] for each in crawls.glue.list_crawls(CrawlerName="orders", Filters=filters)["Crawls"]]

    assert found("CRAWL_ID", "EQ", ids[1]) == [ids[1]]
    assert found("STATE", "EQ", "FAILED") == []
    assert found("STATE", "NE", "FAILED") == ids
    assert found("START_TIME", "GT", "0") == ids
    assert found("END_TIME", "LT", "1000") == []
    assert found("DPU_HOUR", "LE", "1") == ids


def test_running_crawler_is_neither_started_nor_changed_nor_deleted(
    crawls: Crawls, local_aws: LocalAws, account_id: str
) -> None:
    crawls.create()
    with busy(local_aws, account_id):
        crawls.glue.start_crawler(Name="orders")
        assert crawls.glue.get_crawler(Name="orders")["Crawler"]["State"] == "RUNNING"
        assert crawls.glue.list_crawls(CrawlerName="orders")["Crawls"][0]["State"] == "RUNNING"
        for call in (crawls.glue.start_crawler, crawls.glue.update_crawler, crawls.glue.delete_crawler):
            with fails("CrawlerRunningException"):
                call(Name="orders")
    crawls.wait()


def test_stopped_crawl_is_cancelled_and_writes_nothing(crawls: Crawls, local_aws: LocalAws, account_id: str) -> None:
    crawls.create()
    with fails("CrawlerNotRunningException"):
        crawls.glue.stop_crawler(Name="orders")
    with busy(local_aws, account_id):
        crawls.glue.start_crawler(Name="orders")
        crawls.glue.stop_crawler(Name="orders")
        assert crawls.glue.get_crawler(Name="orders")["Crawler"]["State"] == "STOPPING"
        with fails("CrawlerStoppingException"):
            crawls.glue.stop_crawler(Name="orders")
    crawls.wait()
    assert crawls.glue.get_crawler(Name="orders")["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"
    assert crawls.glue.list_crawls(CrawlerName="orders")["Crawls"][0]["State"] == "STOPPED"
    assert crawls.tables() == {}


def test_bucket_that_is_missing_when_the_crawl_runs_fails_it(crawls: Crawls) -> None:
    crawls.s3.create_bucket(Bucket=f"{crawls.bucket}-gone")
    crawls.create(Targets={"S3Targets": [{"Path": f"s3://{crawls.bucket}-gone/raw/"}]})
    crawls.s3.delete_bucket(Bucket=f"{crawls.bucket}-gone")
    assert_failed(crawls, f"The specified bucket does not exist: {crawls.bucket}-gone")


@pytest.mark.parametrize("scheme", ["s3://", ""])
def test_database_that_is_missing_when_the_crawl_runs_is_made(crawls: Crawls, scheme: str) -> None:
    crawls.put("raw/kind=tea/one.json", '{"a": 1}')
    crawls.create(DatabaseName="nowhere", Targets={"S3Targets": [{"Path": f"{scheme}{crawls.bucket}/raw"}]})
    assert crawls.run()["State"] == "COMPLETED"
    assert [each["Name"] for each in crawls.glue.get_tables(DatabaseName="nowhere")["TableList"]] == ["raw"]


def assert_failed(crawls: Crawls, message: str) -> None:
    crawl = crawls.run()
    assert crawl["State"] == "FAILED"
    assert message in crawl["ErrorMessage"]
    last = crawls.glue.get_crawler(Name="orders")["Crawler"]["LastCrawl"]
    assert (last["Status"], last["ErrorMessage"]) == ("FAILED", crawl["ErrorMessage"])


def test_log_tells_what_was_done_and_what_was_not_recognised(
    crawls: Crawls, client: Callable[..., Any], local_aws: LocalAws
) -> None:
    crawls.put("raw/day=1/letter", "Dear all,\nthe tea is sold out\n")
    crawls.create()
    local_aws.clock.set(datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
    try:
        crawl = crawls.run()
        last = crawls.glue.get_crawler(Name="orders")["Crawler"]["LastCrawl"]
        found = client("logs").get_log_events(
            logGroupName=last["LogGroup"], logStreamName=last["LogStream"], startFromHead=True
        )["events"]
    finally:
        local_aws.clock.set(datetime.now(UTC))
    lines = [each["message"] for each in found]
    assert all(line.startswith(f"[{crawl['CrawlId']}] ") for line in lines)
    told = "\n".join(lines)
    assert f"No classifier recognises s3://{crawls.bucket}/raw/day=1/letter" in told
    assert "Created table raw in database orderlogs; partitions: 1 added" in told


def test_without_a_database_tables_go_to_default(crawls: Crawls) -> None:
    targets = {"S3Targets": [{"Path": f"s3://{crawls.bucket}/raw"}]}
    crawls.glue.create_crawler(Name="orders", Role="crawler", Targets=targets)
    crawls.run()
    assert crawls.glue.get_table(DatabaseName="default", Name="raw")["Table"]["Name"] == "raw"


@pytest.mark.parametrize(
    ("options", "feature"),
    [
        pytest.param({"Targets": {"JdbcTargets": [{"Path": "db/%"}]}}, "JdbcTargets", id="JDBC"),
        pytest.param({"Targets": {"DynamoDBTargets": [{"Path": "t"}]}}, "DynamoDBTargets", id="DynamoDB"),
        pytest.param({"Targets": {"MongoDBTargets": [{"Path": "t"}]}}, "MongoDBTargets", id="MongoDB"),
        pytest.param({"Targets": {"DeltaTargets": [{"DeltaTables": ["s3://b/t"]}]}}, "DeltaTargets", id="Delta"),
        pytest.param({"Targets": {"HudiTargets": [{"Paths": ["s3://b/t"]}]}}, "HudiTargets", id="Hudi"),
        pytest.param({"Targets": {"IcebergTargets": [{"Paths": ["s3://b/t"]}]}}, "IcebergTargets", id="Iceberg"),
        pytest.param(
            {
                "Targets": {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"], "ConnectionName": "n"}]},
                "SchemaChangePolicy": {"DeleteBehavior": "LOG"},
            },
            "catalog targets with ConnectionName",
            id="catalog through a connection",
        ),
        pytest.param({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "CRAWL_EVENT_MODE", id="events"),
        pytest.param(
            {"LakeFormationConfiguration": {"UseLakeFormationCredentials": True}}, "Lake Formation", id="Lake Formation"
        ),
        pytest.param({"configuration": {"Unheard": 1}}, "Unheard", id="unknown configuration"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(crawls: Crawls, options: dict[str, Any], feature: str) -> None:
    with fails("InvalidInputException", f"does not support .*{feature}"):
        crawls.create(**options)
    assert crawls.glue.list_crawlers()["CrawlerNames"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"Targets": {"S3Targets": []}}, "at least one target", id="no target"),
        pytest.param({"Targets": {"S3Targets": [{"Path": "https://b/t"}]}}, "not an S3 location", id="no S3 path"),
        pytest.param(
            {"Targets": {"S3Targets": [{"Path": "s3://no-such-bucket/raw"}]}}, "no-such-bucket does not", id="no bucket"
        ),
        pytest.param({"Configuration": "{"}, "not valid JSON", id="configuration is no JSON"),
        pytest.param({"Configuration": '{"Version": 2}'}, "Version 1.0", id="configuration version"),
        pytest.param(
            {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "LOG", id="new folders need LOG"
        ),
        pytest.param({"TablePrefix": "p" * 65}, "64", id="long prefix"),
        pytest.param({"Schedule": "every noon"}, "Invalid schedule expression", id="no schedule"),
        pytest.param({"SchemaChangePolicy": {"UpdateBehavior": "MAYBE"}}, "enum value set", id="no such behaviour"),
    ],
)
def test_what_aws_refuses_is_refused(crawls: Crawls, options: dict[str, Any], message: str) -> None:
    with fails("InvalidInputException", message):
        crawls.create(**options)


def test_crawler_needs_its_classifiers(crawls: Crawls) -> None:
    with fails("EntityNotFoundException", "none"):
        crawls.create(Classifiers=["none"])


def test_files_of_a_format_that_is_not_emulated_fail_the_crawl_by_name(crawls: Crawls) -> None:
    crawls.put("raw/day=1/x.xml", b"<?xml version='1.0'?><a/>")
    crawls.create()
    crawl = crawls.run()
    assert (crawl["State"], "XML" in crawl["ErrorMessage"]) == ("FAILED", True)


def test_crawler_without_schedule_has_none_to_start_or_stop(crawls: Crawls) -> None:
    crawls.create()
    with fails("NoScheduleException"):
        crawls.glue.start_crawler_schedule(CrawlerName="orders")
    with fails("SchedulerNotRunningException"):
        crawls.glue.stop_crawler_schedule(CrawlerName="orders")


def test_scheduled_crawler_runs_when_the_clock_reaches_its_time(crawls: Crawls, local_aws: LocalAws) -> None:
    crawls.put_json("raw/day=1/x.json", [{"a": 1}])
    try:
        local_aws.clock.set(datetime(2010, 12, 1, 8, tzinfo=UTC))
        crawls.create(Schedule="cron(0 12 * * ? *)")
        shown = crawls.glue.get_crawler(Name="orders")["Crawler"]["Schedule"]
        assert shown == {"ScheduleExpression": "cron(0 12 * * ? *)", "State": "SCHEDULED"}
        local_aws.clock.set(datetime(2010, 12, 1, 11, 59, tzinfo=UTC))
        assert crawls.glue.list_crawls(CrawlerName="orders")["Crawls"] == []
        local_aws.clock.set(datetime(2010, 12, 1, 12, 1, tzinfo=UTC))
        crawls.wait()
        assert list(crawls.tables()) == ["raw"]
        crawls.glue.stop_crawler_schedule(CrawlerName="orders")
        local_aws.clock.set(datetime(2010, 12, 2, 12, 1, tzinfo=UTC))
        assert crawls.glue.get_crawler(Name="orders")["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
        assert len(crawls.glue.list_crawls(CrawlerName="orders")["Crawls"]) == 1
        crawls.glue.start_crawler_schedule(CrawlerName="orders")
        with fails("SchedulerRunningException"):
            crawls.glue.start_crawler_schedule(CrawlerName="orders")
        local_aws.clock.set(datetime(2010, 12, 3, 12, 1, tzinfo=UTC))
        crawls.wait()
        assert len(crawls.glue.list_crawls(CrawlerName="orders")["Crawls"]) == 2
        crawls.glue.update_crawler_schedule(CrawlerName="orders", Schedule="")
        assert "Schedule" not in crawls.glue.get_crawler(Name="orders")["Crawler"]
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_classifiers_are_kept_versioned_and_deleted(crawls: Crawls) -> None:
    glue = crawls.glue
    glue.create_classifier(CsvClassifier={"Name": "csv", "Delimiter": ";"})
    glue.create_classifier(JsonClassifier={"Name": "json", "JsonPath": "$[*]"})
    with fails("AlreadyExistsException"):
        glue.create_classifier(CsvClassifier={"Name": "csv"})
    glue.update_classifier(CsvClassifier={"Name": "csv", "QuoteSymbol": "'"})
    shown = glue.get_classifier(Name="csv")["Classifier"]["CsvClassifier"]
    assert (shown["Delimiter"], shown["QuoteSymbol"], shown["Version"]) == (";", "'", 2)
    assert len(glue.get_classifiers()["Classifiers"]) == 2
    glue.delete_classifier(Name="csv")
    with fails("EntityNotFoundException", "csv"):
        glue.get_classifier(Name="csv")


@pytest.mark.parametrize(
    ("classifier", "feature"),
    [
        pytest.param(
            {"GrokClassifier": {"Name": "g", "Classification": "x", "GrokPattern": "%{WORD:w}"}},
            "GrokClassifier",
            id="Grok",
        ),
        pytest.param({"XMLClassifier": {"Name": "x", "Classification": "x"}}, "XMLClassifier", id="XML"),
        pytest.param({"JsonClassifier": {"Name": "j", "JsonPath": "$.orders[*]"}}, "orders", id="JSON path"),
    ],
)
def test_classifiers_that_are_not_emulated_are_refused_by_name(
    crawls: Crawls, classifier: dict[str, Any], feature: str
) -> None:
    with fails("InvalidInputException", f"does not support .*{feature}"):
        crawls.glue.create_classifier(**classifier)
    assert crawls.glue.get_classifiers()["Classifiers"] == []


def test_json_array_is_one_column_or_rows_by_classifier(crawls: Crawls) -> None:
    crawls.put("arrays/file.json", '[{"a": 1}, {"a": 2.5, "b": [true]}]')
    crawls.create("arrays/", "built-in")
    crawls.run("built-in")
    [column] = crawls.tables()["arrays"]["StorageDescriptor"]["Columns"]
    assert column == {"Name": "array", "Type": "array<struct<a:double,b:array<boolean>>>"}
    crawls.glue.create_classifier(JsonClassifier={"Name": "rows", "JsonPath": "$[*]"})
    crawls.create("arrays/", "rows", Classifiers=["rows"])
    crawls.run("rows")
    found = {each["Name"]: each["Type"] for each in crawls.tables()["arrays"]["StorageDescriptor"]["Columns"]}
    assert found == {"a": "double", "b": "array<boolean>"}
