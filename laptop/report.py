"""The ledger as a table in the terminal: what arrived, what became of it, and that every layer agrees."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table

if TYPE_CHECKING:
    from aws_warehouse.ledger import Ledger, WindowEntry

PIPED_WIDTH = 110
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
    from aws_warehouse.ledger import uncovered

    counted = set(uncovered(entry.key for entry in windows))
    totals = [
        sum(counts) for counts in zip(*(_counts(entry) for entry in windows if entry.key in counted), strict=True)
    ]
    table.add_column("window", footer=f"{len(windows)} windows")
    for name, total in zip(columns, totals, strict=True):
        table.add_column(name, justify="right", footer=f"{total:,}")
    table.add_column("balance")
    for entry in windows:
        table.add_row(_span(entry), *(f"{count:,}" for count in _counts(entry)), _balance(entry))
    return table


def _counts(entry: WindowEntry) -> tuple[int, ...]:
    return entry.raw_records, entry.accepted, entry.seen_before, entry.repeated, entry.rejected, entry.missing


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
    table.caption = "every order day is loaded" if not pending else f"{pending} order days are not loaded yet"
    return table
