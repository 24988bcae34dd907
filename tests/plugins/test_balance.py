"""The end of a window's run: its entry is written only if nobody was merged since its merge; on a real S3."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from aws_warehouse import tasks
from aws_warehouse.connection import run_now
from aws_warehouse.lease import Lease, LeaseLost, holder_of
from aws_warehouse.ledger import Ledger
from tests.plugins.test_ledger import WINDOW

RUN = {"run_id": "r", "params": {"window_start": WINDOW.window_start, "window_end": WINDOW.window_end}}
HOLDER = holder_of(WINDOW.key, "r")
EARLIER = "window 2010-12-01T00_2010-12-02T00 by another run"
QUERIED: dict[str, Any] = {"queries": []}
HOURS = [
    {"order_day": "2010-12-01", "arrival_hour": "2010-12-02T09", "line_count": 2},
    {"order_day": "2010-12-02", "arrival_hour": "2010-12-02T09", "line_count": 4},
]


def balance(generation: int, **counted: int) -> dict[str, Any]:
    counts = {name: getattr(WINDOW, name) for name in ("raw_objects", "raw_records", "accepted", "seen_before")}
    counts |= {name: getattr(WINDOW, name) for name in ("repeated", "rejected", "missing")} | counted
    told: dict[str, Any] = tasks.balance_window.function(
        counts=QUERIED | {"row": counts},
        hours=QUERIED | {"rows": HOURS},
        rejects=QUERIED | {"rows": [{"reason": "not JSON", "reject_count": 2}]},
        merged=QUERIED | {"generation": generation},
        crawled={},
        audited=QUERIED | {"warnings": {}, "reported": []},
        checked={},
        **RUN,
    )
    return told


def test_window_that_was_merged_and_counted_alone_is_written_down(kept_ledger: Ledger, kept_lease: Lease) -> None:
    generation = run_now(kept_lease.acquire(HOLDER)).generation
    assert balance(generation)["accepted"] == 6
    assert [entry.key for entry in kept_ledger.windows()] == [WINDOW.key]


def test_count_that_an_earlier_window_made_stale_is_not_written_down(kept_ledger: Ledger, kept_lease: Lease) -> None:
    """The earlier window took events over after we counted, and had no entry of ours to correct."""
    generation = run_now(kept_lease.acquire(HOLDER)).generation
    run_now(kept_lease.release(HOLDER))
    run_now(kept_lease.acquire(EARLIER))
    run_now(kept_lease.release(EARLIER))
    with pytest.raises(LeaseLost, match="Clear `merge` and what follows"):
        balance(generation)
    assert kept_ledger.windows() == []


def test_balance_is_not_possible_while_another_window_is_merged(kept_ledger: Ledger, kept_lease: Lease) -> None:
    generation = run_now(kept_lease.acquire(HOLDER)).generation
    run_now(kept_lease.release(HOLDER))
    run_now(kept_lease.acquire(EARLIER))
    with pytest.raises(LeaseLost, match="by another run"):
        balance(generation)
    assert kept_ledger.windows() == []


def release(balance: str) -> None:
    """Give the lease back, in a run whose `balance_window` ended in this state."""
    states = {RUN["run_id"]: {"balance_window": balance}}
    ti = SimpleNamespace(dag_id="order_lake", get_task_states=lambda **_: states)
    tasks.release_lease.function(**RUN, ti=ti)


def test_run_that_a_person_marked_failed_does_not_end_well(kept_lease: Lease) -> None:
    run_now(kept_lease.acquire(HOLDER))
    with pytest.raises(AirflowFailException, match="marked failed"):
        release("skipped")
    assert run_now(kept_lease.acquire(EARLIER)).holder == EARLIER


def test_window_holds_the_lease_until_it_is_released_whatever_became_of_it(
    kept_ledger: Ledger, kept_lease: Lease
) -> None:
    generation = run_now(kept_lease.acquire(HOLDER)).generation
    with pytest.raises(tasks.CheckError, match="accepted 5"):
        balance(generation, accepted=5)
    assert run_now(kept_lease.acquire(EARLIER)).holder == HOLDER
    release("failed")
    release("failed")
    assert run_now(kept_lease.acquire(EARLIER)).holder == EARLIER
    release("failed")
    assert run_now(kept_lease.look())[0].holder == EARLIER, "what is another window's is left alone"
