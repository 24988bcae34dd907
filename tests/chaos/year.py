"""A year of the store, brought in by fortnights in shuffled order while processes are killed: equal to one undisturbed.

The undisturbed year is brought in by months, in order, one at a time, by a small loop. The other one by the real
Airflow of `tests.chaos.stack`. The warehouse is loaded when all of it is in, as after a backfill.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from random import Random

from laptop.store import days_of
from producer import Simulation
from tests.chaos import report
from tests.chaos.stack import Span, compared

FIRST_DAY = date(2010, 12, 1)


def spans(days: int, length: int) -> list[Span]:
    """The windows of so many days each; the last one takes what is left."""
    return [(FIRST_DAY + timedelta(first), min(length, days - first)) for first in range(0, days, length)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos-year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=14, help="days of a window")
    parser.add_argument("--orders", type=float, default=0.3, help="invoices a day")
    parser.add_argument("--every", type=float, default=25.0, help="seconds between two kills")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    simulation = Simulation(FIRST_DAY, options.days, seed=options.seed, orders_per_day=options.orders, products=200)
    sent = [(day, list(records)) for day, records in days_of(simulation, FIRST_DAY, options.days)]
    sent = [(day, records) for day, records in sent if records]
    shuffled, rng = spans(options.days, options.length), Random(options.seed)
    rng.shuffle(shuffled)
    months = spans(options.days, 31)
    outcome = compared("chaos-year", sent, months, lambda fire: fire.by_hand(shuffled), rng, options.every)
    rows = {name: len(table) for name, table in outcome.expected.items()}
    told = outcome.told(
        f"{options.days} days, {sum(len(records) for _, records in sent):,} records, {rows['order_lines']:,} order"
        f" lines, {rows['sales_by_day']:,} rows of `sales_by_day`. Undisturbed: {len(months)} months in order."
        f" Disturbed: {len(shuffled)} windows of {options.length} days in shuffled order",
        options.seed,
    )
    print(told)
    if options.write:
        report.write("year", told)
    return 1 if outcome.difference else 0


if __name__ == "__main__":
    sys.exit(main())
