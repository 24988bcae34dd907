"""The retail dashboard, for each test module its own."""

from __future__ import annotations

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import ORDERS
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import deployed


@pytest.fixture(scope="module")
def retail(local_aws: LocalAws) -> World:
    """Deployed once: tests that ask it change nothing in it."""
    return deployed(local_aws, ORDERS)


@pytest.fixture(scope="module")
def address(local_aws: LocalAws) -> str:
    return local_aws.url
