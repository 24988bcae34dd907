"""What the page Ledger shows: the newest windows, loads and refreshes, each with its balance, cost and jobs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from aws_warehouse import links
from aws_warehouse.ledger import DayEntry, Ledger, LedgerImbalanceError, LoadEntry, WindowEntry, uncovered
from aws_warehouse.prices import Prices
from aws_warehouse.settings import INCLUDE, SETTINGS
from aws_warehouse.ui.words import span

WINDOWS = 60
"""On one page."""
LOADS = 30
MOST_NAMED = 12


@dataclass(frozen=True)
class Console:
    """Where the jobs of a connection can be looked at."""

    region: str
    endpoint: str | None


@dataclass(frozen=True)
class Job:
    """One remote job of a window or load."""

    name: str
    id: str
    url: str
    milliseconds: float | None = None
    scanned: int | None = None


@dataclass(frozen=True)
class WindowRow:
    """A window as the page shows it."""

    entry: WindowEntry
    span: str
    imbalance: str
    cost: Decimal
    scanned: int
    run: str
    jobs: list[Job]
    is_open: bool

    @property
    def warnings(self) -> dict[str, int]:
        found: dict[str, int] = self.entry.jobs.get("warnings", {})
        return found


def open_ledger() -> tuple[Ledger, Console]:
    """The ledger by Airflow's connection. The stack is asked for its bucket anew: it may have been deployed since."""
    from aws_warehouse.connection import AwsParams, hook_for

    aws = AwsParams(aws_conn_id=SETTINGS.aws_conn_id, region_name=SETTINGS.region, verify=None, botocore_config=None)
    SETTINGS.__dict__.pop("outputs", None)
    hook = hook_for("s3", aws)
    return Ledger(hook.conn, SETTINGS.bucket), Console(SETTINGS.region, links.endpoint_of(hook))


def content(before: str | None) -> dict[str, Any]:
    """All that the template shows.

    :param before: a window's key: the page shows the windows before it.
    """
    kept, console = open_ledger()
    keys = kept.window_keys()
    end = keys.index(before) if before in keys else len(keys)
    shown = keys[max(0, end - WINDOWS) : end]
    opened = kept.open_windows()
    prices = Prices.read(INCLUDE / "prices.json")
    rows = [_window(entry, console, prices, opened) for entry in reversed(kept.windows(shown))]
    counted = set(uncovered(row.entry.key for row in rows))
    return {
        "rows": rows,
        "total": len(keys),
        "older": shown[0] if end > WINDOWS else None,
        "is_newest": end == len(keys),
        "sums": _sums([row for row in rows if row.entry.key in counted]),
        "rejects": _rejects(rows),
        "opened": sorted(set(opened) - {row.entry.key for row in rows}),
        "prices": prices,
        "loads": [_load(entry, console) for entry in kept.loads(LOADS)],
        "refreshes": [_refresh(each, console) for each in kept.refreshes()],
        "newest": rows[0] if rows and end == len(keys) else None,
    }


def pending() -> dict[str, Any]:
    """How many order days are not loaded as the lake has them, and the first of them."""
    kept, _ = open_ledger()
    days = list(kept.pending())
    return {"count": len(days), "days": days[:MOST_NAMED]}


def run_url(dag_id: str, run_id: str | None) -> str:
    return f"/dags/{dag_id}/runs/{quote(run_id, safe='')}" if run_id else ""


def _window(entry: WindowEntry, console: Console, prices: Prices, opened: list[str]) -> WindowRow:
    jobs = entry.jobs
    scanned = jobs.get("bytes_scanned", [])
    return WindowRow(
        entry=entry,
        span=span(entry.window_start, entry.window_end),
        imbalance=_imbalance(entry),
        cost=prices.athena(scanned) + prices.crawl(jobs.get("dpu_hours") or 0.0),
        scanned=sum(scanned),
        run=run_url("order_lake", jobs.get("run_id")),
        jobs=_jobs(entry, console),
        is_open=entry.key in opened,
    )


def _jobs(entry: WindowEntry, console: Console) -> list[Job]:
    found, kept = [], entry.jobs
    if kept.get("crawl_id"):
        url = links.crawler(console.region, console.endpoint, SETTINGS.crawler)
        found.append(Job(f"crawl ({kept.get('dpu_hours') or 0:g} DPU hours)", kept["crawl_id"], url))
    names, times = kept.get("query_names", []), kept.get("query_ms", [])
    for index, query in enumerate(kept.get("queries", [])):
        url = links.athena_query(console.region, console.endpoint, query)
        scanned = kept["bytes_scanned"][index]
        name = names[index] if index < len(names) else "query"
        found.append(Job(name, query, url, times[index] if index < len(times) else None, scanned))
    return found


def _imbalance(entry: WindowEntry | DayEntry) -> str:
    try:
        entry.check()
    except LedgerImbalanceError as error:
        return str(error)
    return ""


def _sums(rows: list[WindowRow]) -> dict[str, Any]:
    names = ("raw_objects", "raw_records", "accepted", "seen_before", "repeated", "rejected", "missing")
    sums: dict[str, Any] = {name: sum(getattr(row.entry, name) for row in rows) for name in names}
    cost = sum((row.cost for row in rows), Decimal(0))
    return sums | {"scanned": sum(row.scanned for row in rows), "cost": cost}


def _rejects(rows: list[WindowRow]) -> list[tuple[str, int]]:
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(row.entry.rejects)
    return reasons.most_common()


def _load(entry: LoadEntry, console: Console) -> dict[str, Any]:
    jobs = [
        Job(
            part["name"],
            part["id"],
            links.redshift_statement(console.region, console.endpoint, part["id"].partition(":")[0]),
            part["duration_ms"],
        )
        for part in entry.statements
    ]
    same = len(set(entry.rows.values())) == 1 and len(set(map(Decimal, entry.revenue.values()))) == 1
    return {"entry": entry, "jobs": jobs, "run": run_url("order_warehouse", entry.run_id), "same": same}


def _refresh(each: dict[str, Any], console: Console) -> dict[str, Any]:
    url = links.data_set(console.region, console.endpoint, each["data_set"])
    return each | {"url": url, "same": each.get("rows_ingested") == each.get("table_rows")}
