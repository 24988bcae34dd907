"""Errors of a service that is overloaded or broken, in the code and the form that the service itself uses.

Evidence: the CommonErrors page of each service's API reference, such as
https://docs.aws.amazon.com/athena/latest/APIReference/CommonErrors.html; for S3
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, for EC2
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

import uuid

from local_aws import wire
from local_aws.errors import AwsError
from local_aws.faults.identify import Call

_MODELED_THROTTLES = (
    ("ThrottlingException", 400),
    ("ProvisionedThroughputExceededException", 400),
    ("TooManyRequestsException", 400),
    ("ServiceUnavailableException", 503),
)
"""An operation that declares one of these throws it when it throttles: Firehose's puts the last."""
_THROTTLES = {"query": ("Throttling", 400), "ec2": ("RequestLimitExceeded", 503), "rest-xml": ("SlowDown", 503)}
_BY_SERVICE = {"kinesis": ("LimitExceededException", 400), "quicksight": ("ThrottlingException", 429)}
_TEXTS = {
    "SlowDown": "Please reduce your request rate.",
    "ProvisionedThroughputExceededException": "Rate exceeded for shard shardId-000000000000.",
    "ServiceUnavailableException": "Slow down.",
}


def throttled(call: Call) -> AwsError:
    """The error of one call too many."""
    modeled = {each.name for each in call.service.operation_model(call.action).error_shapes}
    found = next(((code, status) for code, status in _MODELED_THROTTLES if code in modeled), None)
    if call.service.service_name in _BY_SERVICE and (found is None or found[0] == "ThrottlingException"):
        found = _BY_SERVICE[call.service.service_name]
    code, status = found or _THROTTLES.get(call.protocol, ("ThrottlingException", 400))
    return AwsError(code, _TEXTS.get(code, "Rate exceeded"), status)


def broken(call: Call, status: int) -> AwsError:
    """The error of a service that fails itself: 500 or 503."""
    if status == 503:
        return AwsError("ServiceUnavailable", "Service is unable to handle request.", 503)
    text = "We encountered an internal error. Please try again."
    return AwsError("InternalError" if call.protocol in {"rest-xml", "ec2"} else "InternalFailure", text, 500)


def answer(call: Call, error: AwsError) -> wire.Response:
    """The error in the protocol of the request."""
    return wire.error_answer(call.service, error, str(uuid.uuid4()), call.protocol)
