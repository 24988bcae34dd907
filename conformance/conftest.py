"""What the checks share. It runs in the clients' environments, so it imports nothing of this project."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Generator
from typing import Any

import boto3
import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "refused(word): the client is to meet an error that contains the word")
    config.stash[COUNTS] = {"passed": 0, "failed": 0, "refused": 0}


COUNTS = pytest.StashKey[dict[str, int]]()


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, None]:
    """Turn the error that a refused feature has to give into a pass, and its absence into a failure."""
    outcome = yield
    marker = pyfuncitem.get_closest_marker("refused")
    if marker is None:
        return
    error = outcome.excinfo[1] if outcome.excinfo else None
    if error is None:
        outcome.force_exception(AssertionError("it was not refused"))
    elif marker.args[0].lower() in str(error).lower():
        outcome.force_result(True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.failed:
        _outcomes.append((report.outcome, "refused" in report.keywords))


_outcomes: list[tuple[str, bool]] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    into = os.environ.get("CONFORMANCE_RESULTS")
    if into:
        counts = session.config.stash[COUNTS]
        for outcome, refused in _outcomes:
            counts["failed" if outcome == "failed" else "refused" if refused else "passed"] += outcome != "skipped"
        with open(into, "w") as file:  # noqa: PTH123
            json.dump(counts, file)


@pytest.fixture(scope="module")
def bucket() -> str:
    """A bucket of the module's own."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def database() -> str:
    """A database of the module's own."""
    name = f"db_{uuid.uuid4().hex[:8]}"
    boto3.client("glue").create_database(DatabaseInput={"Name": name})
    return name
