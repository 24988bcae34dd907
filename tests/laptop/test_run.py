"""`make run` as a user calls it: one line of advice when something is wrong, the ledger and a dashboard when not."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ORDER = '536370,37370,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",24,2010-12-02 08:45:00,4.25,12583.0,France\n'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "state")


class Laptop:
    """The commands behind `make`, with a state directory of their own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
        self._environment = kept | {"LAPTOP_STATE": str(state)}

    def __call__(self, module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", f"laptop.{module}", *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=240, check=False
        )

    def advice(self, *arguments: object) -> str:
        """The one line that a run which cannot begin says."""
        ended = self("run", *arguments)
        assert ended.returncode == 1, ended
        [line] = [line for line in ended.stderr.splitlines() if line.strip()]
        assert ended.stdout == ""
        assert not (self.state / "local_aws.json").exists(), "nothing is started"
        return line


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + ORDER)
    return path


def test_orders_that_are_not_there(laptop: Laptop) -> None:
    said = laptop.advice("--orders", "/no/such/orders")
    assert said.startswith("ORDERS=/no/such/orders: no such file or folder; name an order file")


def test_folder_without_orders(laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no .csv or .csv.gz file in this folder; name one" in laptop.advice("--orders", tmp_path / "empty")


@pytest.mark.parametrize("name", ["picture.png", "picture.csv"])
def test_file_that_holds_no_orders(laptop: Laptop, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PNG)
    assert re.search(
        r"not an order file.*expected CSV with the columns InvoiceNo,", laptop.advice("--orders", tmp_path / name)
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--from", "yesterday"), "FROM=yesterday is not a day; write it as FROM=2010-12-01", id="no day"),
        pytest.param(("--days", "0"), "DAYS=0 is not a number of days; write it as DAYS=31", id="no days"),
        pytest.param(("--days", "week"), "DAYS=week is not a number of days; write it as DAYS=31", id="no number"),
    ],
)
def test_days_that_cannot_be_read(laptop: Laptop, arguments: tuple[str, ...], said: str) -> None:
    assert laptop.advice(*arguments) == said


def test_days_of_files_need_their_first(laptop: Laptop, orders: Path) -> None:
    assert "DAYS needs FROM" in laptop.advice("--orders", orders, "--days", 3)


@pytest.mark.parametrize("arguments", [("--from", "2011-01-01"), ("--from", "2010-11-01", "--days", "31")])
def test_days_before_or_after_all_orders(laptop: Laptop, orders: Path, arguments: tuple[str, ...]) -> None:
    said = laptop.advice("--orders", orders, *arguments)
    assert said == f"FROM={arguments[1]} finds no orders; these files have some from 2010-12-02 to 2010-12-02"


def test_port_of_another_program(laptop: Laptop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        said = laptop.advice("--days", 1, "--port", number)
    assert said.startswith(
        f"port {number} is taken by another program: stop it, or choose another, as in `make run PORT="
    )


@pytest.mark.slow
def test_run_ends_with_a_balanced_ledger_and_a_dashboard_and_down_ends_it(laptop: Laptop, port: int) -> None:
    try:
        ended = laptop("run", "--days", 1, "--port", port)
        assert ended.returncode == 0, ended.stderr
        assert re.search(r"│ 2010-12-01 .*│ balanced │", ended.stdout), ended.stdout
        assert "every order day is loaded" in ended.stdout
        kept = laptop("ledger", "--port", port)
        assert (kept.returncode, kept.stderr) == (0, "")
        assert kept.stdout.strip() in ended.stdout
        [address] = re.findall(r"^dashboard (http://\S+)", ended.stdout, re.MULTILINE)
        with urllib.request.urlopen(address) as page:
            assert page.status == 200
        with urllib.request.urlopen(f"{address}/data.json") as answer:
            visuals = [visual for sheet in json.load(answer)["sheets"] for visual in sheet["visuals"]]
        [file] = re.findall(r"^as a file (\S+)", ended.stdout, re.MULTILINE)
        assert "<script src=" not in (laptop.state / Path(file).name).read_text()
        kpis = [visual for visual in visuals if visual["kind"] == "KPI"]
        assert len(kpis) >= 4
        assert all(visual["rows"] for visual in kpis), kpis
    finally:
        stopped = laptop("down")
    assert stopped.stdout == "stopped: local_aws\n"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_local_aws/health", timeout=2)
    assert laptop("down").stdout == "nothing was running\n"
    assert laptop("ledger", "--port", port).stderr == (
        f"no local_aws answers at http://127.0.0.1:{port}: `make run` or `make up` first\n"
    )
    log = (laptop.state / "local_aws.log").read_text()
    assert not re.search("Traceback|leaked|defect", log), log[-2000:]
