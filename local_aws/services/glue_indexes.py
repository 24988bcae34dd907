"""Partition indexes of tables: their definitions. GetPartitions needs none to be quick here.

Deviates: an index is made and removed at once, so CREATING and DELETING are never seen.
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.partition_indexes import new_indexes
from local_aws.services.base import Service
from local_aws.services.glue_shapes import page

Shape = dict[str, Any]


class PartitionIndexOperations(Service):
    """Create, Get and Delete."""

    def create_partition_index(self, params: Shape) -> None:
        catalog, place = self.lake.catalog, (params["DatabaseName"], params["TableName"])
        keys, before = catalog.table(*place)["PartitionKeys"], catalog.partition_indexes(*place)
        values = [each["Values"] for each in catalog.partitions(*place)]
        made = new_indexes([params["PartitionIndex"]], keys, before, values)
        catalog.set_partition_indexes(*place, [*before, *made])

    def get_partition_indexes(self, params: Shape) -> Shape:
        indexes = self.lake.catalog.partition_indexes(params["DatabaseName"], params["TableName"])
        found, token = page(indexes, params)
        return {"PartitionIndexDescriptorList": found, "NextToken": token}

    def delete_partition_index(self, params: Shape) -> None:
        place, name = (params["DatabaseName"], params["TableName"]), params["IndexName"]
        before = self.lake.catalog.partition_indexes(*place)
        left = [each for each in before if each["IndexName"] != name]
        if len(left) == len(before):
            raise AwsError("EntityNotFoundException", f"Index with the given indexName : {name} does not exist")
        self.lake.catalog.set_partition_indexes(*place, left)
