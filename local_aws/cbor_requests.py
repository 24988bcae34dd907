"""Requests in the CBOR form of the `json` protocol, which the AWS SDK for Java speaks to Kinesis unless told otherwise.

A request is read as the JSON request that it stands for, its answer is written back in CBOR.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

from botocore.model import Shape

from local_aws import wire
from local_aws.cbor import decode, encode
from local_aws.errors import AwsError

KIND = "application/x-amz-cbor-1.1"
_JSON = "application/x-amz-json-1.1"

StartResponse = Callable[..., Any]
Answer = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def through_json(
    answer: Answer, environ: dict[str, Any], body: bytes, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a request in CBOR by what answers the same one in JSON."""
    service = wire.model("kinesis")
    try:
        plain = json.dumps(decode(body) if body else {}).encode()
    except ValueError as problem:
        error = AwsError("SerializationException", f"The request body is not CBOR: {problem}")
        refused = wire.error_answer(service, error, "")
        return _sent(refused.status, list(refused.headers.items()), json.loads(refused.body), None, start_response)
    kept: dict[str, Any] = {}

    def keep(status: str, headers: list[tuple[str, str]], *more: Any) -> None:
        kept.update(status=status, headers=headers)

    changed = {"CONTENT_TYPE": _JSON, "CONTENT_LENGTH": str(len(plain)), "wsgi.input": io.BytesIO(plain)}
    found = b"".join(answer({**environ, **changed}, keep))
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    good = kept["status"].startswith("2") and name in service.operation_names
    shape = service.operation_model(name).output_shape if good else None
    return _sent(kept["status"], kept["headers"], json.loads(found) if found.strip() else {}, shape, start_response)


def _sent(
    status: int | str, headers: list[tuple[str, str]], body: Any, shape: Shape | None, start_response: StartResponse
) -> list[bytes]:
    packed = encode(body, shape)
    others = [each for each in headers if each[0].lower() not in {"content-type", "content-length"}]
    line = status if isinstance(status, str) else f"{status} Bad Request"
    start_response(line, [*others, ("Content-Type", KIND), ("Content-Length", str(len(packed)))])
    return [packed]
