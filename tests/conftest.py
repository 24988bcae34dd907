"""One local_aws for the whole test process; each test that asks for `account` gets an account of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws.server import LocalAws

REGION = "us-east-1"
_accounts = itertools.count(100_000_000_001)


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The running endpoint, on a free port."""
    with LocalAws() as server:
        yield server


@pytest.fixture
def account_id() -> str:
    """A fresh account: nothing is in it. Its id is also the access key that signs for it."""
    return str(next(_accounts))


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
