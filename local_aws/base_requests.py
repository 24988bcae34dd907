"""Requests to the base's services, checked as AWS checks them: the base takes them as they come, and breaks on them.

Evidence: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html (types, SerializationException) and
https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html (UnknownOperationException, InvalidAction,
ValidationError)
"""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel, ServiceModel

from local_aws import cbor, query, s3_requests, validate, wire
from local_aws.errors import AwsError
from local_aws.faults import identify
from local_aws.faults.identify import Call

STRICT = frozenset({"cloudwatch", "glue", "iam", "kinesis", "logs", "secretsmanager", "sns", "sqs", "sts"})
"""Services of which whatever the model says is checked; of others, types and required members alone."""
_INVALID = {
    "glue": "InvalidInputException",
    "logs": "InvalidParameterException",
    "sqs": "InvalidParameterValue",
    "cloudwatch": "ValidationError",
}
"""What a service calls a request that breaks a constraint, where it is not `ValidationException` or `ValidationError`.

Evidence: https://github.com/awslabs/aws-embedded-metrics-java/issues/65 (Logs),
https://github.com/smithy-lang/smithy-typescript/issues/1546 (Secrets Manager),
https://github.com/prometheus-community/yet-another-cloudwatch-exporter/issues/1435 (CloudWatch)
"""
_STATISTICS = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})
_NEEDED = {
    "glue.CreateSchema": (("SchemaName",), ("DataFormat",), ("Compatibility",), ("SchemaDefinition",)),
    "glue.GetRegistry": (("RegistryId", "RegistryName"), ("RegistryId", "RegistryArn")),
    "glue.PutSchemaVersionMetadata": (("MetadataKeyValue", "MetadataKey"), ("MetadataKeyValue", "MetadataValue")),
}
"""Members that the model does not require, and the base does."""


def check(call: Call | None, service: ServiceModel | None, action: str, environ: dict[str, Any]) -> None:
    """:raises AwsError: for what is no request of the service.

    :param call: what is asked for, if the service has such an operation.
    :param service: the service that is asked.
    :param action: what it is asked for, in the request's own words.
    """
    if service is None:
        return
    if call is None:
        _refuse_unknown(service, action, environ)
        return
    operation = call.service.operation_model(call.action)
    if call.service.service_name == "s3":
        bucket, key = identify.object_of(environ)
        streamed = _is_streamed(operation)
        s3_requests.check(operation, bucket, key, environ, None if streamed else _document(environ))
        return
    params = _params(call, operation, environ)
    if params is not None and operation.input_shape is not None:
        _check_params(call, operation, params)


def _refuse_unknown(service: ServiceModel, action: str, environ: dict[str, Any]) -> None:
    target, protocol = environ.get("HTTP_X_AMZ_TARGET", ""), service.metadata.get("protocol")
    if target and protocol in {"json", "smithy-rpc-v2-cbor"}:
        raise AwsError("UnknownOperationException", f"{service.service_name} has no operation {target!r}")
    form = protocol in {"query", "ec2"} and environ["REQUEST_METHOD"] == "POST"
    if form and action not in service.operation_names and "HTTP_SMITHY_PROTOCOL" not in environ:
        raise AwsError("InvalidAction", f"The action {action} is not valid for this web service.")


def _is_streamed(operation: OperationModel) -> bool:
    """Whether the body is an object's bytes."""
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return bool(payload) and shape.members[payload].type_name in {"blob", "string"}  # type: ignore[union-attr]


def _document(environ: dict[str, Any]) -> bytes | None:
    if int(environ.get("CONTENT_LENGTH") or 0) > s3_requests.MAX_DOCUMENT_BYTES or environ["REQUEST_METHOD"] == "GET":
        return None
    return identify.body_of(environ)


def _params(call: Call, operation: OperationModel, environ: dict[str, Any]) -> wire.Params | None:
    """The parameters, typed; None for a protocol that is not read here."""
    if call.protocol == "json":
        return wire.parse(operation, wire.Request("POST", "/", "", {}, identify.body_of(environ)))
    if call.protocol == "query":
        return query.parse(operation, query.fields_of(identify.body_of(environ), environ.get("QUERY_STRING", "")))
    if call.protocol == "smithy-rpc-v2-cbor":
        body = identify.body_of(environ)
        try:
            found = cbor.decode(body) if body else {}
        except ValueError as error:
            raise AwsError("SerializationException", f"The request body is not CBOR: {error}") from error
        return wire.typed(operation, found)
    return None


def _check_params(call: Call, operation: OperationModel, params: wire.Params) -> None:
    assert operation.input_shape is not None
    broken = list(validate.problems(operation.input_shape, params))
    for needed in _NEEDED.get(call.name, ()):
        held: Any = params
        for name in needed:
            held = held.get(name) if isinstance(held, dict) else None
        if held is None and not broken:
            broken.append(validate.missing(".".join(needed)))
    if call.service.service_name == "cloudwatch":
        _refuse_percentiles(params)
    if types := [each for each in broken if "Member must be a" in each]:
        raise AwsError("SerializationException", validate.message(types))
    strict = call.service.service_name in STRICT
    if kept := [each for each in broken if strict or each.endswith("Member must not be null")]:
        raise AwsError(_invalid(call), validate.message(kept))


def _refuse_percentiles(params: wire.Params) -> None:
    """The base knows no percentiles; of the metrics of services, statistic sets are kept, which have none.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    asked = [*_listed(params.get("ExtendedStatistics")), params.get("ExtendedStatistic")]
    for each in [*_listed(params.get("MetricDataQueries")), *_listed(params.get("Metrics"))]:
        stat = each.get("MetricStat") if isinstance(each, dict) else None
        asked.append(stat.get("Stat") if isinstance(stat, dict) else None)
    for each in asked:
        if isinstance(each, str) and each not in _STATISTICS:
            raise AwsError("NotImplemented", f"local_aws does not support cloudwatch: the statistic {each}", 501)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _invalid(call: Call) -> str:
    usual = "ValidationError" if call.protocol in {"query", "ec2"} else "ValidationException"
    return _INVALID.get(call.service.service_name, usual)
