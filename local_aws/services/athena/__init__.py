"""Amazon Athena: queries as jobs, their results in S3, workgroups, saved queries, and the catalog's metadata.

Evidence: https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from typing import Any

from local_aws.lake import Lake
from local_aws.services.athena.executions import ENDED
from local_aws.services.athena.history import History
from local_aws.services.athena.metadata import Metadata
from local_aws.services.base import INTERRUPTED
from local_aws.sql.engine import Engine, fetch
from local_aws.sql.errors import QueryFailed


class Athena(History, Metadata):
    """One account's Athena in one region."""

    name = "athena"
    invalid = "InvalidRequestException"
    unsupported = "InvalidRequestException"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.engine = Engine(lake)
        self.start_workgroups()
        self.start_saved()
        self.start_executions()
        lake.engines["ATHENA"] = self

    def fetch(self, sql: str, source: dict[str, Any]) -> Any:
        """Rows for QuickSight. :param source: `AthenaParameters`; its workgroup must be there and enabled.

        :raises AwsError: `InvalidRequestException`, with what Athena would say.
        """
        self.enabled_workgroup(source.get("WorkGroup", "primary"))
        try:
            return fetch(self.engine, sql, "default")
        except QueryFailed as error:
            raise self.invalid_request(error.reason) from error

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        names = ("_workgroups", "_tags", "_named", "_prepared", "_executions")
        return tuple((name.strip("_"), getattr(self, name)) for name in names)

    def settled(self, name: str, entity: Any) -> bool:
        return name == "executions" and entity.status["State"] in ENDED

    def recover(self) -> None:
        for name, each in self._executions.items():
            if "ClientRequestToken" in each.request:
                self._tokens[each.request["ClientRequestToken"]] = name
            if each.status["State"] not in ENDED:
                self._finish(each, "FAILED", INTERRUPTED, None, (0.0, 0.0, 0))

    def close(self) -> None:
        self.stop_all()
        self.engine.close()


__all__ = ["Athena"]
