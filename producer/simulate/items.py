"""What is on an invoice of the simulated store: its items, drawn from the invoice's own generator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import NamedTuple

from producer.order import json_text
from producer.simulate.catalogue import HOME, Catalogue, Customer, Product
from producer.simulate.words import WRITE_OFFS


class Item(NamedTuple):
    stock_code_json: str
    description_json: str
    quantity: int
    pence: int


def draw_sale(rng: Random, catalogue: Catalogue, customer: Customer, day: date) -> list[Item]:
    small = customer.number is not None and not customer.wholesale
    count = max(1, min(400, round(rng.lognormvariate(2.3 if small else 2.85, 0.8))))
    items = []
    for product in catalogue.draw_products(rng, day, count):
        quantity = _quantity(rng, product, customer)
        pence = 0 if rng.random() < 0.002 else product.price(day, customer.wholesale)
        items.append(Item(product.stock_code_json, product.description_json, quantity, pence))
        if rng.random() < 0.008:
            items.append(items[-1])  # the same line twice: two lines, both sold
    items.extend(_extras(rng, customer))
    return items


def cancel_sale(rng: Random, sold: list[Item]) -> list[Item]:
    """Some lines of the sale, or all of it, in part or in full, with negative quantity."""
    count = len(sold) if rng.random() < 0.15 else min(len(sold), rng.randint(1, 3))
    chosen = rng.sample(sold, count)
    return [
        item._replace(quantity=-(item.quantity if rng.random() < 0.7 else rng.randint(1, item.quantity)))
        for item in chosen
    ]


def draw_write_off(rng: Random, catalogue: Catalogue, day: date) -> list[Item]:
    """Stock that was counted, found or thrown away: no price, and often no description."""
    product = catalogue.draw_products(rng, day, 1)[0]
    reason = rng.choice(WRITE_OFFS)
    quantity = rng.randint(1, 60) * (1 if reason == "found" else -1)
    return [Item(product.stock_code_json, json_text(reason) if reason else "null", quantity, 0)]


def draw_adjustment(rng: Random) -> list[Item]:
    return [_item("B", "Adjust bad debt", 1, rng.choice((-1, 1)) * rng.randint(50_000, 1_500_000))]


def draw_discount(rng: Random) -> list[Item]:
    return [_item("D", "Discount", -1, rng.randint(200, 15_000))]


def draw_fee(rng: Random) -> list[Item]:
    code, description, most = rng.choice(
        (("AMAZONFEE", "AMAZON FEE", 500_000), ("BANK CHARGES", "Bank Charges", 3_000))
    )
    return [_item(code, description, -1, rng.randint(most // 10, most))]


def _quantity(rng: Random, product: Product, customer: Customer) -> int:
    form = rng.random()
    if customer.wholesale:
        packs = 1 if form < 0.6 else 2 if form < 0.8 else 4 if form < 0.95 else 10 if form < 0.998 else 60
        return product.pack * packs
    if form < 0.5:
        return 1
    return rng.randint(2, 4) if form < 0.85 or customer.number is None else max(2, product.pack)


def _extras(rng: Random, customer: Customer) -> Iterator[Item]:
    """What is on an invoice and is no product."""
    form = rng.random()
    if customer.country != HOME and form < 0.5:
        yield _item("POST", "POSTAGE", rng.randint(1, 4), rng.choice((1500, 1800, 2800)))
    elif customer.number is None and form < 0.15:
        yield _item("DOT", "DOTCOM POSTAGE", 1, rng.randint(500, 60_000))
    elif form > 0.985:
        yield _item("M", "Manual", 1, rng.randint(50, 20_000))
    elif form > 0.980:
        yield _item("C2", "CARRIAGE", 1, 5000)
    elif form > 0.976:
        pounds = rng.choice((10, 20, 30, 50))
        yield _item(f"gift_0001_{pounds}", f"Gift Voucher £{pounds}.00", 1, pounds * 100)


def _item(stock_code: str, description: str, quantity: int, pence: int) -> Item:
    return Item(json_text(stock_code), json_text(description), quantity, pence)
