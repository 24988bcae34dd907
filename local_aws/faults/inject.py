"""Between the wire and the services: each call is counted, and struck if a fault says so."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from local_aws import wire
from local_aws.faults import answers, identify
from local_aws.faults.identify import Call
from local_aws.faults.rules import Fault, Faults

log = logging.getLogger("local_aws.faults")

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Send = Callable[[wire.Response, StartResponse], Iterable[bytes]]

_RECORDS = {
    "kinesis.PutRecords": ("Records", "FailedRecordCount", "ProvisionedThroughputExceededException"),
    "firehose.PutRecordBatch": ("RequestResponses", "FailedPutCount", "ServiceUnavailableException"),
}
"""Of each operation on many records: the answer's list, its count of failures, and why a record fails."""


class Injector:
    """A WSGI application around another one.

    :param send: makes a WSGI answer of a `wire.Response`.
    """

    def __init__(self, faults: Faults, application: Application, send: Send) -> None:
        self._faults = faults
        self._application = application
        self._send = send

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        call = environ[identify.KNOWN] = identify.identify(environ)
        fault = self._faults.strike(call.name) if call is not None else None
        if call is None or fault is None:
            return self._application(environ, start_response)
        log.info("%s (call %d) is struck by %s", call.name, fault.seen, fault.text)
        return self._strike(call, fault, environ, start_response)

    def _strike(
        self, call: Call, fault: Fault, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        kind, value = fault.kind, fault.value or 0.0
        if kind == "throttle":
            return self._send(answers.answer(call, answers.throttled(call)), start_response)
        if kind in {"500", "503"}:
            return self._send(answers.answer(call, answers.broken(call, int(kind))), start_response)
        if kind == "timeout":
            self._faults.wait(value)
            _hang_up(call)
        if kind == "delay":
            self._faults.wait(value)
            return self._application(environ, start_response)
        if kind == "records":
            return self._records(call, int(value), environ, start_response)
        status, headers, body = self._done(environ)
        if kind == "late":
            self._faults.wait(value)
            start_response(status, headers)
            return [body]
        _hang_up(call)
        raise AssertionError("not reached")

    def _done(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """The call with all its effects, and its answer, which nobody has seen yet."""
        begun: list[Any] = []
        parts = self._application(environ, lambda status, headers, *_: begun.append((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return begun[-1][0], begun[-1][1], body

    def _records(
        self, call: Call, every: int, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Take the other records alone, then answer for all, in their order.

        Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html and
        https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
        """
        listed, counted, code = _RECORDS[call.name]
        asked = json.loads(identify.body_of(environ))
        records = asked["Records"]
        failed = {number for number in range(len(records)) if number % every == 0}
        kept = [record for number, record in enumerate(records) if number not in failed]
        answer: dict[str, Any] = {listed: []}
        if kept:
            identify.put_body(environ, json.dumps({**asked, "Records": kept}).encode())
            status, headers, body = self._done(environ)
            if not status.startswith("200"):
                start_response(status, headers)
                return [body]
            answer = json.loads(body)
        taken = iter(answer[listed])
        refusal = {"ErrorCode": code, "ErrorMessage": "Rate exceeded"}
        answer[listed] = [refusal if number in failed else next(taken) for number in range(len(records))]
        answer[counted] = len(failed)
        body = json.dumps(answer).encode()
        return self._send(wire.Response(200, body, {"Content-Type": "application/x-amz-json-1.1"}), start_response)


def _hang_up(call: Call) -> None:
    """Close the connection without an answer: the HTTP server does so for a connection that was reset."""
    raise ConnectionResetError(errno.ECONNRESET, f"fault: {call.name} is not answered")
