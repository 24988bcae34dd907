"""Every API of the account from the inside: boto3-like clients whose requests go to the application without a network.

What runs on behalf of a caller (a CloudFormation stack, for one) uses the same operations, with the same checks and
the same errors, as the caller would.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Clients:
    """Makes botocore clients; the service models are read once for all accounts."""

    def __init__(self) -> None:
        self._session = botocore.session.Session()
        self._lock = threading.Lock()

    def make(self, service: str, account_id: str, region: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        with self._lock:
            return self._session.create_client(
                service,
                region_name=region,
                endpoint_url="http://127.0.0.1",
                aws_access_key_id=account_id,
                aws_secret_access_key="inside",
                config=config,
            )


class Api:
    """Clients of one account and region.

    :param application: the WSGI application that answers.
    """

    def __init__(self, application: Wsgi, clients: Clients, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self._application = application
        self._make = clients
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """botocore's client of a service; errors are botocore's `ClientError`."""
        with self._lock:
            if service not in self._clients:
                client = self._make.make(service, self.account_id, self.region)
                client.meta.events.register("before-send", self._send)
                self._clients[service] = client
            return self._clients[service]

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        url, body = urlsplit(request.url), _bytes(request.body)
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote(url.path) or "/",
            "RAW_URI": url.path,
            "QUERY_STRING": url.query,
            "SERVER_NAME": url.hostname or "",
            "SERVER_PORT": str(url.port or 80),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "HTTP_HOST": url.netloc,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            text = value.decode() if isinstance(value, bytes) else str(value)
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
        environ["CONTENT_LENGTH"] = str(len(body))
        return self._answer(request.url, environ)

    def _answer(self, url: str, environ: dict[str, Any]) -> AWSResponse:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = [int(status.split()[0]), {name.lower(): text for name, text in headers}]

        parts = self._application(environ, start_response)
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        return AWSResponse(url, started[0], started[1], _Raw(body))


class _Raw(io.BytesIO):
    """A response body as botocore reads it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else bytes(body.read())
