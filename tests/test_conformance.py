"""The harness of the clients' checks: what counts as passed, failed and refused, and what a cut-off run keeps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.environments import HERE, clients, files_of
from conformance.outcomes import Progress, checks, of_lines, state_of
from conformance.processes import Processes

CHECKS = """\
import pytest

PACKAGES = ("pytest",)


def test_good() -> None: ...


def test_bad() -> None:
    assert False


@pytest.mark.refused("Spark")
def test_refused() -> None:
    raise ValueError("local_aws does not support spark")


@pytest.mark.refused("Spark")
def test_refused_in_other_words() -> None:
    raise ValueError("local_aws does not support it")


@pytest.mark.refused("Spark")
def test_not_refused() -> None: ...


def test_without_its_fixture(gone: object) -> None: ...


@pytest.mark.skip
def test_skipped() -> None: ...
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the harness says of `CHECKS`."""
    place = tmp_path_factory.mktemp("checks")
    shutil.copy(HERE / "conftest.py", place)
    (place / "test_any.py").write_text(CHECKS)
    written = place / "outcomes.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", place, place]
    ended = subprocess.run(
        command, env=os.environ | {"CONFORMANCE_OUTCOMES": str(written)}, capture_output=True, check=False
    )
    return of_lines(written.read_text().splitlines(), f"the checks ended with status {ended.returncode}")


def test_outcomes_are_told_apart(outcome: dict[str, Any]) -> None:
    assert outcome["passed"] == 1
    assert outcome["refused"] == {"test_refused": "Spark"}
    assert sorted(outcome["failed"]) == [
        "test_bad",
        "test_not_refused",
        "test_refused_in_other_words",
        "test_skipped",
        "test_without_its_fixture",
    ]
    assert checks(outcome) == 7
    assert outcome["versions"] == {"pytest": pytest.__version__}


PASSED = json.dumps({"check": "test_good", "outcome": "passed", "feature": ""})
FAILED = json.dumps({"check": "test_bad", "outcome": "failed", "feature": ""})


@pytest.mark.parametrize(
    ("lines", "ended", "failed"),
    [
        pytest.param([], "the checks ended with status 4", ["the checks ended with status 4"], id="cannot-start"),
        pytest.param([PASSED], "", [], id="all-passed"),
        pytest.param([PASSED, FAILED], "the checks ended with status 1", ["test_bad"], id="some-failed"),
        pytest.param([PASSED], "ended after 9 seconds", ["ended after 9 seconds"], id="too-late"),
        pytest.param([FAILED], "ended after 9 seconds", ["test_bad", "ended after 9 seconds"], id="failed-and-late"),
    ],
)
def test_what_was_not_reached_has_failed(lines: list[str], ended: str, failed: list[str]) -> None:
    found = of_lines(lines, ended)
    assert found["failed"] == failed
    assert found["passed"] == lines.count(PASSED)


STUBBORN = """\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


def all_end(told: str) -> bool:
    """Whether these processes are gone, or are soon: a signal takes a moment."""
    for _ in range(100):
        if not any(_is_running(process) for process in told.split()):
            return True
        time.sleep(0.05)
    return False


def _is_running(process: str) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_client_beyond_its_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    told: list[str] = []
    ended = Processes().run([sys.executable, "-c", STUBBORN], dict(os.environ), tmp_path, 1.5, told.append)
    assert ended == "the checks were ended after 2 seconds"
    assert all_end(told[0])


def test_cut_off_run_ends_its_clients(tmp_path: Path) -> None:
    processes, told = Processes(), list[str]()

    def tell(line: str) -> None:
        told.append(line)
        processes.end_all()

    ended = processes.run([sys.executable, "-c", STUBBORN], dict(os.environ), tmp_path, 60, tell)
    assert ended == "the run was cut off"
    assert all_end(told[0])


def test_client_that_ends_in_time_says_how(tmp_path: Path) -> None:
    told: list[str] = []
    run = Processes().run
    assert run([sys.executable, "-c", "print('é')"], dict(os.environ), tmp_path, 60, told.append) == ""
    assert told == ["é\n"]
    ended = run([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ), tmp_path, 60, told.append)
    assert ended == "the checks ended with status 3"


GOOD, BAD = {"failed": []}, {"failed": ["test_bad"]}


def test_run_goes_on_with_what_has_not_passed_yet_or_has_changed(tmp_path: Path) -> None:
    place, states = tmp_path / "p.json", {"one": "1", "two": "2", "three": "3"}
    progress = Progress(place, states)
    progress.add("one", GOOD)
    progress.add("two", BAD)
    progress.add("three", GOOD)
    assert set(Progress(place, states | {"three": "4"}).outcomes) == {"one"}
    assert set(Progress(place, states).outcomes) == {"one", "three"}
    progress.forget()
    assert Progress(place, states).outcomes == {}


def test_state_is_that_of_the_sources(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = state_of([tmp_path])
    (tmp_path / "results.json").write_text("{}")
    assert state_of([tmp_path]) == before
    (tmp_path / "a.py").write_text("2")
    assert state_of([tmp_path]) != before


@pytest.mark.parametrize("client", clients())
def test_each_client_has_its_files(client: str) -> None:
    assert all(path.exists() for path in files_of(client))


def test_results_are_of_the_clients_that_there_are() -> None:
    found = json.loads((HERE / "results.json").read_text())
    assert set(found) <= set(clients())
    assert all({"versions", "passed", "failed", "refused"} == set(each) for each in found.values())
