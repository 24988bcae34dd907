"""What the tests of local_aws share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from athena_client import Athena


@pytest.fixture
def athena(client: Callable[..., Any], bucket: str) -> Athena:
    """Athena with the database `shop` and results in the test's bucket."""
    client("glue").create_database(DatabaseInput={"Name": "shop"})
    return Athena(client("athena"), f"s3://{bucket}/results/")
