"""The simulated store's products and customers: drawn once from the seed."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from math import exp
from random import Random

from producer.order import json_text
from producer.simulate.words import COLOURS, COUNTRIES, FESTIVE, SETS, STYLES, THINGS

HOME = "United Kingdom"
_FIRST_CUSTOMER = 12346
_FIRST_YEAR = 2010
# A product's rank r sells in proportion to 1 / (r + offset) ** exponent: few sell much, thousands sell now
# and then.
_RANK_EXPONENT = 0.85
_RANK_OFFSET = 15


@dataclass(frozen=True, slots=True)
class Product:
    stock_code: str
    description: str
    pence: int
    """What a small buyer pays, in the first year."""
    pack: int
    festive: bool
    companion: int
    """Index of the product that is often bought with it."""
    drift: float
    """Yearly change of its price."""
    stock_code_json: str
    description_json: str

    def price(self, day: date, wholesale: bool) -> int:
        """Pence. Stable within a quarter; wholesale is about a fifth cheaper."""
        quarters = (day.year - _FIRST_YEAR) * 4 + (day.month - 1) // 3
        pence = self.pence * exp(self.drift * quarters / 4) * (0.82 if wholesale else 1.0)
        return max(1, round(pence))


@dataclass(frozen=True, slots=True)
class Customer:
    number: str | None
    country: str
    wholesale: bool


class Catalogue:
    """Products by popularity, customers by how often they buy."""

    def __init__(self, seed: int, products: int, customers: int) -> None:
        rng = Random(f"catalogue {seed}")
        self.products = _products(rng, products)
        self.customers = _customers(rng, customers)
        weights = [1 / (rank + _RANK_OFFSET) ** _RANK_EXPONENT for rank in range(products)]
        # Festive things are bought from September on, most of all in November.
        self._product_weights = {
            factor: list(
                accumulate(
                    weight * (factor if product.festive else 1.0)
                    for weight, product in zip(weights, self.products, strict=True)
                )
            )
            for factor in set(_FESTIVE_FACTOR)
        }
        self._customer_weights = list(
            accumulate(rng.paretovariate(1.6) * (2.5 if customer.wholesale else 1.0) for customer in self.customers)
        )

    def draw_products(self, rng: Random, day: date, count: int) -> list[Product]:
        weights = self._product_weights[_FESTIVE_FACTOR[day.month - 1]]
        total, draw = weights[-1], rng.random
        drawn: list[Product] = []
        for _ in range(count):
            if drawn and draw() < 0.15:
                drawn.append(self.products[drawn[-1].companion])
            else:
                drawn.append(self.products[bisect(weights, draw() * total, 0, len(weights) - 1)])
        return drawn

    def draw_customer(self, rng: Random) -> Customer:
        weights = self._customer_weights
        return self.customers[bisect(weights, rng.random() * weights[-1], 0, len(weights) - 1)]


_FESTIVE_FACTOR = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.8, 2.0, 4.0, 6.0, 4.0)


def _products(rng: Random, count: int) -> list[Product]:
    products: list[Product] = []
    taken: set[str] = set()
    code = 20600
    while len(products) < count:
        festive = rng.random() < 0.08
        name = _description(rng, festive)
        if name in taken:
            name = f"{rng.choice(SETS)} {name}"
        if name in taken:
            continue
        taken.add(name)
        code += rng.randint(1, 4)
        pence = _shelf_price(rng.lognormvariate(5.35, 0.85))
        pack = rng.choice((1, 2, 4, 6, 6, 12, 12)) if pence < 900 else rng.choice((1, 1, 2, 4))
        # A sixth come in variants: one number with letters, as the order files have them.
        variants = rng.choice(("AB", "ABC", "BLP")) if rng.random() < 0.07 else " "
        for letter in variants[: count - len(products)]:
            stock_code = f"{code:05d}{letter.strip()}"
            colour = f", {rng.choice(COLOURS)}" if letter != " " else ""
            description = name + colour
            products.append(
                Product(
                    stock_code=stock_code,
                    description=description,
                    pence=pence,
                    pack=pack,
                    festive=festive,
                    companion=rng.randrange(count),
                    drift=rng.gauss(0.03, 0.02),
                    stock_code_json=json_text(stock_code),
                    description_json=json_text(description),
                )
            )
    rng.shuffle(products)
    return products


def _description(rng: Random, festive: bool) -> str:
    if festive:
        return f"{rng.choice(STYLES)} {rng.choice(FESTIVE)}"
    thing = rng.choice(THINGS)
    form = rng.random()
    if form < 0.04:
        return f"{thing}, {rng.choice(STYLES)} {rng.choice(COLOURS)}"
    if form < 0.05:
        return f"{rng.choice(SETS)} {rng.choice(STYLES)} {thing},{rng.choice(COLOURS)},{rng.choice(COLOURS)}"
    if form < 0.07:
        return f'{thing} {rng.randint(5, 20)}" {rng.choice(STYLES)}'
    if form < 0.08:
        return f"CAFÉ {rng.choice(STYLES)} {thing}"
    if form < 0.12:
        return f"{rng.choice(STYLES)} {thing} "
    if form < 0.30:
        return f"{rng.choice(SETS)} {rng.choice(COLOURS)} {rng.choice(STYLES)} {thing}"
    return f"{rng.choice(COLOURS)} {rng.choice(STYLES)} {thing}"


def _shelf_price(pence: float) -> int:
    """Prices end in 5 or 9, or are small change."""
    whole = max(19, min(29500, round(pence)))
    if whole < 100:
        return whole
    return whole - whole % 10 + (5 if whole % 10 < 7 else 9)


def _customers(rng: Random, count: int) -> list[Customer]:
    """Every country has a customer if there are as many; the rest are spread by weight."""
    names = [name for name, _ in COUNTRIES]
    countries = (names + rng.choices(names, [weight for _, weight in COUNTRIES], k=max(0, count - len(names))))[:count]
    rng.shuffle(countries)
    return [
        Customer(str(_FIRST_CUSTOMER + position), country, rng.random() < (0.35 if country == HOME else 0.6))
        for position, country in enumerate(countries)
    ]
