"""A real Kinesis endpoint (moto over HTTP), and one in front of it that refuses records on demand."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from moto.server import ThreadedMotoServer

from producer import kinesis_client

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture
def order_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of the lines; bytes are taken as they are."""

    def write(*lines: str | bytes, name: str = "orders.csv", header: bool = True, end: bytes = b"\n") -> Path:
        texts = ([HEADER] if header else []) + list(lines)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join((t if isinstance(t, bytes) else t.encode()) + end for t in texts))
        return path

    return write


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Stream:
    """A stream of the endpoint, and all that it holds."""

    name: str
    endpoint: str
    shards: int = 2

    def client(self, endpoint: str | None = None) -> Any:
        return kinesis_client(region="us-east-1", endpoint_url=endpoint or self.endpoint, profile=None)

    def by_shard(self) -> list[list[bytes]]:
        client = self.client()
        held = []
        for shard in client.list_shards(StreamName=self.name)["Shards"]:
            iterator = client.get_shard_iterator(
                StreamName=self.name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            held.append([])
            while records := (answer := client.get_records(ShardIterator=iterator, Limit=10000))["Records"]:
                held[-1] += [record["Data"] for record in records]
                iterator = answer["NextShardIterator"]
        return held

    def payloads(self) -> list[bytes]:
        return [data for shard in self.by_shard() for data in shard]


@pytest.fixture
def stream(moto_endpoint: str) -> Stream:
    stream = Stream(f"orders-{uuid4().hex[:8]}", moto_endpoint)
    stream.client().create_stream(StreamName=stream.name, ShardCount=stream.shards)
    return stream


@dataclass
class Refusing:
    """Passes requests on, but for the records that `refuse` picks by request number and position."""

    target: str
    refuse: Callable[[int, int], bool] = lambda request, position: False
    fail: Callable[[int], int | None] = lambda request: None
    url: str = ""
    requests: list[list[bytes]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        action = environ["HTTP_X_AMZ_TARGET"].partition(".")[2]
        if action == "PutRecords":
            status, answer = self._put_records(json.loads(body), environ)
        else:
            status, answer = 200, self._forward(body, environ)
        start_response(f"{status} -", [("Content-Type", "application/x-amz-json-1.1")])
        return [answer]

    def _put_records(self, request: dict[str, Any], environ: dict[str, Any]) -> tuple[int, bytes]:
        number = len(self.requests)
        records = request["Records"]
        self.requests.append([base64.b64decode(record["Data"]) for record in records])
        if status := self.fail(number):
            return status, b'{"__type":"Unheard","message":"try again"}'
        refused = {position for position in range(len(records)) if self.refuse(number, position)}
        passed = [record for position, record in enumerate(records) if position not in refused]
        done: Iterator[Any] = iter(())
        if passed:
            forwarded = json.dumps(request | {"Records": passed}).encode()
            done = iter(json.loads(self._forward(forwarded, environ))["Records"])
        throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
        outcomes = [throttled if position in refused else next(done) for position in range(len(records))]
        return 200, json.dumps({"FailedRecordCount": len(refused), "Records": outcomes}).encode()

    def _forward(self, body: bytes, environ: dict[str, Any]) -> bytes:
        headers = {
            "Content-Type": environ["CONTENT_TYPE"],
            "X-Amz-Target": environ["HTTP_X_AMZ_TARGET"],
            "Authorization": environ["HTTP_AUTHORIZATION"],
        }
        with urllib.request.urlopen(urllib.request.Request(self.target, body, headers), timeout=10) as answer:
            return bytes(answer.read())


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def refusing(moto_endpoint: str) -> Iterator[Refusing]:
    proxy = Refusing(moto_endpoint)
    server = make_server("127.0.0.1", 0, proxy, handler_class=_Silent)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    yield proxy
    server.shutdown()
    thread.join()
    server.server_close()
