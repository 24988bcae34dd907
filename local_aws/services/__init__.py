"""Our own services, in the order in which they are built: an engine before those that read from it."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.services.base import Service

NAMES: dict[str, tuple[str, str]] = {
    "kinesis": ("kinesis", "Kinesis"),
    "firehose": ("firehose", "Firehose"),
    "glue": ("glue", "Glue"),
    "athena": ("athena", "Athena"),
    "redshift-serverless": ("redshift_serverless", "RedshiftServerless"),
    "redshift": ("redshift", "Redshift"),
    "redshift-data": ("redshift_data", "RedshiftData"),
    "quicksight": ("quicksight", "QuickSight"),
    "cloudformation": ("cloudformation", "CloudFormation"),
}
"""botocore's name of a service → the module below this one, and its class."""
_importing = threading.Lock()


def load() -> tuple[type[Service], ...]:
    """The classes, with the engines that they bring: the greater part of a start, so it is left to the first need.

    One thread imports at a time: two that import modules which import each other would see halves of them.
    """
    with _importing:
        return tuple(getattr(import_module(f"{__name__}.{module}"), name) for module, name in NAMES.values())
