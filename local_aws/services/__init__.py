"""Our own services, in the order in which they are built: an engine before those that read from it."""

from __future__ import annotations

from local_aws.services.athena import Athena
from local_aws.services.base import Service

SERVICES: tuple[type[Service], ...] = (Athena,)
