"""What was asked of the engines and what came out: Athena, Redshift, streams and deliveries, QuickSight."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from local_aws.console.html import Html, code, facts, join, link, problem, seconds, section, size, state, table
from local_aws.console.world import World
from local_aws.objects import split_uri

MOST = 100


# Athena
def executions(world: World) -> list[str]:
    """The ids of all queries, the newest first in each workgroup."""
    groups = world.client("athena").list_work_groups()["WorkGroups"]
    names = [each["Name"] for each in groups]
    return [
        found
        for name in names
        for found in world.every("athena", "list_query_executions", "QueryExecutionIds", 1000, WorkGroup=name)
    ]


def athena_table(world: World, most: int) -> Html:
    client, ids, found = world.client("athena"), executions(world), []
    for start in range(0, len(ids), 50):
        found += client.batch_get_query_execution(QueryExecutionIds=ids[start : start + 50])["QueryExecutions"]
    found.sort(key=lambda each: each["Status"]["SubmissionDateTime"], reverse=True)
    rows = []
    for each in found[:most]:
        spent = each.get("Statistics", {})
        address = world.address("athena", each["QueryExecutionId"])
        rows.append(
            (
                each["Status"]["SubmissionDateTime"],
                state(each["Status"]["State"]),
                link(address, code(each["Query"], 90)),
                seconds(spent.get("TotalExecutionTimeInMillis")),
                size(spent.get("DataScannedInBytes")),
            )
        )
    return table(("Submitted", "State", "SQL", "Took", "Scanned"), rows, "Nothing was asked of Athena yet.")


def athena(world: World) -> Html:
    if not world.parts:
        return athena_table(world, MOST)
    each = world.client("athena").get_query_execution(QueryExecutionId=world.parts[0])["QueryExecution"]
    spent, status = each.get("Statistics", {}), each["Status"]
    described = {
        "State": state(status["State"]),
        "Submitted": status["SubmissionDateTime"],
        "Completed": status.get("CompletionDateTime"),
        "Took": seconds(spent.get("TotalExecutionTimeInMillis")),
        "Queued": seconds(spent.get("QueryQueueTimeInMillis")),
        "Scanned": size(spent.get("DataScannedInBytes")),
        "Kind": f"{each['StatementType']} {each.get('SubstatementType') or ''}",
        "Workgroup": each["WorkGroup"],
        "Database": each.get("QueryExecutionContext", {}).get("Database"),
        "Parameters": ", ".join(each.get("ExecutionParameters", [])) or None,
        "Result": _object(world, each["ResultConfiguration"].get("OutputLocation")),
    }
    reason = status.get("StateChangeReason")
    again = link(world.address("sql", sql=each["Query"]), "Edit and run again")
    shown = [problem(reason) if reason else Html(), code(each["Query"]), Html(f"<p>{again}</p>"), facts(described)]
    return section(f"Query {each['QueryExecutionId']}", *shown)


def _object(world: World, uri: str | None) -> Html | None:
    if uri is None:
        return None
    bucket, key = split_uri(uri)
    return link(world.address("storage", bucket, key), uri)


# Redshift
def statements(world: World) -> list[dict[str, Any]]:
    """All statements of the Data API, the newest first."""
    found = world.every("redshift-data", "list_statements", "Statements", Status="ALL")
    return sorted(found, key=lambda each: each["CreatedAt"], reverse=True)


def redshift_table(world: World, most: int) -> Html:
    rows = []
    for each in statements(world)[:most]:
        sql = each.get("QueryString") or "; ".join(each.get("QueryStrings", []))
        address = world.address("redshift", each["Id"])
        rows.append((each["CreatedAt"], state(each["Status"]), link(address, code(sql, 90)), each.get("StatementName")))
    return table(("Submitted", "State", "SQL", "Name"), rows, "Nothing was asked of Redshift yet.")


def redshift(world: World) -> Html:
    if not world.parts:
        return redshift_table(world, MOST)
    each = world.client("redshift-data").describe_statement(Id=world.parts[0])
    described = {
        "State": state(each["Status"]),
        "Submitted": each["CreatedAt"],
        "Took": seconds(each["Duration"] / 1e6) if each.get("Duration", -1) > 0 else None,
        "Rows": each.get("ResultRows"),
        "Bytes": size(each["ResultSize"]) if each.get("ResultSize", -1) >= 0 else None,
        "Database": each.get("Database"),
        "Workgroup": each.get("WorkgroupName"),
        "Cluster": each.get("ClusterIdentifier"),
        "Parameters": ", ".join(f"{one['name']} = {one['value']}" for one in each.get("QueryParameters", [])) or None,
    }
    shown = [problem(each["Error"])] if each.get("Error") else []
    shown += [code(each["QueryString"])] if each.get("QueryString") else []
    for sub in each.get("SubStatements", []):
        shown += [code(sub["QueryString"]), facts({"State": state(sub["Status"]), "Rows": sub.get("ResultRows")})]
    return section(f"Statement {each['Id']}", *shown, facts(described))


# streams
def hoses(world: World) -> list[dict[str, Any]]:
    """All delivery streams, described."""
    client = world.client("firehose")
    names: list[str] = []
    while True:
        after = {"ExclusiveStartDeliveryStreamName": names[-1]} if names else {}
        page = client.list_delivery_streams(Limit=100, **after)
        names += page["DeliveryStreamNames"]
        if not page["HasMoreDeliveryStreams"]:
            break
    described = (client.describe_delivery_stream(DeliveryStreamName=name) for name in names)
    return [each["DeliveryStreamDescription"] for each in described]


def streams(world: World) -> Html:
    rows = []
    for name in world.every("kinesis", "list_streams", "StreamNames"):
        each = world.client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        rows.append((name, state(each["StreamStatus"]), each["OpenShardCount"], each.get("RetentionPeriodHours")))
    heads = ("Stream", "State", "Open shards", "Hours kept")
    parts = [section("Kinesis", table(heads, rows, "There are no streams: create one with CreateStream."))]
    found = hoses(world)
    if not found:
        parts.append(section("Firehose", table((), (), "There are no delivery streams.")))
    return join([*parts, *(_hose(world, each) for each in found)])


def _hose(world: World, each: dict[str, Any]) -> Html:
    to = each["Destinations"][0]["ExtendedS3DestinationDescription"]
    bucket, prefix = to["BucketARN"].rpartition(":::")[2], to.get("Prefix", "")
    source = each.get("Source", {}).get("KinesisStreamSourceDescription", {}).get("KinesisStreamARN")
    hints = to["BufferingHints"]
    described = {
        "State": state(each["DeliveryStreamStatus"]),
        "Source": source or "direct puts",
        "Destination": f"s3://{bucket}/{prefix}",
        "Buffers": f"{hints['SizeInMBs']} MB or {hints['IntervalInSeconds']} s",
        "Compression": to.get("CompressionFormat"),
    }
    fixed = prefix.partition("!{")[0]
    objects = world.lake.objects.listing(bucket, fixed) if world.lake.objects.has_bucket(bucket) else []
    own = [found for found in objects if f"{each['DeliveryStreamName']}-" in found.key.rpartition("/")[2]]
    newest = sorted(own, key=lambda found: found.last_modified, reverse=True)[:15]
    rows = [
        (found.last_modified, link(world.address("storage", bucket, found.key), found.key), size(found.size))
        for found in newest
    ]
    delivered = table(("Delivered", "Object", "Size"), rows, "Nothing delivered yet: it waits for the buffer to fill.")
    return section(f"Firehose {each['DeliveryStreamName']}", facts(described), delivered)


# QuickSight
def dashboards(world: World) -> list[dict[str, Any]]:
    return world.every("quicksight", "list_dashboards", "DashboardSummaryList", AwsAccountId=world.account)


def quicksight(world: World) -> Html:
    rows = []
    for each in dashboards(world):
        name = link(f"/dashboards/{world.account}/{each['DashboardId']}", each["Name"])
        rows.append((name, each.get("PublishedVersionNumber"), each.get("LastPublishedTime")))
    parts = [section("Dashboards", table(("Dashboard", "Version", "Published"), rows, "There are no dashboards."))]
    for each in world.every("quicksight", "list_data_sets", "DataSetSummaries", AwsAccountId=world.account):
        parts.append(section(f"SPICE: {each['Name']}", _ingestions(world, each["DataSetId"])))
    return join(parts)


def _ingestions(world: World, data_set: str) -> Html:
    found: list[dict[str, Any]] = []
    with suppress(ClientError):  # a data set that queries its source directly has none
        found = world.every(
            "quicksight", "list_ingestions", "Ingestions", 20, AwsAccountId=world.account, DataSetId=data_set
        )
    rows = []
    for each in sorted(found, key=lambda one: one["CreatedTime"], reverse=True):
        counts, error = each.get("RowInfo", {}), each.get("ErrorInfo", {})
        reason = f"{error['Type']}: {error.get('Message', '')}" if error else None
        rows.append(
            (
                each["CreatedTime"],
                state(each["IngestionStatus"]),
                counts.get("RowsIngested"),
                counts.get("RowsDropped"),
                size(each.get("IngestionSizeInBytes")),
                reason,
            )
        )
    return table(("Created", "State", "Rows", "Dropped", "Size", "Error"), rows, "Not ingested yet.")
