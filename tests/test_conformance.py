"""The harness of the clients' checks: what counts as passed, failed and refused, and what a cut-off run keeps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.environments import HERE, clients, files_of
from conformance.outcomes import Progress, checks, of_lines, state_of

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
    return of_lines(written.read_text().splitlines(), ended.returncode)


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


def test_client_that_cannot_start_has_failed() -> None:
    assert of_lines([], 4)["failed"] == ["the checks ended with status 4"]


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
