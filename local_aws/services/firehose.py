"""Amazon Data Firehose: direct puts or a Kinesis stream in, objects on S3 out.

Deviates: a delivery stream is ACTIVE at once, roles are not assumed.

A delivery stream lies in `firehose/<name>/` of the account's directory: `stream.json` (what it is) and `journal/` (what
it took in and has not delivered; see `local_aws.delivery.journal`). Making the service over a directory that an earlier
process left opens its delivery streams again, with their buffers; the base has to know its buckets, tables and Kinesis
streams again by then: a delivery stream whose table is gone is reported and left on disk, one whose source is gone is
opened without it. Objects that were cut but not delivered go out at the next tick.
"""

from __future__ import annotations

import json
import logging
import shutil
import uuid

from local_aws.delivery.deliveries import Deliveries
from local_aws.delivery.destination import S3Destination
from local_aws.delivery.hose import Hose
from local_aws.delivery.journal import Journal
from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.metrics import Metrics
from local_aws.services.base import Service
from local_aws.services.firehose_delivery import Delivery
from local_aws.services.firehose_shapes import described, encryption_of, one_of, s3_configuration, source_of, updated
from local_aws.wire import Params

log = logging.getLogger("local_aws.delivery")

DESTINATION_ID = "destinationId-000000000001"
MAX_BATCH_BYTES = 4 * 1024 * 1024
_S3_MEMBERS = (
    "RoleARN",
    "BucketARN",
    "Prefix",
    "ErrorOutputPrefix",
    "BufferingHints",
    "CompressionFormat",
    "EncryptionConfiguration",
    "CloudWatchLoggingOptions",
)


class Firehose(Service):
    """https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html"""

    name = "firehose"
    invalid = "ValidationException"
    unsupported = "InvalidArgumentException"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.deliveries = Deliveries(lake.clock)
        self._streams: dict[str, Delivery] = {}
        self._directory = lake.directory / "firehose"
        for path in sorted(self._directory.glob("*/stream.json")):
            try:
                self._reopen(json.loads(path.read_text()))
            except AwsError as error:
                log.warning("The delivery stream in %s is not opened: %s", path.parent, error.message)

    def close(self) -> None:
        self.deliveries.close()
        for delivery in self._streams.values():
            if delivery.stream is not None:
                delivery.stream.unsubscribe(delivery.hose.put_from_kinesis)
            delivery.hose.close()

    # delivery streams
    def create_delivery_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html"""
        name, kind = params["DeliveryStreamName"], params.get("DeliveryStreamType", "DirectPut")
        if name in self._streams:
            message = f"Firehose {name} under accountId {self.lake.account_id} already exists"
            raise AwsError("ResourceInUseException", message)
        config = s3_configuration(params)
        source = source_of(kind, params)
        delivery = Delivery(name, kind, config, self._hose(name, config), self.lake.clock.now())
        delivery.tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", [])}
        if "DeliveryStreamEncryptionConfigurationInput" in params:
            delivery.encryption = encryption_of(kind, params["DeliveryStreamEncryptionConfigurationInput"])
        if source is not None:
            self._follow(delivery, source)
        delivery.keep(self._directory)
        self._streams[name] = delivery
        self.deliveries.open(delivery.hose)
        return {"DeliveryStreamARN": self._arn(name)}

    def describe_delivery_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html"""
        delivery = self._delivery(params)
        shape = described(delivery.config)
        plain = {key: shape[key] for key in _S3_MEMBERS if key in shape}
        return {
            "DeliveryStreamDescription": {
                "DeliveryStreamName": delivery.name,
                "DeliveryStreamARN": self._arn(delivery.name),
                "DeliveryStreamStatus": "ACTIVE",
                "DeliveryStreamType": delivery.kind,
                "DeliveryStreamEncryptionConfiguration": delivery.encryption,
                "VersionId": str(delivery.hose.version),
                "CreateTimestamp": delivery.created,
                "LastUpdateTimestamp": delivery.updated,
                "Source": {"KinesisStreamSourceDescription": delivery.source} if delivery.source else None,
                "Destinations": [
                    {
                        "DestinationId": DESTINATION_ID,
                        "S3DestinationDescription": plain,
                        "ExtendedS3DestinationDescription": shape,
                    }
                ],
                "HasMoreDestinations": False,
            }
        }

    def list_delivery_streams(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html"""
        kind, after = params.get("DeliveryStreamType"), params.get("ExclusiveStartDeliveryStreamName", "")
        names = sorted(each.name for each in self._streams.values() if kind in {None, each.kind} and each.name > after)
        limit = params.get("Limit", 10)
        return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}

    def delete_delivery_stream(self, params: Params) -> Params:
        """Deletes after a last delivery. Deviates: AWS does not promise that last delivery.

        Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html
        """
        delivery = self._delivery(params)
        if delivery.stream is not None:
            delivery.stream.unsubscribe(delivery.hose.put_from_kinesis)
        self.deliveries.end(delivery.hose)
        delivery.hose.close()
        del self._streams[delivery.name]
        shutil.rmtree(self._directory / delivery.name)
        return {}

    def update_destination(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html"""
        delivery = self._delivery(params)
        if params["DestinationId"] != DESTINATION_ID:
            raise AwsError("InvalidArgumentException", f"Destination {params['DestinationId']} not found.")
        if params["CurrentDeliveryStreamVersionId"] != str(delivery.hose.version):
            message = f"Cannot update firehose: {delivery.name} since the current version id: {delivery.hose.version}"
            given = params["CurrentDeliveryStreamVersionId"]
            raise AwsError(
                "ConcurrentModificationException", f"{message} and specified version id: {given} do not match"
            )
        update = one_of(params, "ExtendedS3DestinationUpdate", "S3DestinationUpdate", suffix="DestinationUpdate")
        config = updated(delivery.config, update)
        delivery.hose.change(S3Destination.of(config, self.lake))
        delivery.config, delivery.updated = config, self.lake.clock.now()
        delivery.keep(self._directory)
        return {}

    # records
    def put_record(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html"""
        data = params["Record"]["Data"]
        [record_id] = self._put(params, [data], PutRecord_Bytes=len(data), PutRecord_Requests=1)
        return {"RecordId": record_id, "Encrypted": self._delivery(params).encrypted}

    def put_record_batch(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html"""
        records = [record["Data"] for record in params["Records"]]
        if sum(map(len, records)) > MAX_BATCH_BYTES:
            raise AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit")
        samples = {"PutRecordBatch_Bytes": sum(map(len, records)), "PutRecordBatch_Records": len(records)}
        record_ids = self._put(params, records, PutRecordBatch_Requests=1, **samples)
        answers = [{"RecordId": record_id} for record_id in record_ids]
        encrypted = self._delivery(params).encrypted
        return {"FailedPutCount": 0, "Encrypted": encrypted, "RequestResponses": answers}

    # encryption
    def start_delivery_stream_encryption(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html"""
        delivery = self._delivery(params)
        given = params.get("DeliveryStreamEncryptionConfigurationInput", {})
        delivery.encryption = encryption_of(delivery.kind, given)
        delivery.keep(self._directory)
        return {}

    def stop_delivery_stream_encryption(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_StopDeliveryStreamEncryption.html"""
        delivery = self._delivery(params)
        delivery.encryption = {**delivery.encryption, "Status": "DISABLED"}
        delivery.keep(self._directory)
        return {}

    # tags
    def tag_delivery_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html"""
        delivery = self._delivery(params)
        delivery.tags.update({tag["Key"]: tag.get("Value", "") for tag in params["Tags"]})
        delivery.keep(self._directory)
        return {}

    def untag_delivery_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_UntagDeliveryStream.html"""
        delivery = self._delivery(params)
        for key in params["TagKeys"]:
            delivery.tags.pop(key, None)
        delivery.keep(self._directory)
        return {}

    def list_tags_for_delivery_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListTagsForDeliveryStream.html"""
        tags, after = self._delivery(params).tags, params.get("ExclusiveStartTagKey", "")
        found = [{"Key": key, "Value": text} for key, text in sorted(tags.items()) if key > after]
        limit = params.get("Limit", 50)
        return {"Tags": found[:limit], "HasMoreTags": len(found) > limit}

    # internals
    def _hose(self, name: str, config: Params) -> Hose:
        lake, destination = self.lake, S3Destination.of(config, self.lake)
        journal = Journal(self._directory / name / "journal")
        parts = (lake.objects, lake.clock, self._metrics(name))
        report = lambda error: self._report(name, error)  # noqa: E731
        return Hose(name, destination, journal, *parts, report, lake.faults.strike_delivery)

    def _reopen(self, kept: Params) -> None:
        name, lake = kept["name"], self.lake
        hose = self._hose(name, kept["config"])
        delivery = Delivery.of(kept, hose)
        self._streams[name] = delivery
        hose.recover(lambda config: S3Destination.of(config, lake))
        if kept["source"]:
            try:
                self._follow(delivery, kept["source"])
            except AwsError as error:
                log.warning("The delivery stream %s has no source any more: %s", name, error.message)
        self.deliveries.open(hose)

    def _put(self, params: Params, records: list[bytes], **samples: float) -> list[str]:
        delivery = self._delivery(params)
        if delivery.kind != "DirectPut":
            message = f"This operation is not permitted on {delivery.kind} delivery stream type."
            raise AwsError("InvalidArgumentException", message)
        delivery.hose.put(records, self.lake.clock.now())
        delivery.hose.metrics.add(**samples, ThrottledRecords=0)
        batch = uuid.uuid4().hex
        return [f"{batch}{number:04d}" for number in range(len(records))]

    def _follow(self, delivery: Delivery, source: Params) -> None:
        """Read a Kinesis stream from its tip on, as AWS does (position LATEST).

        Evidence: https://docs.aws.amazon.com/firehose/latest/dev/writing-with-kinesis-streams.html
        """
        delivery.source = {**source, "DeliveryStartTimestamp": delivery.created}
        try:
            delivery.stream = self.lake.streams.stream(arn=source["KinesisStreamARN"])
        except AwsError as error:
            raise AwsError("InvalidArgumentException", error.message) from error
        delivery.stream.subscribe(delivery.hose.put_from_kinesis)

    def _delivery(self, params: Params) -> Delivery:
        name = params["DeliveryStreamName"]
        found = self._streams.get(name)
        if found is None:
            message = f"Firehose {name} under account {self.lake.account_id} not found."
            raise AwsError("ResourceNotFoundException", message)
        return found

    def _report(self, name: str, error: AwsError) -> None:
        """Write a failed delivery to the stream's log, if it has one, as Firehose does.

        Evidence: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
        """
        delivery = self._streams[name]
        options = delivery.config.get("CloudWatchLoggingOptions", {})
        if not options.get("Enabled"):
            return
        entry = {
            "deliveryStreamARN": self._arn(name),
            "destination": delivery.config["BucketARN"],
            "deliveryStreamVersionId": delivery.hose.version,
            "message": error.message,
            "errorCode": f"S3.{error.code}",
        }
        where = {"logGroupName": options["LogGroupName"], "logStreamName": options["LogStreamName"]}
        event = {"timestamp": int(self.lake.clock.now().timestamp() * 1000), "message": json.dumps(entry)}
        logs = self.lake.api.client("logs")
        self.lake.jobs.start(f"log of {name}", lambda _: logs.put_log_events(**where, logEvents=[event]))

    def _metrics(self, name: str) -> Metrics:
        lake = self.lake
        return Metrics(lake.account_id, lake.region, lake.clock, "AWS/Firehose", {"DeliveryStreamName": name})

    def _arn(self, name: str) -> str:
        return self.lake.arn("firehose", f"deliverystream/{name}")
