"""What a window's jobs cost by AWS' public prices, which `include/prices.json` holds with their date.

Athena bills the bytes that a query scanned, rounded up to a megabyte, at least 10 MB a query
(https://aws.amazon.com/athena/pricing/); DDL is free and scans nothing. A crawl is billed by DPU hours
(https://aws.amazon.com/glue/pricing/). Requests, storage, streams and Redshift are not in the figure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

MEGABYTE = 2**20
TERABYTE = 2**40


@dataclass(frozen=True)
class Prices:
    """Public prices in `currency` as they were on the day `as_of`."""

    as_of: str
    region: str
    currency: str
    source: str
    athena_per_terabyte_scanned: str
    athena_minimum_bytes_per_query: int
    glue_crawler_per_dpu_hour: str

    @classmethod
    def read(cls, path: Path) -> Prices:
        """:raises ValueError: when the file is not what this class says."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError) as error:
            raise ValueError(f"{path} does not hold the prices: {error}") from error

    def athena(self, bytes_by_query: Iterable[int]) -> Decimal:
        """What queries cost that scanned so many bytes each."""
        billed = sum(
            max(self.athena_minimum_bytes_per_query, -(-scanned // MEGABYTE) * MEGABYTE)
            for scanned in bytes_by_query
            if scanned
        )
        return Decimal(billed) / TERABYTE * Decimal(self.athena_per_terabyte_scanned)

    def crawl(self, dpu_hours: float) -> Decimal:
        return Decimal(str(dpu_hours)) * Decimal(self.glue_crawler_per_dpu_hour)

    def window(self, jobs: Mapping[str, Any]) -> Decimal:
        """What a window's run cost: its queries and its crawl. :param jobs: those of a `WindowEntry`."""
        return self.athena(jobs.get("bytes_scanned") or ()) + self.crawl(jobs.get("dpu_hours") or 0.0)
