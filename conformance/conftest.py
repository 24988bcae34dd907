"""What the checks share. It runs in the clients' environments, so it imports nothing of this project."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Generator
from importlib import metadata
from typing import Any

import boto3
import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "refused(word): the client is to meet an error that contains the word")


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


def pytest_runtest_setup(item: pytest.Item) -> None:
    marker = item.get_closest_marker("refused")
    item.user_properties.append(("feature", marker.args[0] if marker else ""))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell which versions are checked: of the packages that the modules of checks name in `PACKAGES`."""
    modules = {item.module for item in session.items if isinstance(item, pytest.Function)}
    names = sorted({name for module in modules for name in module.PACKAGES})
    _tell({"versions": {name: metadata.version(name) for name in names}})


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell each check's outcome at once: a process that dies leaves what it came to. One that is skipped has failed."""
    if report.when == "call" or not report.passed:
        check = report.nodeid.partition("::")[2]
        _tell({"check": check, "outcome": report.outcome, "feature": dict(report.user_properties).get("feature", "")})


def _tell(event: dict[str, Any]) -> None:
    into = os.environ.get("CONFORMANCE_OUTCOMES")
    if into:
        with open(into, "a") as file:  # noqa: PTH123
            file.write(json.dumps(event) + "\n")


@pytest.fixture(scope="module")
def account() -> str:
    return str(boto3.client("sts").get_caller_identity()["Account"])


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
