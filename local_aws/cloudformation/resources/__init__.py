"""The resource types: each is carried out by API operations of its service, nothing else."""

from __future__ import annotations

from local_aws.cloudformation.resources import (
    analytics,
    clusters,
    dashboards,
    data,
    identity,
    storage,
    streaming,
    warehouse,
)
from local_aws.cloudformation.resources.base import ResourceType

TYPES: dict[str, ResourceType] = {
    kind.type: kind
    for module in (analytics, clusters, dashboards, data, identity, storage, streaming, warehouse)
    for kind in module.TYPES
}
"""What a template may contain. A type that is not here fails the template: nothing is only pretended."""
