"""The statements that a database has run, and the system views that tell of them: (columns, rows) by name.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_QUERY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_QLOG.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STV_RECENTS.html. Deviates: users are not told apart, nor are
transactions; columns about queues, compilation and usage limits are left out; all statements are shown to all users;
the last 10,000 statements are kept, not those of seven days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope
    from local_aws.sql.redshift.scans import ExternalScan

Row = tuple[Any, ...]
USER = 100
KEPT = 10_000
_STATUS = {"STARTED": "running", "FINISHED": "success", "FAILED": "failed", "ABORTED": "canceled"}
_DDL = {"CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"}
_TYPES = {"SELECT", "INSERT", "UPDATE", "DELETE", "COPY", "UNLOAD"}


@dataclass
class Query:
    """One statement. `elapsed` is in microseconds; `status` is the Data API's."""

    number: int
    user: str
    pid: int
    text: str
    started: datetime
    ended: datetime | None = None
    elapsed: int = 0
    status: str = "STARTED"
    error: str = ""
    rows: int = 0
    size: int = 0
    label: str = "default"
    scans: list[ExternalScan] = field(default_factory=list)

    @property
    def kind(self) -> str:
        first = self.text.split(maxsplit=1)[0].upper() if self.text.strip() else ""
        if first in _TYPES:
            return first
        return "SELECT" if first == "WITH" else "DDL" if first in _DDL else "UTILITY"

    @property
    def aborted(self) -> int:
        return int(self.status in {"FAILED", "ABORTED"})


def _sys_query_history(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        what = (USER, each.number, each.label, 0, each.pid, scope.database, each.kind, _STATUS[each.status], False)
        times = (each.started, each.ended, each.elapsed, 0, each.elapsed, each.error)
        yield *what, *times, each.rows, each.size, each.text[:4000]


def _stl_query(scope: Scope) -> Iterator[Row]:
    """Statements that have ended."""
    for each in scope.queries():
        if each.ended is not None:
            what = (USER, each.number, each.label, 0, each.pid, scope.database, each.text[:4000])
            yield *what, each.started, each.ended, each.aborted, 0, 0


def _svl_qlog(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        if each.ended is not None:
            what = (USER, each.number, 0, each.pid, each.started, each.ended, each.elapsed, each.aborted)
            yield *what, each.label, each.text[:60], None


def _stv_recents(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        running = each.ended is None
        what = (USER, "Running" if running else "Done", each.started, each.elapsed, each.user)
        yield *what, scope.database, each.text[:600], each.pid if running else -1


VIEWS: dict[str, tuple[str, Callable[[Scope], Iterator[Row]]]] = {
    "sys_query_history": (
        "user_id:i query_id:l query_label transaction_id:l session_id:i database_name query_type status "
        "result_cache_hit:b start_time:s end_time:s elapsed_time:l queue_time:l execution_time:l error_message:t "
        "returned_rows:l returned_bytes:l query_text:t",
        _sys_query_history,
    ),
    "stl_query": (
        "userid:i query:i label xid:l pid:i database querytxt:t starttime:s endtime:s aborted:i insert_pristine:i "
        "concurrency_scaling_status:i",
        _stl_query,
    ),
    "svl_qlog": (
        "userid:i query:i xid:l pid:i starttime:s endtime:s elapsed:l aborted:i label substring source_query:i",
        _svl_qlog,
    ),
    "stv_recents": (
        "userid:i status starttime:s duration:i user_name db_name query:t pid:i",
        _stv_recents,
    ),
}
