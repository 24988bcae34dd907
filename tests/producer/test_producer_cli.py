"""The command line as a user meets it: in a process of its own, against a real endpoint."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from producer import DestinationError, Replay, check_stream, follow_clock, send
from producer.cli import main

ROOT = Path(__file__).parents[2]
LINES = [f'53636{n},85123A,"HEART, {n}",6,2010-12-0{n} 08:26:00,2.55,17850.0,United Kingdom' for n in range(1, 4)]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:  # argparse
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_python_m_producer_sends_a_file(order_file: Any, stream: Any) -> None:
    path = order_file(*LINES, "junk")
    command = [
        sys.executable,
        "-m",
        "producer",
        str(path),
        "--stream",
        stream.name,
        "--endpoint-url",
        stream.endpoint,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sent 4 records (0.0 MiB)")
    assert "records/s" in done.stdout
    assert "3 order, 0 late, 0 duplicate, 1 unreadable" in done.stdout
    assert "arrivals 2010-12-01 08:26 to 2010-12-03 08:26 UTC" in done.stdout
    assert done.stderr == "producer: not an order, sent as it is: orders.csv:5: 1 fields instead of 8\n"
    assert len(stream.payloads()) == 4


def test_simulated_store_is_sent_without_a_path(run: Any, stream: Any) -> None:
    code, out, _ = run("--stream", stream.name, "--endpoint-url", stream.endpoint, "--days", 1, "--orders-per-day", 5)
    assert code == 0
    assert f"sent {len(stream.payloads()):,} records" in out


def test_days_select_what_is_sent(run: Any, order_file: Any, stream: Any) -> None:
    path = order_file(*LINES)
    run(path, "--from", "2010-12-02", "--days", 1, "--stream", stream.name, "--endpoint-url", stream.endpoint)
    (payload,) = stream.payloads()
    assert json.loads(payload)["InvoiceNo"] == "536362"


def test_dry_run_shows_records_and_counts_and_needs_no_stream(run: Any, order_file: Any) -> None:
    code, out, _ = run(order_file(*LINES * 4), "--dry-run", "--endpoint-url", "http://127.0.0.1:9")
    shown = out.splitlines()
    assert code == 0
    assert [json.loads(line)["InvoiceNo"] for line in shown[:-1]] == [
        "536361",
        "536362",
        "536363",
        "536361",
        "536362",
    ]
    assert shown[-1] == "dry run, nothing sent: 12 records (6 order, 6 late, 0 duplicate, 0 unreadable)"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -m producer --dry-run --days 1 | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_days_without_orders_are_no_error_and_say_what_there_is(run: Any, order_file: Any) -> None:
    code, out, err = run(order_file(*LINES), "--from", "2020-01-01", "--dry-run")
    assert (code, "0 records" in out) == (0, True)
    assert "2010-12-01 to 2010-12-03" in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.csv"], 2, "no such file or folder"),
        (["/dev/null"], 2, "not a regular file"),
        ([ROOT / "producer"], 2, "no .csv or .csv.gz file"),
        ([ROOT / "pyproject.toml"], 2, "not an order file"),
        (["--from", "2010-13-01"], 2, "is not a day like 2010-12-01"),
        (["x.csv", "--days", "3"], 2, "--from"),
        (["--days", "0"], 2, "at least 1"),
        (["--from", "9999-12-30"], 2, "year 9999"),
        (["--from", "2010-12-01", "--days", "9999999"], 2, "year 9999"),
        (["--late", "2"], 2, "between 0 and 1"),
        (["--from", "1999-01-01", "--dry-run"], 1, "opened on 2009-01-01"),
        (["--follow-clock"], 2, "--endpoint-url"),
        (["--endpoint-url", "http://127.0.0.1:9"], 3, "http://127.0.0.1:9 does not answer: start it"),
        (["--endpoint-url", "nonsense"], 3, "Invalid endpoint"),
        (["--profile", "nobody"], 3, "--profile"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(run: Any, arguments: list[Any], code: int, says: str) -> None:
    got, _, err = run(*arguments)
    assert (got, says in err) == (code, True), err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith(("producer:", "python -m producer:"))]) == 1


def test_missing_stream_says_so(run: Any, moto_endpoint: str) -> None:
    code, _, err = run("--stream", "nowhere", "--endpoint-url", moto_endpoint)
    assert code == 3
    assert f"no stream nowhere at {moto_endpoint}: deploy the infrastructure first" in err


def test_a_stream_that_is_not_active_yet_says_so(stream: Any) -> None:
    client = stream.client()
    stubber = Stubber(client)
    summary = client.describe_stream_summary(StreamName=stream.name)["StreamDescriptionSummary"]
    answer = {"StreamDescriptionSummary": summary | {"StreamStatus": "CREATING", "EnhancedMonitoring": []}}
    stubber.add_response("describe_stream_summary", answer)
    with stubber, pytest.raises(DestinationError, match="is CREATING: run again"):
        check_stream(client, stream.name)


def test_a_role_that_may_only_put_records_is_let_through(stream: Any) -> None:
    client = stream.client()
    stubber = Stubber(client)
    stubber.add_client_error("describe_stream_summary", "AccessDeniedException")
    with stubber:
        check_stream(client, stream.name)


def test_missing_credentials_say_so(run: Any, monkeypatch: pytest.MonkeyPatch, moto_endpoint: str) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, _, err = run("--endpoint-url", moto_endpoint)
    assert (code, "set AWS_ACCESS_KEY_ID" in err) == (3, True)


def test_missing_region_says_so(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    code, _, err = run("--stream", "x")
    assert (code, "--region" in err) == (3, True)


def test_the_store_knows_nothing_of_the_pipeline_or_the_emulator() -> None:
    allowed = sys.stdlib_module_names | {"boto3", "botocore", "tqdm", "producer"}
    for file in (ROOT / "producer").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, file


class _Clock(BaseHTTPRequestHandler):
    """Stands where the clock of local_aws is: keeps what it is told."""

    told: list[tuple[str, Any]]
    status = 200

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.told.append((self.path, body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"no going back")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def clock() -> Iterator[tuple[str, type[_Clock]]]:
    handler = type("Clock", (_Clock,), {"told": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_follow_clock_tells_the_hour_of_arrival(clock: Any, order_file: Any, stream: Any) -> None:
    url, handler = clock
    send(stream.client(), stream.name, Replay(order_file(*LINES)), on_arrival=follow_clock(url + "/"))
    assert handler.told == [("/_local_aws/clock", {"now": f"2010-12-0{day}T08:26:00Z"}) for day in (1, 2, 3)]


def test_clock_that_refuses_stops_the_replay(run: Any, clock: Any) -> None:
    url, handler = clock
    handler.status = 409
    with pytest.raises(DestinationError, match="HTTP 409 no going back"):
        follow_clock(url)(datetime(2010, 12, 1, tzinfo=UTC))


def test_follow_clock_against_another_endpoint_says_that_it_has_no_clock(
    run: Any, order_file: Any, stream: Any
) -> None:
    code, _, err = run(order_file(*LINES), "--stream", stream.name, "--endpoint-url", stream.endpoint, "--follow-clock")
    assert (code, "--follow-clock needs local_aws" in err) == (3, True), err
    assert stream.payloads() == []
