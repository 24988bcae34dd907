"""The simulated store's invoices, day by day.

Every invoice is drawn from a generator of its own, seeded by store, day and position: a day comes out the
same whatever range it is asked for in, and the cancellation of an invoice can be written without keeping the
invoice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from producer.errors import ProducerError
from producer.order import canonical_decimal, digest_json, event_id, json_text
from producer.simulate.calendar import hours, next_open, trade
from producer.simulate.catalogue import HOME, Catalogue, Customer
from producer.simulate.items import (
    Item,
    cancel_sale,
    draw_adjustment,
    draw_discount,
    draw_fee,
    draw_sale,
    draw_write_off,
)

OPENED = date(2009, 1, 1)
_CANCEL_WITHIN = 10
_LONGEST_CLOSURE = 4
_NUMBERS_A_DAY = 10_000
_GUEST = Customer(None, HOME, False)


class OrderLine(NamedTuple):
    moment: datetime
    members: str
    """The eight fields, as members of the JSON record."""
    event_id: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """The head of an invoice: all but its items, which are drawn when they are wanted."""

    kind: str
    number: str
    moment: datetime
    customer: Customer
    seed: int
    sold: date
    """The day whose prices hold: for a cancellation that of the sale, else its own."""
    cancelled: datetime | None = None


class Orders:
    def __init__(self, seed: int, catalogue: Catalogue, orders_per_day: float) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._orders_per_day = orders_per_day
        self._heads: dict[date, list[Invoice]] = {}

    def invoices(self, day: date) -> list[Invoice]:
        """The day's invoices by time: sales, the cancellations of this and earlier days, the store's own
        entries."""
        invoices = self._day_heads(day) + list(self._cancellations(day))
        return sorted(invoices, key=lambda invoice: (invoice.moment, invoice.number))

    def lines(self, invoice: Invoice) -> Iterator[OrderLine]:
        """The lines of the invoice, with the identity that they would have in an order file."""
        return _write(invoice, self._items(invoice))

    def _day_heads(self, day: date) -> list[Invoice]:
        if day not in self._heads:
            if len(self._heads) > 2 * (_CANCEL_WITHIN + _LONGEST_CLOSURE):
                del self._heads[min(self._heads)]
            self._heads[day] = self._draw_heads(day)
        return self._heads[day]

    def _draw_heads(self, day: date) -> list[Invoice]:
        mean = self._orders_per_day * trade(day)
        if not mean or day < OPENED:
            return []
        rng = Random(f"day {self._seed} {day}")
        count = max(0, round(rng.gauss(mean, mean * 0.08)))
        if count > _NUMBERS_A_DAY // 2:
            raise ProducerError(
                f"{count:,} orders on {day} are more than the simulated store can number; ask for fewer"
            )
        opens, shuts = hours(day)
        minutes = sorted(int(rng.triangular(opens, shuts, (opens + shuts) / 2 - 30)) for _ in range(count))
        return [self._draw_head(day, position, minute) for position, minute in enumerate(minutes)]

    def _draw_head(self, day: date, position: int, minute: int) -> Invoice:
        rng = Random((self._seed << 64) ^ ((day - OPENED).days << 24) ^ position)
        seed = rng.getrandbits(48)
        number = _number(day, position)
        moment = _at(day, minute)
        form = rng.random()
        if form < 0.020:
            return Invoice("write-off", number, moment, _GUEST, seed, day)
        if form < 0.021:
            return Invoice("adjustment", "A" + number, moment, _GUEST, seed, day)
        if form < 0.025:
            return Invoice("fee", "C" + number, moment, _GUEST, seed, day)
        if form < 0.030:
            return Invoice("discount", "C" + number, moment, self._catalogue.draw_customer(rng), seed, day)
        customer = _GUEST if rng.random() < 0.12 else self._catalogue.draw_customer(rng)
        cancelled = _cancelled_at(rng, day, minute) if rng.random() < 0.14 else None
        return Invoice("sale", number, moment, customer, seed, day, cancelled)

    def _cancellations(self, day: date) -> Iterator[Invoice]:
        """Their numbers follow those of the day's other invoices."""
        position = len(self._day_heads(day))
        for back in range(_CANCEL_WITHIN + _LONGEST_CLOSURE, -1, -1):
            for sale in self._day_heads(day - timedelta(back)):
                if sale.cancelled is not None and sale.cancelled.date() == day:
                    number = "C" + _number(day, position)
                    position += 1
                    yield replace(sale, kind="cancellation", number=number, moment=sale.cancelled)

    def _items(self, invoice: Invoice) -> list[Item]:
        rng = Random(invoice.seed)
        if invoice.kind == "write-off":
            return draw_write_off(rng, self._catalogue, invoice.sold)
        if invoice.kind == "adjustment":
            return draw_adjustment(rng)
        if invoice.kind == "discount":
            return draw_discount(rng)
        if invoice.kind == "fee":
            return draw_fee(rng)
        sold = draw_sale(rng, self._catalogue, invoice.customer, invoice.sold)
        return cancel_sale(rng, sold) if invoice.kind == "cancellation" else sold


def _number(day: date, position: int) -> str:
    return str((day - OPENED).days * _NUMBERS_A_DAY + position)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), UTC)


def _cancelled_at(rng: Random, day: date, minute: int) -> datetime:
    """Later that day, or on a trading day of the next ten or so."""
    later = min(int(rng.expovariate(0.4)), _CANCEL_WITHIN)
    cancel_day = next_open(day + timedelta(later))
    opens, shuts = hours(cancel_day)
    at = rng.randint(min(minute + 1, shuts), shuts) if cancel_day == day else rng.randint(opens, shuts)
    return _at(cancel_day, at)


def _write(invoice: Invoice, items: list[Item]) -> Iterator[OrderLine]:
    number = json_text(invoice.number)
    moment = invoice.moment.isoformat(" ")[:19]
    customer = json_text(invoice.customer.number) if invoice.customer.number else "null"
    country = json_text(invoice.customer.country)
    times: Counter[bytes] = Counter()
    for item in items:
        pounds, pence = divmod(abs(item.pence), 100)
        price = f"{'-' if item.pence < 0 else ''}{pounds}.{pence:02d}"
        members = (
            f'"InvoiceNo":{number},"StockCode":{item.stock_code_json},"Description":{item.description_json},'
            f'"Quantity":{item.quantity},"InvoiceDate":"{moment}","UnitPrice":{price},'
            f'"CustomerID":{customer},"Country":{country}'
        )
        content = digest_json(
            f'[{number},{item.stock_code_json},{item.description_json},"{item.quantity}","{moment}",'
            f'"{canonical_decimal(price)}",{customer},{country}]'
        )
        times[content] += 1
        yield OrderLine(invoice.moment, members, event_id(content, times[content]))
