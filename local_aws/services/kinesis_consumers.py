"""Kinesis' consumers with a throughput of their own, and the mode of a stream, kept in the base's streams.

Deviates: consumers are ACTIVE and gone at once; none can read (SubscribeToShard is an event stream over HTTP/2, which
this server does not speak: GetRecords reads the same records).
"""

from __future__ import annotations

import base64
import importlib
import json
from datetime import datetime
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.services.base import Service
from local_aws.services.kinesis_shapes import aware, page
from local_aws.streams.stream import StreamLog
from local_aws.wire import Params

MAX_CONSUMERS = 20


class ConsumerOperations(Service):
    """https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html"""

    def register_stream_consumer(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html"""
        stream, name = self._of_arn(params["StreamARN"]), params["ConsumerName"]
        held, arn = stream.stream.consumers, params["StreamARN"]
        if any(each.consumer_name == name for each in held):
            message = f"Consumer {name} under stream {arn} already exists for account {self.lake.account_id}."
            raise AwsError("ResourceInUseException", message)
        if len(held) >= MAX_CONSUMERS:
            raise AwsError("LimitExceededException", f"A stream has at most {MAX_CONSUMERS} registered consumers.")
        models: Any = importlib.import_module("moto.kinesis.models")
        made = models.Consumer(name, self.lake.account_id, self.lake.region, arn)
        made.created = self.lake.clock.now()
        made.consumer_arn = f"{arn}/consumer/{name}:{int(made.created.timestamp())}"
        held.append(made)
        return {"Consumer": _shape(made)}

    def deregister_stream_consumer(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html"""
        stream, found = self._consumer(params)
        stream.stream.consumers.remove(found)
        return {}

    def describe_stream_consumer(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html"""
        found = self._consumer(params)[1]
        return {"ConsumerDescription": {**_shape(found), "StreamARN": found.stream_arn}}

    def list_stream_consumers(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html"""
        shapes = sorted(
            map(_shape, self._of_arn(params["StreamARN"]).stream.consumers), key=lambda x: x["ConsumerName"]
        )
        shown, more = page(shapes, "ConsumerName", _after(params), params.get("MaxResults", 100))
        if not more:
            return {"Consumers": shown}
        token = base64.b64encode(json.dumps(shown[-1]["ConsumerName"]).encode()).decode()
        return {"Consumers": shown, "NextToken": token}

    def subscribe_to_shard(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html"""
        raise Unsupported("Kinesis' SubscribeToShard, an event stream over HTTP/2 (GetRecords reads the same records)")

    def update_stream_mode(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html"""
        if params.get("WarmThroughputMiBps"):
            raise Unsupported("Kinesis' WarmThroughputMiBps")
        self._of_arn(params["StreamARN"]).stream.stream_mode = params["StreamModeDetails"]
        return {}

    def _of_arn(self, arn: str) -> StreamLog:
        return self.lake.streams.stream(None, arn)

    def _consumer(self, params: Params) -> tuple[StreamLog, Any]:
        """The consumer that is named by its ARN, or by its stream's and its name."""
        arn, name = params.get("ConsumerARN"), params.get("ConsumerName")
        if arn is None and (name is None or "StreamARN" not in params):
            message = "Either ConsumerARN or both StreamARN and ConsumerName must be specified."
            raise AwsError("InvalidArgumentException", message)
        stream = self._of_arn(params.get("StreamARN") or str(arn).partition("/consumer/")[0])
        for each in stream.stream.consumers:
            if arn in {None, each.consumer_arn} and name in {None, each.consumer_name}:
                return stream, each
        message = f"Consumer {arn or name}, account {self.lake.account_id} not found."
        raise AwsError("ResourceNotFoundException", message)


def _after(params: Params) -> str | None:
    if "NextToken" not in params:
        return None
    try:
        return str(json.loads(base64.b64decode(params["NextToken"])))
    except ValueError as error:
        raise AwsError("InvalidArgumentException", "Invalid NextToken.") from error


def _shape(consumer: Any) -> Params:
    created: datetime = aware(consumer.created)
    return {
        "ConsumerName": consumer.consumer_name,
        "ConsumerARN": consumer.consumer_arn,
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": created,
    }
