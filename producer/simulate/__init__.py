"""A simulated store: what it sells, to whom, and how its records reach the stream.

Same arguments, same bytes. A day's orders do not depend on the range they are asked for in: two ranges that
meet hold the records of the one range that spans both. Only arrivals differ: a range is complete in itself,
so that what would arrive after its last day arrives in its last second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from producer.arrival import Arrival, Kind
from producer.errors import ProducerError
from producer.order import payload
from producer.simulate.catalogue import Catalogue
from producer.simulate.dirt import Shares, late_by, repeated_after, spoil
from producer.simulate.orders import OPENED, Invoice, Orders

__all__ = ["DEFAULT_FIRST_DAY", "Shares", "Simulation"]

DEFAULT_FIRST_DAY = date(2010, 12, 1)


class Simulation:
    """The arrivals of the simulated store; iterate it (each pass starts anew).

    While it is iterated: `counts` by kind of what was yielded, `unreadable` by reason. Distinct lines that
    can be read are `counts[Kind.ORDER] + counts[Kind.LATE]`.
    """

    def __init__(
        self,
        first_day: date = DEFAULT_FIRST_DAY,
        days: int = 7,
        *,
        seed: int = 1,
        orders_per_day: float = 170.0,
        products: int = 3500,
        customers: int = 4000,
        shares: Shares | None = None,
    ) -> None:
        if first_day < OPENED:
            raise ProducerError(f"the simulated store opened on {OPENED}: there is nothing to simulate before")
        if days < 1 or orders_per_day < 0 or products < 1 or customers < 1:
            raise ProducerError("a simulated store needs at least one day, one product and one customer")
        self._first_day = first_day
        self._days = days
        self._seed = seed
        self._shares = shares or Shares()
        self._orders = Orders(seed, Catalogue(seed, products, customers), orders_per_day)
        self._closes = datetime.combine(first_day + timedelta(days), time(), UTC) - timedelta(seconds=1)
        self.counts: Counter[Kind] = Counter()
        self.unreadable: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Arrival]:
        self.counts, self.unreadable = Counter(), Counter()
        held: list[Arrival] = []
        for number in range(self._days):
            day = self._first_day + timedelta(number)
            midnight = datetime.combine(day + timedelta(1), time(), UTC)
            due = [arrival for arrival in held if arrival.arrival_time < midnight]
            held = [arrival for arrival in held if arrival.arrival_time >= midnight]
            for invoice in self._orders.invoices(day):
                for arrival in self._arrivals(invoice):
                    (due if arrival.arrival_time < midnight else held).append(arrival)
            due.sort(key=lambda arrival: arrival.arrival_time)
            for arrival in due:
                self.counts[arrival.kind] += 1
                yield arrival

    def _arrivals(self, invoice: Invoice) -> Iterator[Arrival]:
        """An invoice is late as a whole; its lines are repeated and spoiled one by one."""
        # Apart from what the invoice is drawn from: other shares of dirt leave the orders the same.
        rng = Random(f"dirt {self._seed} {invoice.number}")
        shares = self._shares
        late = rng.random() < shares.late
        sent = min(invoice.moment + (late_by(rng) if late else timedelta(0)), self._closes)
        for line in self._orders.lines(invoice):
            if rng.random() < shares.unreadable:
                reason, spoiled = spoil(rng, line)
                self.unreadable[reason] += 1
                yield Arrival(sent, spoiled, line.event_id, Kind.UNREADABLE)
                continue
            record = payload(line.members, line.event_id, line.moment)
            yield Arrival(sent, record, line.event_id, Kind.LATE if late else Kind.ORDER)
            if rng.random() < shares.duplicate:
                again = min(sent + repeated_after(rng), self._closes)
                yield Arrival(again, record, line.event_id, Kind.DUPLICATE)
