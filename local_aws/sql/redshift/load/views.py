"""The system views of loads: (columns, rows) by name, for `system.VIEWS`.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_COMMITS.html. Deviates: users, slices, sessions and
transactions are not told apart; the numbers of these columns are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

Row = tuple[Any, ...]
USER = 100
FIRST_TABLE = 100_000


def _table_ids(scope: Scope) -> dict[str, int]:
    """The numbers that svv_table_info gives the tables."""
    found = enumerate(scope.catalog.relations(), FIRST_TABLE)
    return {f"{each.schema}.{each.name}": number for number, each in found}


def _stl_load_errors(scope: Scope) -> Iterator[Row]:
    ids = _table_ids(scope)
    for query, at, table, file, line, column, kind, length, position, raw, value, code, reason in scope.catalog.logged(
        "load_errors"
    ):
        place = (USER, 0, ids.get(table, 0), at, 0, query, file, line)
        yield *place, column, kind, length, position, raw, value, code, reason, 0, 0


def _sys_load_error_detail(scope: Scope) -> Iterator[Row]:
    ids = _table_ids(scope)
    for query, at, table, file, line, column, kind, length, position, _, _, code, reason in scope.catalog.logged(
        "load_errors"
    ):
        place = (USER, query, 0, 0, scope.database, ids.get(table, 0), at, file, line)
        yield *place, column, kind, length, position, code, reason


def _sys_load_history(scope: Scope) -> Iterator[Row]:
    for query, at, table, source, form, status, loaded, errors, size, files in scope.catalog.logged("loads"):
        name = table.partition(".")[2]
        yield USER, query, 0, 0, scope.database, status, name, at, source, form, loaded, errors, size, files


def _stl_load_commits(scope: Scope) -> Iterator[Row]:
    for query, at, file, lines in scope.catalog.logged("loaded_files"):
        yield USER, query, 0, file, at, lines, 0, 1


VIEWS: dict[str, tuple[str, Callable[[Scope], Iterator[Row]]]] = {
    "stl_load_errors": (
        "userid:i slice:i tbl:i starttime:s session:i query:l filename line_number:l colname type col_length "
        "position:i raw_line:t raw_field_value:t err_code:i err_reason:t is_partial:i start_offset:l",
        _stl_load_errors,
    ),
    "sys_load_error_detail": (
        "user_id:i query_id:l transaction_id:l session_id:i database_name table_id:i start_time:s file_name "
        "line_number:l column_name column_type column_length position:i error_code:i error_message:t",
        _sys_load_error_detail,
    ),
    "sys_load_history": (
        "user_id:i query_id:l transaction_id:l session_id:i database_name status table_name start_time:s data_source:t "
        "file_format loaded_rows:l error_count:l loaded_bytes:l source_file_count:l",
        _sys_load_history,
    ),
    "stl_load_commits": (
        "userid:i query:l slice:i filename curtime:s lines_scanned:l errors:i status:i",
        _stl_load_commits,
    ),
}
