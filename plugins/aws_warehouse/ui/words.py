"""How numbers are written on the pages, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_warehouse.settings import SETTINGS


@dataclass(frozen=True)
class Trouble:
    """:param what: what is wrong. :param cure: what to do about it."""

    what: str
    cure: str


def trouble_of(error: BaseException) -> Trouble:
    """What a person is told when the page cannot be filled."""
    from aws_warehouse.connection import AwsParams, explain

    text = " ".join(str(error).split())
    if isinstance(error, ValueError) and "warehouse_deploy" in text:
        return Trouble(
            f"The stack {SETTINGS.stack} is not deployed yet.",
            "Run the DAG warehouse_deploy first: it makes everything.",
        )
    if isinstance(error, ClientError | BotoCoreError):
        aws = AwsParams(
            aws_conn_id=SETTINGS.aws_conn_id, region_name=SETTINGS.region, verify=None, botocore_config=None
        )
        return Trouble(explain(error, aws), "Mend the connection or what it reaches, and load this page again.")
    name = type(error).__name__
    return Trouble(f"{name}: {text[:500]}", "The api-server's log has the whole of it. Then load this page again.")


def size(count: float) -> str:
    """Bytes as people read them: `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def number(value: Any) -> str:
    return f"{int(value):,}"


def of(count: int, what: str) -> str:
    """`1 job`, `2 jobs`"""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def amount(value: Any) -> str:
    return f"{float(value):,.2f}"


def lasting(milliseconds: float | None) -> str:
    """`0.4 s`, `3 min 20 s`"""
    if milliseconds is None:
        return "–"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60):,} min {int(seconds % 60)} s"


def moment(text: str) -> str:
    """`2010-12-01T00:00:00Z` → `2010-12-01 00:00`"""
    return text[:16].replace("T", " ")


def span(start: str, end: str) -> str:
    """A window as people say it: a day by its date, else its hours."""
    first, last = moment(start), moment(end)
    if first.endswith("00:00") and last.endswith("00:00") and _days(first, last) == 1:
        return first[:10]
    return f"{first} to {last[11:]}" if first[:10] == last[:10] else f"{first} to {last}"


def _days(first: str, last: str) -> int:
    start, end = (datetime.strptime(each, "%Y-%m-%d %H:%M").replace(tzinfo=UTC) for each in (first, last))
    return (end - start).days


FILTERS: dict[str, Callable[..., str]] = {
    "size": size,
    "number": number,
    "of": of,
    "amount": amount,
    "lasting": lasting,
    "moment": moment,
}
