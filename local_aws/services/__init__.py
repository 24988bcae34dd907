"""Our own services, in the order in which they are built: an engine before those that read from it."""

from __future__ import annotations

from local_aws.services.base import Service
from local_aws.services.glue import Glue
from local_aws.services.quicksight import QuickSight

SERVICES: tuple[type[Service], ...] = (Glue, QuickSight)
