"""One HTTP port: who is asked, and nothing else. Our services go first, by wire name; the base answers the rest."""

from __future__ import annotations

import io
import json
import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel

from local_aws import base, base_answers, cbor_requests, downloads, listing, permissions, services, validate, wire
from local_aws.api import Api, Clients
from local_aws.clock import Clock
from local_aws.durable import Journal, Keeper
from local_aws.errors import AwsError, Unsupported
from local_aws.faults import Faults, Injector, identify
from local_aws.faults import http as faults_http
from local_aws.jobs import Jobs
from local_aws.lake import Lake
from local_aws.services.base import Service

log = logging.getLogger("local_aws")

DEFAULT_REGION = "us-east-1"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Account:
    """The services of one account in one region, over the lake that they share."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.services: dict[str, Service] = {each.name: each(lake) for each in services.load()}

    def close(self) -> None:
        for service in self.services.values():
            service.close()


class App:
    """The WSGI application.

    :param directory: where objects and databases lie; what an earlier process left there is removed, unless `kept`.
    :param clock: the clock of all services and of the base.
    :param kept: whether state outlives the process: each answer's effects are on disk before it leaves.
    :raises DirectoryRefused: for a kept directory that cannot be used.
    """

    def __init__(self, directory: Path, clock: Clock | None = None, kept: bool = False) -> None:
        from local_aws.fallback import Fallback

        self.clock = clock or Clock()
        self.faults = Faults()
        self._struck = Injector(self.faults, self.answer, self._send)
        self._directory = directory
        journal = Journal(directory) if kept else None
        if not kept:
            shutil.rmtree(directory, ignore_errors=True)
        base.keep_objects_in(directory / "objects", kept)
        base.follow_clock(self.clock.naive_utc)
        base_answers.mend()
        listing.list_quickly()
        downloads.stream_large()
        self._base = Fallback()
        self._jobs = Jobs()
        self._clients = Clients()
        self._lock = threading.Lock()
        self._accounts: dict[tuple[str, str], Account] = {}
        self._keeper = Keeper(journal) if journal is not None else None
        if self._keeper is not None:
            found = {(path.parent.parent.name, path.parent.name) for path in directory.glob("*/*/firehose")}
            for place in self._keeper.accounts() | found:
                self.account(*place)

    def account(self, account_id: str, region: str) -> Account:
        """The services of an account in a region, made when first asked for."""
        with self._lock:
            found = self._accounts.get((account_id, region))
            if found is None:
                directory = self._directory / account_id / region
                lake = Lake(account_id, region, directory, self.clock, self._jobs, faults=self.faults)
                lake.api = Api(self.answer, self._clients, account_id, region)
                found = self._accounts[account_id, region] = Account(lake)
                if self._keeper is not None:
                    self._keeper.restore(account_id, region, found.services)
                    self._keeper.watch(lake)
            return found

    def close(self) -> None:
        self.faults.clear()
        for account in self._accounts.values():
            account.close()
        self._jobs.close()
        if self._keeper is not None:
            self._keeper.close()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a caller from outside, whom faults may strike."""
        return self._struck(environ, start_response)

    def answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer as if no faults were set."""
        if environ.get("CONTENT_TYPE") == cbor_requests.KIND:
            return cbor_requests.through_json(self.answer, environ, _body(environ), start_response)
        headers = _headers(environ)
        caller = wire.caller_of(headers)
        path = environ.get("PATH_INFO", "/")
        if caller is None and (page := self._page(environ, path)) is not None:
            return self._send(page, start_response)
        access_key, region = (caller.access_key, caller.region) if caller else ("", DEFAULT_REGION)
        account_id = base.account_of(access_key)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account_id
        if (denied := self._denied(account_id, access_key, region, environ)) is not None:
            return self._send(denied, start_response)
        if environ.get("REQUEST_URI"):
            environ.setdefault("RAW_URI", environ["REQUEST_URI"])  # where the base looks: else it decodes keys twice
        if (name := self._service(caller, headers)) is not None:
            service = self.account(account_id, region).services[name]
            request = _request(environ, headers)
            response = self._call(service, request)
            if response is not None:
                self._mark(service, request, account_id, region)
                self._settle(account_id, region, service)
                return self._send(response, start_response)
            environ["local_aws.body"] = request.body
            environ["wsgi.input"] = io.BytesIO(request.body)
            environ["CONTENT_LENGTH"] = str(len(request.body))
        if self._keeper is None:
            return self._base(environ, self._dated(start_response))
        call = identify.call_of(environ)
        answer = self._base(environ, self._dated(start_response))
        if call is not None:
            self._keeper.base.answered(call, environ, account_id, region)
        self._settle(account_id, region, None)
        return answer

    @staticmethod
    def _denied(account_id: str, access_key: str, region: str, environ: dict[str, Any]) -> wire.Response | None:
        """The refusal of a caller whose policies do not allow the call; None for the many who may."""
        principal = permissions.principal_of(account_id, access_key)
        call = identify.call_of(environ) if principal is not None else None
        if principal is None or call is None:
            return None
        try:
            permissions.check(principal, call, account_id, region, environ)
        except AwsError as error:
            return wire.error_answer(call.service, error, str(uuid.uuid4()), call.protocol)
        return None

    def _mark(self, service: Service, request: wire.Request, account_id: str, region: str) -> None:
        """What our part of a shared service may have changed in the base's part: streams, tags of crawlers."""
        action = (wire.target_of(request) or ("", ""))[1]
        if self._keeper is None or service.whole or action.startswith(("Get", "List", "Describe", "PutRec", "Batch")):
            return
        if service.name == "glue" and action.endswith("Partition"):  # the catalog told of those that came or went
            if "ColumnStatistics" in action:
                self._keeper.base.mark_partition_of((account_id, region), request.body)
            return
        self._keeper.base.mark(service.name, account_id, region)

    def _settle(self, account_id: str, region: str, service: Service | None) -> None:
        if self._keeper is not None:
            self._keeper.settle(account_id, region, service)

    @staticmethod
    def _service(caller: wire.Caller | None, headers: dict[str, str]) -> str | None:
        """The name of the service of ours that is asked, if it is one."""
        signed = caller.service if caller else None
        prefix = headers.get("x-amz-target", "").rpartition(".")[0]
        if prefix:
            likely = (signed,) if signed in services.NAMES else services.NAMES
            return next((each for each in likely if wire.model(each).metadata.get("targetPrefix") == prefix), None)
        return signed if signed in services.NAMES and _is_routed_by_name(signed) else None

    def _call(self, service: Service, request: wire.Request) -> wire.Response | None:
        """The service's answer, or None if the operation is the base's."""
        service_model, request_id = wire.model(service.name), str(uuid.uuid4())
        try:
            found = self._operation(service, request)
            handler = getattr(service, xform_name(found[0].name), None) if found else None
            if found is None or handler is None:
                if not service.whole:
                    return None
                name = found[0].name if found else f"{request.method} {request.path}"
                raise Unsupported(f"{service_model.service_id}'s {name}")
            operation, labels = found
            params = wire.parse(operation, request, labels)
            if operation.name not in service.unchecked and operation.input_shape is not None:
                broken = list(validate.problems(operation.input_shape, params))
                if broken:
                    raise AwsError(service.invalid, validate.message(broken))
            service.check(params)
            response = wire.answer(operation, handler(params) or {}, request_id)
            response.headers["x-amzn-RequestId"] = request_id
            return response
        except Unsupported as error:
            return wire.error_answer(service_model, AwsError(service.unsupported, str(error)), request_id)
        except AwsError as error:
            return wire.error_answer(service_model, error, request_id)
        except Exception as error:
            log.exception("defect in local_aws: %s %s", service.name, request.headers.get("x-amz-target", request.path))
            defect = AwsError("InternalFailure", f"defect in local_aws: {type(error).__name__}: {error}", 500)
            return wire.error_answer(service_model, defect, request_id)

    @staticmethod
    def _operation(service: Service, request: wire.Request) -> tuple[OperationModel, dict[str, str]] | None:
        target = wire.target_of(request)
        if target is None and wire.protocol(service.name) == "query":
            operation = wire.query_operation(service.name, request)
            return (operation, {}) if operation is not None else None
        if target is None:
            return wire.rest_operation(service.name, request)
        service_model = wire.model(service.name)
        return (service_model.operation_model(target[1]), {}) if target[1] in service_model.operation_names else None

    # what is not AWS: the clock, health, and pages for people
    def _page(self, environ: dict[str, Any], path: str) -> wire.Response | None:
        if path == "/_local_aws/health":
            return _json({"status": "ready", "now": self.clock.now().isoformat()})
        if path == "/_local_aws/clock":
            return self._clock(environ)
        if path in faults_http.PATHS:
            return faults_http.answer(self.faults, environ["REQUEST_METHOD"], path, _body(environ))
        if path != "/" and not path.startswith(("/dashboards", "/_local_aws")):
            return None
        pages = import_module("local_aws.pages")  # which brings what draws them
        origin = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
        found: wire.Response | None = pages.page(
            self.accounts, environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), origin
        )
        return found

    def accounts(self) -> dict[tuple[str, str], dict[str, Service]]:
        """The services of every account in use, by (account id, region); the default account is always there."""
        self.account(base.account_of(""), DEFAULT_REGION)
        with self._lock:
            return {key: account.services for key, account in self._accounts.items()}

    def _clock(self, environ: dict[str, Any]) -> wire.Response:
        """GET tells the time; PUT `{"now": "2010-12-01T08:00:00Z"}` sets it, `{"now": null}` makes it real again."""
        if environ["REQUEST_METHOD"] == "PUT":
            try:
                now = json.loads(_body(environ))["now"]
                self.clock.set(datetime.now(UTC) if now is None else datetime.fromisoformat(now))
            except (ValueError, KeyError, TypeError) as error:
                return _json({"message": f'the clock takes {{"now": "2010-12-01T08:00:00Z"}}: {error}'}, 400)
        return _json({"now": self.clock.now().isoformat()})

    def _send(self, response: wire.Response, start_response: StartResponse) -> Iterable[bytes]:
        headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
        self._dated(start_response)(f"{response.status} {'OK' if response.status < 400 else 'Error'}", headers)
        return [response.body]

    def _dated(self, start_response: StartResponse) -> StartResponse:
        """Stamp answers by the clock: clients may ask AWS, not their own machine, how late it is."""
        date = format_datetime(self.clock.now(), usegmt=True)

        def dated(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if name.lower() != "date"]
            return start_response(status, [*kept, ("Date", date)], *rest)

        return dated


def _is_routed_by_name(service: str) -> bool:
    """Whether requests carry no target header: they are known by the signing name."""
    return wire.protocol(service) in {"rest-json", "query"}


def _json(body: dict[str, Any], status: int = 200) -> wire.Response:
    return wire.Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    return headers | {"content-type": environ.get("CONTENT_TYPE", "")}


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    body: bytes = environ["wsgi.input"].read(int(length)) if length else b""
    if not length and environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    return body


def _request(environ: dict[str, Any], headers: dict[str, str]) -> wire.Request:
    path, query = environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
    return wire.Request(environ["REQUEST_METHOD"], path, query, headers, _body(environ))
