"""Fixtures for tests of code that speaks to AWS: `pytest -p local_aws.pytest_plugin`.

Or, in the `conftest.py` at the root of the tests: `pytest_plugins = ["local_aws.pytest_plugin"]`.

`local_aws`            the running endpoint, one for the whole test process (each worker of pytest-xdist has its own)
`local_aws_account`    the id of an account in which nothing is yet; it is also the access key that signs for it
`aws_client`           `aws_client("athena")`: a boto3 client of that account
`local_aws_env`        has boto3 clients that the tested code makes itself reach that account, by environment variables
`local_aws_faults`     what is to go wrong: `local_aws_faults.add("s3.PutObject#2=drop")`; taken away after the test
`local_aws_clock`      the clock of all services; real again after the test
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from local_aws.clock import Clock
    from local_aws.faults import Faults
    from local_aws.server import LocalAws

REGION = "us-east-1"
_accounts = itertools.count(300_000_000_001)


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The running endpoint, on a free port: `local_aws.url`."""
    from local_aws.server import LocalAws  # not before it is needed: tests without AWS do not wait for it

    with LocalAws() as server:
        yield server


@pytest.fixture
def local_aws_account() -> str:
    """A fresh account for this test. Bucket names are shared by all accounts, as on AWS: put the account into them."""
    return str(next(_accounts))


@pytest.fixture
def aws_client(local_aws: LocalAws, local_aws_account: str) -> Callable[..., Any]:
    """`aws_client("athena")`: a boto3 client of the test's account; further arguments are `boto3.client`'s."""
    import boto3

    def make(service: str, **options: Any) -> Any:
        own = {
            "endpoint_url": local_aws.url,
            "region_name": REGION,
            "aws_access_key_id": local_aws_account,
            "aws_secret_access_key": "any",
        }
        return boto3.client(service, **{**own, **options})

    return make


@pytest.fixture
def local_aws_env(local_aws: LocalAws, local_aws_account: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a process whose AWS is the test's account; set for this process while the test runs.

    Evidence: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    variables = {
        "AWS_ENDPOINT_URL": local_aws.url,
        "AWS_ACCESS_KEY_ID": local_aws_account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return variables


@pytest.fixture
def local_aws_faults(local_aws: LocalAws) -> Iterator[Faults]:
    """The faults, none of them set, and the calls counted from zero; cleared after the test."""
    local_aws.faults.clear()
    local_aws.faults.reset_calls()
    yield local_aws.faults
    local_aws.faults.clear()


@pytest.fixture
def local_aws_clock(local_aws: LocalAws) -> Iterator[Clock]:
    """The clock: `local_aws_clock.set(datetime(2010, 12, 1, tzinfo=UTC))`; real again after the test."""
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))
