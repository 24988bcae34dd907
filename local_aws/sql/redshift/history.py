"""The statements that a database has run, and the system views that tell of them: (columns, rows) by name.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_QUERY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_QLOG.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STV_RECENTS.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_QUERYTEXT.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_UNLOAD_LOG.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_UNLOAD_HISTORY.html. Deviates: users are not told apart, nor are
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
    unloaded: list[tuple[str, int, int]] = field(default_factory=list)
    """(URI, rows, bytes) of each file that an UNLOAD wrote."""

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


def _texts(scope: Scope) -> Iterator[tuple[Query, int, str]]:
    """(query, number, text) of each piece of 200 characters."""
    for each in scope.queries():
        for number in range((len(each.text) + PIECE - 1) // PIECE):
            yield each, number, each.text[number * PIECE : (number + 1) * PIECE]


def _stl_querytext(scope: Scope) -> Iterator[Row]:
    for each, number, text in _texts(scope):
        yield USER, 0, each.pid, each.number, number, text


def _svl_statementtext(scope: Scope) -> Iterator[Row]:
    for each, number, text in _texts(scope):
        yield USER, 0, each.pid, each.label, each.started, each.ended, number, each.kind, text


def _sys_query_text(scope: Scope) -> Iterator[Row]:
    for each, number, text in _texts(scope):
        yield USER, each.number, 0, each.pid, each.started, number, text


def _stv_inflight(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        if each.ended is None:
            yield USER, 0, each.number, each.label, 0, each.pid, each.started, each.text[:100], 0, 0, 0


def _stl_unload_log(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        for uri, rows, size in each.unloaded:
            yield USER, each.number, 0, each.pid, uri, each.started, each.ended, rows, size


def _sys_unload_history(scope: Scope) -> Iterator[Row]:
    for each in scope.queries():
        if each.kind == "UNLOAD":
            counts = (sum(rows for _, rows, _ in each.unloaded), sum(size for _, _, size in each.unloaded))
            what = (USER, each.number, 0, each.pid, scope.database, _STATUS[each.status], each.started, each.ended)
            yield *what, each.elapsed, *counts, len(each.unloaded), each.error


PIECE = 200
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
    "stl_querytext": ("userid:i xid:l pid:i query:i sequence:i text", _stl_querytext),
    "svl_statementtext": (
        "userid:i xid:l pid:i label starttime:s endtime:s sequence:i type text",
        _svl_statementtext,
    ),
    "sys_query_text": (
        "user_id:i query_id:l transaction_id:l session_id:i start_time:s sequence:i text",
        _sys_query_text,
    ),
    "stv_inflight": (
        "userid:i slice:i query:i label xid:l pid:i starttime:s text suspended:i insert_pristine:i "
        "concurrency_scaling_status:i",
        _stv_inflight,
    ),
    "stl_unload_log": (
        "userid:i query:i slice:i pid:i path:t start_time:s end_time:s line_count:l transfer_size:l",
        _stl_unload_log,
    ),
    "sys_unload_history": (
        "user_id:i query_id:l transaction_id:l session_id:i database_name status start_time:s end_time:s duration:l "
        "unloaded_rows:l unloaded_size:l unloaded_files_count:l error_message:t",
        _sys_unload_history,
    ),
    "stv_recents": (
        "userid:i status starttime:s duration:i user_name db_name query:t pid:i",
        _stv_recents,
    ),
}
