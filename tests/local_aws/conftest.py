"""What the tests of local_aws share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena
from tests.local_aws.firehose_world import (  # noqa: F401 - fixtures
    clock,
    conversion,
    create,
    deliver,
    firehose,
    objects,
)

REGION = "us-east-1"


@pytest.fixture
def athena(client: Callable[..., Any], bucket: str) -> Athena:
    """Athena with the database `shop` and results in the test's bucket."""
    client("glue").create_database(DatabaseInput={"Name": "shop"})
    return Athena(client("athena"), f"s3://{bucket}/results/")


@pytest.fixture(scope="module")
def shared_athena(local_aws: LocalAws) -> Athena:
    """Athena for tests that change nothing: one account for a module."""

    def make(service: str) -> Any:
        key = "199999999999"
        return boto3.client(
            service, endpoint_url=local_aws.url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key="x"
        )

    lake = local_aws.app.account("199999999999", REGION).lake
    if not lake.objects.has_bucket("shared-athena"):
        make("s3").create_bucket(Bucket="shared-athena")
        make("glue").create_database(DatabaseInput={"Name": "shop"})
    return Athena(make("athena"), "s3://shared-athena/results/")
