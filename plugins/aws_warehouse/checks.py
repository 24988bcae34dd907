"""Checks as SQL: a query returns the rows that should not be there, and its file's name is the sentence it asserts.

The header of the file says how bad a row would be: `-- Level: error` stops the run, `-- Level: warning` is shown,
noted in the ledger, and lets it go on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from aws_warehouse.settings import INCLUDE

log = logging.getLogger(__name__)

ERROR, WARNING = "error", "warning"
WIDEST = 60
_LEVEL = re.compile(r"^--\s*Level:\s*(\w+)", re.MULTILINE)


class CheckError(AirflowFailException):
    """A check found rows that should not be there: running it again would find them again."""


def sentence(name: str) -> str:
    """`athena/checks/each_event_is_one_order_line.sql` → `each event is one order line`."""
    return Path(name).stem.replace("_", " ")


def level_of(name: str) -> str:
    """What the header of a check's file says. :raises AirflowFailException: when it says neither."""
    text = (INCLUDE / "sql" / name).read_text(encoding="utf-8")
    found = _LEVEL.search(text)
    if found is None or found[1] not in (ERROR, WARNING):
        raise AirflowFailException(f"{name}: its header has to say `-- Level: error` or `-- Level: warning`")
    return found[1]


def judge(checks: Iterable[Any], published: str) -> dict[str, int]:
    """Show the rows that checks found, as tables in the log; the numbers of rows by warning.

    :param checks: results of operators with `fetch="rows"`, mapped or not.
    :param published: what an error keeps from happening, for the message.
    :raises CheckError: when a check of level `error` found some.
    """
    errors: dict[str, int] = {}
    warnings: dict[str, int] = {}
    for result in (each for check in checks for each in _results(check)):
        name = _name(result)
        if not result["rows"]:
            log.info("%s: yes", sentence(name))
            continue
        level = level_of(name)
        found = errors if level == ERROR else warnings
        found[sentence(name)] = found.get(sentence(name), 0) + len(result["rows"])
        say = log.error if level == ERROR else log.warning
        say("NOT: %s. Offending rows:\n%s", sentence(name), table(result["rows"]))
    if errors:
        said = "; ".join(f"{count} rows against '{check}'" for check, count in errors.items())
        raise CheckError(f"{said}; they are shown above. {published}")
    return warnings


def _results(check: Any) -> Iterable[dict[str, Any]]:
    """The results of a check: one, or one a mapped task."""
    return [check] if isinstance(check, dict) else check


def _name(result: dict[str, Any]) -> str:
    """The SQL file that a result came from."""
    return str((result.get("queries") or result["statements"])[-1]["name"])


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a table of text; long cells are cut."""
    names = list(rows[0])
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    lines = [" │ ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "─┼─".join("─" * width for width in widths), *lines[1:]])


def _cell(value: Any) -> str:
    text = "NULL" if value is None else "".join(each if each.isprintable() else "·" for each in str(value))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
