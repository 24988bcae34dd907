"""Costs are AWS' public prices times what was scanned."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from aws_warehouse.prices import MEGABYTE, TERABYTE, Prices

PRICES = Prices.read(Path("include/prices.json"))


@pytest.mark.parametrize(
    ("scanned", "billed"),
    [
        pytest.param([TERABYTE], TERABYTE, id="a terabyte"),
        pytest.param([1, 1], 20 * MEGABYTE, id="at least 10 MB a query"),
        pytest.param([10 * MEGABYTE + 1], 11 * MEGABYTE, id="rounded up to a megabyte"),
        pytest.param([0, 0], 0, id="statements that scan nothing"),
        pytest.param([], 0, id="no query"),
    ],
)
def test_athena_bills_the_bytes_scanned(scanned: list[int], billed: int) -> None:
    assert PRICES.athena(scanned) == Decimal(billed) / TERABYTE * 5


def test_crawls_are_billed_by_the_hour() -> None:
    assert PRICES.crawl(0.5) == Decimal("0.22")


def test_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('{"as_of": "2026-11-25"}')
    with pytest.raises(ValueError, match=r"prices\.json does not hold the prices"):
        Prices.read(tmp_path / "prices.json")
