"""The ledger as a table in the terminal: what arrived, what became of it, and that every layer agrees."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table

from aws_warehouse.prices import Prices
from laptop.environment import ROOT

if TYPE_CHECKING:
    from aws_warehouse.ledger import Ledger, WindowEntry

PRICES = ROOT / "include" / "prices.json"
PIPED_WIDTH = 140
"""Columns, where no terminal says how many there are."""


def print_ledger(ledger: Ledger) -> None:
    """Print the whole ledger. Green is balanced, red is not, and says which layers differ."""
    terminal = Console(highlight=False)
    console = terminal if terminal.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
    windows = ledger.windows()
    if not windows:
        console.print("The ledger is empty: no window has been run yet.")
        return
    console.print(Group(_windows(windows), *_rejects(windows), _layers(ledger)))


def _windows(windows: list[WindowEntry]) -> Table:
    table = Table(title="Arrival windows (records)", title_justify="left", title_style="bold", show_footer=True)
    columns = ("raw", "new", "seen before", "repeated", "rejected", "missing")
    prices = Prices.read(PRICES)
    from aws_warehouse.ledger import uncovered

    counted = set(uncovered(entry.key for entry in windows))
    totals = [
        sum(counts) for counts in zip(*(_counts(entry) for entry in windows if entry.key in counted), strict=True)
    ]
    table.add_column("window", footer=f"{len(windows)} windows")
    for name, total in zip(columns, totals, strict=True):
        table.add_column(name, justify="right", footer=f"{total:,}")
    costs = [prices.window(entry.jobs) for entry in windows]
    scanned = [sum(entry.jobs.get("bytes_scanned", [])) for entry in windows]
    table.add_column("scanned", justify="right", footer=_size(sum(scanned)))
    table.add_column(f"cost ({prices.currency})", justify="right", footer=f"{sum(costs):.4f}")
    table.add_column("balance")
    table.caption = f"cost: Athena and the crawls, by public prices of {prices.as_of} in {prices.region}"
    for entry, size, cost in zip(windows, scanned, costs, strict=True):
        counts = (f"{count:,}" for count in _counts(entry))
        table.add_row(_span(entry), *counts, _size(size), f"{cost:.4f}", _balance(entry))
    return table


def _counts(entry: WindowEntry) -> tuple[int, ...]:
    return entry.raw_records, entry.accepted, entry.seen_before, entry.repeated, entry.rejected, entry.missing


def _size(count: float) -> str:
    """Bytes as people read them: `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _span(entry: WindowEntry) -> str:
    start, end = entry.window_start[:16], entry.window_end[:16]
    return start[:10] if start.endswith("T00:00") and end.endswith("T00:00") else f"{start} to {end}"


def _balance(entry: WindowEntry) -> str:
    from aws_warehouse.ledger import LedgerImbalanceError

    try:
        entry.check()
    except LedgerImbalanceError as error:
        return f"[red]{error}[/red]"
    return "[green]balanced[/green]"


def _rejects(windows: list[WindowEntry]) -> list[RenderableType]:
    reasons: Counter[str] = Counter()
    for entry in windows:
        reasons.update(entry.rejects)
    if not reasons:
        return []
    table = Table(title="Rejected records, kept in order_rejects", title_justify="left", title_style="bold")
    table.add_column("reason")
    table.add_column("records", justify="right")
    for reason, count in reasons.most_common():
        table.add_row(reason, f"{count:,}")
    return [table]


def _layers(ledger: Ledger) -> Table:
    """Rows and revenue of each layer over all loaded days, and rows in SPICE."""
    days = ledger.days().values()
    table = Table(title="Layers", title_justify="left", title_style="bold")
    for name in ("layer", "order lines", "revenue (GBP)"):
        table.add_column(name, justify="left" if name == "layer" else "right")
    names = {"lake": "lake: order_lines", "fact": "Redshift: fact_order_lines", "marts": "Redshift: sales_by_day"}
    for layer, title in names.items():
        rows = sum(day.rows[layer] for day in days)
        revenue = sum((Decimal(day.revenue[layer]) for day in days), Decimal(0))
        table.add_row(title, f"{rows:,}", f"{revenue:,.2f}")
    for refresh in ledger.refreshes():
        table.add_row(f"SPICE: {refresh['data_set']}", f"{int(refresh['rows_ingested']):,} rows", "")
    pending = len(ledger.pending())
    said = ["every order day is loaded" if not pending else f"{pending} order days are not loaded yet"]
    if unsettled := ledger.open_windows():
        said.append(
            f"{len(unsettled)} windows are merged and not balanced ({', '.join(unsettled[:3])}): run them again"
            " if no run is at work on them"
        )
    table.caption = "; ".join(said)
    return table
