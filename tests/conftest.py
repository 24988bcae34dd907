"""One local_aws and one Airflow for the whole test process; a test that asks for `account_id` gets its own account."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings

from local_aws import services
from local_aws.server import LocalAws
from tests.accounts import new_account
from tests.answers import Answers

TESTS = Path(__file__).parent


def _bundle(name: str, path: Path) -> dict[str, Any]:
    return {
        "name": name,
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(path)},
    }


if "PYTEST_XDIST_WORKER" in os.environ:
    # Registered first, so it runs last: DuckDB's binding would go on to list what lives at the interpreter's end.
    atexit.register(os._exit, 0)


def _prepare_airflow() -> None:
    """Airflow reads these when it is first imported. Each test process has a home and a database of its own."""
    home = tempfile.mkdtemp(prefix="airflow-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": str(TESTS.parent / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": f"{home}/plugins",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(
            [_bundle("dags", TESTS.parent / "dags"), _bundle("test-dags", TESTS / "plugins" / "dags")]
        ),
        "AIRFLOW__AWS_WAREHOUSE__RETRIES": "0",
        "AIRFLOW__AWS_WAREHOUSE__DEADLINE_MINUTES": "2",
        "AIRFLOW__AWS_WAREHOUSE__POLL_INTERVAL_SECONDS": "0.2",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _ask_hypothesis_for_patience() -> None:
    """No test fails for having taken long: machines that run tests do other things too."""
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")


def _share_service_models() -> None:
    """Have botocore read each service model once a process, not once a session: each test and task makes sessions."""
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)


_prepare_airflow()
_share_service_models()
_ask_hypothesis_for_patience()

ANSWERS = Answers()
ANSWERS.watch()

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def _answers_fit_the_model(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which an answer left that botocore's model does not know (`broken_answers` expects some)."""
    yield
    found = ANSWERS.take()
    if "broken_answers" not in request.fixturenames:
        assert not found, "answers that are not of the model:\n" + "\n".join(found)


@pytest.fixture
def broken_answers() -> None:
    """Asked for by a test that breaks answers on purpose."""


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The running endpoint, on a free port."""
    with LocalAws() as server:
        services.load()  # now, not amid a test: it takes seconds, which go by on a clock that the test has set
        yield server


@pytest.fixture
def account_id() -> str:
    """A fresh account: nothing is in it. Its id is also the access key that signs for it."""
    return new_account()


@pytest.fixture
def client(local_aws: LocalAws, account_id: str) -> Callable[..., Any]:
    """`client("athena")`: a boto3 client of the test's own account, without retries."""

    def make(service: str, **options: Any) -> Any:
        config = options.pop("config", Config(retries={"total_max_attempts": 1}))
        return boto3.client(
            service,
            endpoint_url=local_aws.url,
            region_name=REGION,
            aws_access_key_id=account_id,
            aws_secret_access_key="secret",
            config=config,
            **options,
        )

    return make


@pytest.fixture
def bucket(client: Callable[..., Any], account_id: str) -> str:
    """An empty bucket of the test's own account; bucket names are shared by all accounts."""
    name = f"bucket-{account_id}"
    client("s3").create_bucket(Bucket=name)
    return name
