"""Kinesis streams, Firehose delivery streams, log groups and log streams."""

from __future__ import annotations

from typing import Any

from local_aws.api import Api
from local_aws.cloudformation.resources.base import (
    Properties,
    ResourceError,
    ResourceType,
    call,
    changed,
    delete,
    picked,
)

DEFAULT_RETENTION_HOURS = 24


def _tag_map(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


class Stream(ResourceType):
    type = "AWS::Kinesis::Stream"
    name_property = "Name"
    properties = frozenset(
        {
            "Name",
            "ShardCount",
            "RetentionPeriodHours",
            "StreamModeDetails",
            "StreamEncryption",
            "MaxRecordSizeInKiB",
            "Tags",
        }
    )
    create_only = frozenset({"Name"})
    attributes = frozenset({"Arn"})

    def create(self, api: Api, properties: Properties) -> str:
        params = picked(properties, "ShardCount", "StreamModeDetails", "MaxRecordSizeInKiB")
        tags = {"Tags": _tag_map(properties["Tags"])} if "Tags" in properties else {}
        call(api, "kinesis", "CreateStream", {"StreamName": properties["Name"], **params, **tags})
        try:
            self.update(api, properties["Name"], params | tags, {**properties, **tags})
        except ResourceError:
            self.delete(api, properties["Name"], properties)
            raise
        return str(properties["Name"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different, name = changed(old, new) - {"Name"}, {"StreamName": physical_id}
        arn = {"StreamARN": self.read(api, physical_id, new)["Arn"]}
        if "StreamModeDetails" in different:
            mode = new.get("StreamModeDetails", {"StreamMode": "PROVISIONED"})
            call(api, "kinesis", "UpdateStreamMode", {**arn, "StreamModeDetails": mode})
        if "ShardCount" in different and "ShardCount" in new:
            scaling = {"TargetShardCount": new["ShardCount"], "ScalingType": "UNIFORM_SCALING"}
            call(api, "kinesis", "UpdateShardCount", {**name, **scaling})
        if "RetentionPeriodHours" in different:
            before, after = (int(each.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS)) for each in (old, new))
            verb = "Increase" if after > before else "Decrease"
            if after != before:
                call(api, "kinesis", f"{verb}StreamRetentionPeriod", {**name, "RetentionPeriodHours": after})
        if "MaxRecordSizeInKiB" in different:
            size = new.get("MaxRecordSizeInKiB", 1024)
            call(api, "kinesis", "UpdateMaxRecordSize", {**arn, "MaxRecordSizeInKiB": size})
        if "StreamEncryption" in different:
            verb = "Start" if "StreamEncryption" in new else "Stop"
            call(
                api,
                "kinesis",
                f"{verb}StreamEncryption",
                {**name, **(new.get("StreamEncryption") or old["StreamEncryption"])},
            )
        if "Tags" in different:
            self._tag(api, physical_id, old, new)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "kinesis", "DeleteStream", {"StreamName": physical_id})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        summary = call(api, "kinesis", "DescribeStreamSummary", {"StreamName": physical_id})
        return {"Arn": summary["StreamDescriptionSummary"]["StreamARN"]}

    @staticmethod
    def _tag(api: Api, name: str, old: Properties, new: Properties) -> None:
        before, after = _tag_map(old.get("Tags", [])), _tag_map(new.get("Tags", []))
        if after:
            call(api, "kinesis", "AddTagsToStream", {"StreamName": name, "Tags": after})
        if gone := sorted(set(before) - set(after)):
            call(api, "kinesis", "RemoveTagsFromStream", {"StreamName": name, "TagKeys": gone})


class DeliveryStream(ResourceType):
    type = "AWS::KinesisFirehose::DeliveryStream"
    name_property = "DeliveryStreamName"
    properties = frozenset(
        {
            "DeliveryStreamName",
            "DeliveryStreamType",
            "KinesisStreamSourceConfiguration",
            "ExtendedS3DestinationConfiguration",
            "S3DestinationConfiguration",
            "Tags",
        }
    )
    create_only = frozenset({"DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration"})
    attributes = frozenset({"Arn"})

    def create(self, api: Api, properties: Properties) -> str:
        call(api, "firehose", "CreateDeliveryStream", properties)
        return str(properties["DeliveryStreamName"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different = changed(old, new)
        for kind in ("ExtendedS3Destination", "S3Destination"):
            if f"{kind}Configuration" in different:
                now = self._describe(api, physical_id)
                update = {
                    "DeliveryStreamName": physical_id,
                    "CurrentDeliveryStreamVersionId": now["VersionId"],
                    "DestinationId": now["Destinations"][0]["DestinationId"],
                    f"{kind}Update": new[f"{kind}Configuration"],
                }
                call(api, "firehose", "UpdateDestination", update)
        if "Tags" in different:
            name = {"DeliveryStreamName": physical_id}
            gone = sorted({tag["Key"] for tag in old.get("Tags", [])} - {tag["Key"] for tag in new.get("Tags", [])})
            if gone:
                call(api, "firehose", "UntagDeliveryStream", {**name, "TagKeys": gone})
            if new.get("Tags"):
                call(api, "firehose", "TagDeliveryStream", {**name, "Tags": new["Tags"]})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "firehose", "DeleteDeliveryStream", {"DeliveryStreamName": physical_id})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {"Arn": self._describe(api, physical_id)["DeliveryStreamARN"]}

    @staticmethod
    def _describe(api: Api, name: str) -> Properties:
        answer = call(api, "firehose", "DescribeDeliveryStream", {"DeliveryStreamName": name})
        described: Properties = answer["DeliveryStreamDescription"]
        return described


class LogGroup(ResourceType):
    type = "AWS::Logs::LogGroup"
    name_property = "LogGroupName"
    properties = frozenset({"LogGroupName", "RetentionInDays", "Tags"})
    create_only = frozenset({"LogGroupName"})
    attributes = frozenset({"Arn"})

    def create(self, api: Api, properties: Properties) -> str:
        tags = {"tags": _tag_map(properties["Tags"])} if "Tags" in properties else {}
        call(api, "logs", "CreateLogGroup", {"logGroupName": properties["LogGroupName"], **tags})
        self.update(api, properties["LogGroupName"], picked(properties, "Tags"), properties)
        return str(properties["LogGroupName"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different, name = changed(old, new), {"logGroupName": physical_id}
        if "Tags" in different:
            raise ResourceError("local_aws does not change the tags of a log group")
        if "RetentionInDays" in different and "RetentionInDays" in new:
            call(api, "logs", "PutRetentionPolicy", {**name, "retentionInDays": new["RetentionInDays"]})
        elif "RetentionInDays" in different:
            call(api, "logs", "DeleteRetentionPolicy", name)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "logs", "DeleteLogGroup", {"logGroupName": physical_id})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {"Arn": f"arn:aws:logs:{api.region}:{api.account_id}:log-group:{physical_id}:*"}


class LogStream(ResourceType):
    type = "AWS::Logs::LogStream"
    name_property = "LogStreamName"
    properties = create_only = frozenset({"LogGroupName", "LogStreamName"})
    required = frozenset({"LogGroupName"})

    def create(self, api: Api, properties: Properties) -> str:
        call(api, "logs", "CreateLogStream", properties)
        return str(properties["LogStreamName"])

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "logs", "DeleteLogStream", properties)


TYPES = (Stream(), DeliveryStream(), LogGroup(), LogStream())
