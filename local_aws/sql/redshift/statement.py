"""A request of the Data API: its SQL texts, and what became of each.

Evidence: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from local_aws.jobs import Job
from local_aws.sql.redshift.results import Result

ACTIVE = ("SUBMITTED", "PICKED", "STARTED")


@dataclass
class Part:
    """One SQL statement of a request, and what became of it. `duration` is in nanoseconds."""

    sql: str
    created: datetime
    updated: datetime
    status: str = "SUBMITTED"
    error: str | None = None
    duration: int = 0
    changed: int = 0
    result: Result | None = None
    query_id: int = 0


@dataclass
class Statement:
    """One request: `ExecuteStatement` has one part, `BatchExecuteStatement` one for each SQL text."""

    id: str
    database: str
    user: str
    created: datetime
    updated: datetime
    parts: list[Part]
    batch: bool = False
    parameters: dict[str, str] = field(default_factory=dict)
    workgroup: str | None = None
    cluster: str | None = None
    secret: str | None = None
    name: str | None = None
    format: str = "JSON"
    mode: str = "TRANSACTION"
    session_id: str | None = None
    status: str = "SUBMITTED"
    error: str | None = None
    duration: int = 0
    pid: int = 0
    job: Job | None = None

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def asked(self) -> tuple[object, ...]:
        """What a repeated request must have in common with the first."""
        sqls = tuple(part.sql for part in self.parts)
        place = (self.workgroup, self.cluster, self.database, self.user, self.secret)
        return sqls, self.parameters, self.batch, *place, self.name, self.format, self.mode

    @property
    def has_result(self) -> bool:
        return any(part.result is not None for part in self.parts)
