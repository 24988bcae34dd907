"""Errors of a service that is overloaded or broken, in the code and the form that the service itself uses.

Evidence: the CommonErrors page of each service's API reference, such as
https://docs.aws.amazon.com/athena/latest/APIReference/CommonErrors.html; for S3
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, for EC2
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

import uuid
from xml.etree import ElementTree as Xml

from local_aws import query, wire
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
    request_id = str(uuid.uuid4())
    if call.protocol == "rest-xml":
        return wire.Response(error.status, _s3_xml(error, request_id), {"Content-Type": "application/xml"})
    if call.protocol == "ec2":
        return wire.Response(error.status, _ec2_xml(error, request_id), {"Content-Type": "text/xml"})
    if call.protocol == "smithy-rpc-v2-cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return wire.Response(error.status, _cbor({"__type": error.code, "message": error.message}), headers)
    if call.protocol == "query":
        namespace = call.service.metadata.get("xmlNamespace", "")
        body = query.error(error.code, error.message, error.status, request_id, namespace)
        return wire.Response(error.status, body, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id})
    return wire.error_answer(call.service, error, request_id)


def _s3_xml(error: AwsError, request_id: str) -> bytes:
    root = Xml.Element("Error")
    _texts(root, Code=error.code, Message=error.message, RequestId=request_id)
    return _document(root)


def _ec2_xml(error: AwsError, request_id: str) -> bytes:
    root = Xml.Element("Response")
    _texts(Xml.SubElement(Xml.SubElement(root, "Errors"), "Error"), Code=error.code, Message=error.message)
    _texts(root, RequestID=request_id)
    return _document(root)


def _document(root: Xml.Element) -> bytes:
    packed: bytes = Xml.tostring(root, xml_declaration=True, encoding="UTF-8")
    return packed


def _texts(parent: Xml.Element, **texts: str) -> None:
    for tag, text in texts.items():
        Xml.SubElement(parent, tag).text = text


def _cbor(texts: dict[str, str]) -> bytes:
    """A map of short texts. Evidence: RFC 8949, section 3.1 (major types 5 and 3)."""
    packed = bytes([0xA0 | len(texts)])
    for each in (text.encode() for pair in texts.items() for text in pair):
        packed += (bytes([0x60 | len(each)]) if len(each) < 24 else bytes([0x78, len(each)])) + each
    return packed
