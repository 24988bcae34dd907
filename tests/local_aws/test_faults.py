"""Faults, through the real client: what is struck, in whose words, and what took place behind a lost answer."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from local_aws.faults import Fault, Faults
from local_aws.server import LocalAws

Client = Callable[..., Any]
RETRYING = Config(retries={"mode": "standard", "total_max_attempts": 2})


@pytest.fixture
def faults(local_aws: LocalAws) -> Iterator[Faults]:
    """No fault is set before, and none is left behind."""
    local_aws.faults.clear()
    local_aws.faults.reset_calls()
    yield local_aws.faults
    local_aws.faults.clear()


THROTTLES = [
    ("athena", "list_work_groups", {}, "ThrottlingException", 400),
    ("athena", "start_query_execution", {"QueryString": "SELECT 1"}, "TooManyRequestsException", 400),
    ("kinesis", "get_records", {"ShardIterator": "x"}, "ProvisionedThroughputExceededException", 400),
    ("kinesis", "describe_stream_summary", {"StreamName": "s"}, "LimitExceededException", 400),
    (
        "firehose",
        "put_record",
        {"DeliveryStreamName": "d", "Record": {"Data": b"x"}},
        "ServiceUnavailableException",
        503,
    ),
    ("firehose", "list_delivery_streams", {}, "ThrottlingException", 400),
    ("quicksight", "list_data_sets", {"AwsAccountId": "123456789012"}, "ThrottlingException", 429),
    ("redshift-data", "list_statements", {}, "ThrottlingException", 400),
    ("cloudformation", "list_stacks", {}, "Throttling", 400),
    ("glue", "get_databases", {}, "ThrottlingException", 400),
    ("s3", "list_buckets", {}, "SlowDown", 503),
    ("s3", "get_object", {"Bucket": "b", "Key": "k"}, "SlowDown", 503),
    ("sts", "get_caller_identity", {}, "Throttling", 400),
    ("ec2", "describe_vpcs", {}, "RequestLimitExceeded", 503),
    ("cloudwatch", "list_metrics", {}, "ThrottlingException", 400),
    ("secretsmanager", "list_secrets", {}, "ThrottlingException", 400),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status"), THROTTLES, ids=[f"{each[0]}.{each[1]}" for each in THROTTLES]
)
def test_throttling_speaks_as_the_service_does(
    client: Client, faults: Faults, service: str, operation: str, params: dict[str, Any], code: str, status: int
) -> None:
    made = client(service)
    faults.add(f"{service}.{made.meta.method_to_api_mapping[operation]}=throttle")
    with pytest.raises(ClientError) as caught:
        getattr(made, operation)(**params)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("service", "kind", "code"),
    [("glue", "500", "InternalFailure"), ("glue", "503", "ServiceUnavailable"), ("s3", "500", "InternalError")],
)
def test_a_broken_service_says_so(client: Client, faults: Faults, service: str, kind: str, code: str) -> None:
    faults.add(f"{service}.*={kind}")
    call = {"glue": lambda: client("glue").get_databases(), "s3": lambda: client("s3").list_buckets()}[service]
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == int(kind)


@pytest.mark.parametrize(
    ("calls", "struck"),
    [("#2", [2]), ("#2-3", [2, 3]), ("#3-", [3, 4, 5]), ("#*", [1, 2, 3, 4, 5]), ("", [1, 2, 3, 4, 5])],
)
def test_the_calls_that_are_named_are_struck(client: Client, faults: Faults, calls: str, struck: list[int]) -> None:
    glue = client("glue")
    faults.add(f"glue.GetDatabases{calls}=throttle")
    failed = []
    for number in range(1, 6):
        try:
            glue.get_databases()
        except ClientError:
            failed.append(number)
    assert failed == struck
    assert faults.shapes() == [{"fault": f"glue.GetDatabases{calls}=throttle", "seen": 5, "struck": len(struck)}]


TAG = {"Key": "a", "Value": "b"}
S3_CALLS: list[tuple[str, Callable[[Any, str], Any]]] = [
    ("ListObjectsV2", lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="a/")),
    ("ListObjects", lambda s3, bucket: s3.list_objects(Bucket=bucket)),
    ("HeadBucket", lambda s3, bucket: s3.head_bucket(Bucket=bucket)),
    ("GetBucketLocation", lambda s3, bucket: s3.get_bucket_location(Bucket=bucket)),
    ("PutObject", lambda s3, bucket: s3.put_object(Bucket=bucket, Key="a/b c/ü.txt", Body=b"x")),
    ("GetObject", lambda s3, bucket: s3.get_object(Bucket=bucket, Key="k")),
    ("HeadObject", lambda s3, bucket: s3.head_object(Bucket=bucket, Key="k")),
    ("CopyObject", lambda s3, bucket: s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")),
    ("DeleteObject", lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="z")),
    ("DeleteObjects", lambda s3, bucket: s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "z"}]})),
    ("CreateMultipartUpload", lambda s3, bucket: s3.create_multipart_upload(Bucket=bucket, Key="m")),
    ("PutObjectTagging", lambda s3, bucket: s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [TAG]})),
]


@pytest.mark.parametrize(("name", "call"), S3_CALLS, ids=[name for name, _ in S3_CALLS])
def test_calls_of_s3_are_counted_by_their_own_names(
    client: Client, bucket: str, faults: Faults, name: str, call: Callable[[Any, str], Any]
) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    faults.reset_calls()
    call(s3, bucket)
    assert faults.calls == {f"s3.{name}": 1}


def test_parts_of_an_upload_are_told_from_objects(client: Client, bucket: str, faults: Faults) -> None:
    s3 = client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    faults.reset_calls()
    part = s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload=parts)
    assert faults.calls == {"s3.CompleteMultipartUpload": 1, "s3.UploadPart": 1}


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_request_is_struck_too(client: Client, bucket: str, faults: Faults, version: str) -> None:
    url = client("s3", config=Config(signature_version=version)).generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "k"}
    )
    faults.add("s3.GetObject=503")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(url)


def test_a_dropped_start_really_ran_and_the_same_token_adopts_it(client: Client, bucket: str, faults: Faults) -> None:
    athena = client("athena")
    request = {
        "QueryString": "SELECT 42",
        "ClientRequestToken": "a-token-that-is-kept-over-all-retries",
        "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
    }
    faults.add("athena.StartQueryExecution#1=drop")
    with pytest.raises(ConnectionClosedError):
        athena.start_query_execution(**request)
    [running] = athena.list_query_executions()["QueryExecutionIds"]
    assert athena.start_query_execution(**request)["QueryExecutionId"] == running


def test_the_clients_own_retry_of_a_dropped_start_asks_once(client: Client, bucket: str, faults: Faults) -> None:
    athena = client("athena", config=RETRYING)
    faults.add("athena.StartQueryExecution#1=drop")
    where = {"OutputLocation": f"s3://{bucket}/results/"}
    started = athena.start_query_execution(QueryString="SELECT 42", ResultConfiguration=where)["QueryExecutionId"]
    assert faults.calls["athena.StartQueryExecution"] == 2
    assert athena.list_query_executions()["QueryExecutionIds"] == [started]


def test_a_dropped_answer_is_a_closed_connection(client: Client, bucket: str, faults: Faults) -> None:
    s3 = client("s3")
    faults.add("s3.PutObject#1=drop")
    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=bucket, Key="k", Body=b"it arrived")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"it arrived"


def test_a_timeout_leaves_nothing_behind(client: Client, bucket: str, faults: Faults) -> None:
    s3 = client("s3")
    faults.add("s3.PutObject#1=timeout:0.2")
    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=bucket, Key="k", Body=b"never arrived")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("kind", ["delay", "late"])
def test_a_delayed_call_is_answered_in_the_end(client: Client, faults: Faults, kind: str) -> None:
    faults.add(f"glue.CreateDatabase={kind}:0.3")
    began = time.monotonic()
    client("glue").create_database(DatabaseInput={"Name": "d"})
    assert time.monotonic() - began > 0.3


def test_clearing_lets_held_calls_go(client: Client, faults: Faults) -> None:
    import threading

    faults.add("glue.GetDatabases=delay:60")
    answered: list[Any] = []
    asking = threading.Thread(target=lambda: answered.append(client("glue").get_databases()))
    asking.start()
    while not faults.shapes()[0]["struck"]:
        time.sleep(0.01)
    faults.clear()
    asking.join(5)
    assert len(answered) == 1


def test_single_records_fail_and_the_others_are_taken(client: Client, faults: Faults) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    faults.add("kinesis.PutRecords#1=records:2")
    records = [{"Data": str(number).encode(), "PartitionKey": "k"} for number in range(5)]
    answer = kinesis.put_records(StreamName="orders", Records=records)
    assert answer["FailedRecordCount"] == 3
    assert [each.get("ErrorCode") for each in answer["Records"]] == [
        "ProvisionedThroughputExceededException",
        None,
        "ProvisionedThroughputExceededException",
        None,
        "ProvisionedThroughputExceededException",
    ]
    shard = kinesis.get_shard_iterator(
        StreamName="orders", ShardId=answer["Records"][1]["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    taken = kinesis.get_records(ShardIterator=shard["ShardIterator"])["Records"]
    assert [each["Data"] for each in taken] == [b"1", b"3"]


def _hose(client: Client, bucket: str, interval: int) -> Any:
    firehose = client("firehose")
    firehose.create_delivery_stream(
        DeliveryStreamName="hose",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": interval},
        },
    )
    return firehose


def _objects(client: Client, bucket: str) -> list[bytes]:
    s3 = client("s3")
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed]


def test_failed_records_of_a_batch_are_not_delivered(client: Client, bucket: str, faults: Faults) -> None:
    firehose = _hose(client, bucket, 0)
    faults.add("firehose.PutRecordBatch#1=records:1")
    batch = [{"Data": b"a"}, {"Data": b"b"}]
    refused = firehose.put_record_batch(DeliveryStreamName="hose", Records=batch)
    assert (refused["FailedPutCount"], _objects(client, bucket)) == (2, [])
    assert firehose.put_record_batch(DeliveryStreamName="hose", Records=batch)["FailedPutCount"] == 0
    assert _objects(client, bucket) == [b"ab"]


def test_firehose_delivers_twice_on_demand(client: Client, bucket: str, faults: Faults) -> None:
    firehose = _hose(client, bucket, 0)
    faults.add("firehose.Deliver#2=twice")
    for data in (b"one", b"two", b"three"):
        firehose.put_record(DeliveryStreamName="hose", Record={"Data": data})
    assert sorted(_objects(client, bucket)) == [b"one", b"three", b"two", b"two"]


def test_an_overtaken_object_comes_after_the_next(client: Client, bucket: str, faults: Faults) -> None:
    firehose = _hose(client, bucket, 0)
    faults.add("firehose.Deliver#1=overtaken")
    firehose.put_record(DeliveryStreamName="hose", Record={"Data": b"first"})
    assert _objects(client, bucket) == []
    firehose.put_record(DeliveryStreamName="hose", Record={"Data": b"second"})
    assert sorted(_objects(client, bucket)) == [b"first", b"second"]


def test_an_overtaken_object_waits_no_longer_than_the_interval(
    client: Client, bucket: str, faults: Faults, local_aws: LocalAws
) -> None:
    firehose = _hose(client, bucket, 60)
    faults.add("firehose.Deliver#1=overtaken")
    firehose.put_record(DeliveryStreamName="hose", Record={"Data": b"alone"})
    try:
        local_aws.clock.set(local_aws.clock.now() + timedelta(seconds=61))
        assert _objects(client, bucket) == []
        local_aws.clock.set(local_aws.clock.now() + timedelta(seconds=61))
        assert _objects(client, bucket) == [b"alone"]
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_work_on_behalf_of_a_caller_is_not_struck(local_aws: LocalAws, account_id: str, faults: Faults) -> None:
    faults.add("*=500")
    inside = local_aws.app.account(account_id, "us-east-1").lake.api.client("glue")
    assert inside.get_databases()["DatabaseList"] == []
    assert faults.calls == {}


REFUSED = [
    ("athena.StartQuery=throttle", "athena has no operation 'StartQuery'"),
    ("athenaa.StartQueryExecution=throttle", "botocore knows no service 'athenaa'"),
    ("athena.StartQueryExecution=explode", "there is no fault 'explode'"),
    ("athena.StartQueryExecution", "is no fault"),
    ("athena.StartQueryExecution#0=drop", "counted from 1"),
    ("athena.StartQueryExecution#3-2=drop", "counted from 1"),
    ("athena.StartQueryExecution=drop:3", "takes no value"),
    ("athena.StartQueryExecution=records:3", "records fail in"),
    ("kinesis.PutRecords=records:0", "whole number"),
    ("athena.StartQueryExecution=twice", "are the faults of firehose.Deliver"),
    ("firehose.Deliver=throttle", "are the faults of firehose.Deliver"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_fault_that_could_never_strike_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Fault.parse(text)


def _http(local_aws: LocalAws, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(local_aws.url + path, data, method=method)) as answer:
        return json.load(answer)


def test_faults_are_set_and_calls_are_read_over_http(client: Client, faults: Faults, local_aws: LocalAws) -> None:
    text = "glue.GetDatabases#1=throttle"
    assert _http(local_aws, "PUT", "/_local_aws/faults", {"faults": [text]})["faults"][0]["fault"] == text
    with pytest.raises(ClientError):
        client("glue").get_databases()
    assert _http(local_aws, "GET", "/_local_aws/faults") == {"faults": [{"fault": text, "seen": 1, "struck": 1}]}
    assert _http(local_aws, "GET", "/_local_aws/calls") == {"calls": {"glue.GetDatabases": 1}}
    assert _http(local_aws, "DELETE", "/_local_aws/calls") == {"calls": {}}
    assert _http(local_aws, "DELETE", "/_local_aws/faults") == {"faults": []}


def test_a_wrong_fault_over_http_changes_nothing(faults: Faults, local_aws: LocalAws) -> None:
    faults.add("glue.GetDatabases=throttle")
    with pytest.raises(urllib.error.HTTPError) as caught:
        _http(local_aws, "PUT", "/_local_aws/faults", {"faults": ["nonsense"]})
    assert caught.value.code == 400
    assert "is no fault" in json.load(caught.value)["message"]
    assert len(faults.shapes()) == 1


def test_the_command_line_says_what_is_wrong_with_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    from local_aws.__main__ import main

    with pytest.raises(SystemExit) as caught:
        main(["--fault", "glue.GetTables#1=throttle", "--fault", "glue.GetTabls=throttle"])
    assert caught.value.code == 2
    assert "glue has no operation 'GetTabls'" in capsys.readouterr().err
