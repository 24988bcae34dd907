"""Two accounts beside one another: one whose windows Airflow's own processes run, one undisturbed in this process."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from laptop.airflow import InProcessAirflow
from local_aws.server import LocalAws
from producer import Arrival
from tests.accounts import new_account
from tests.e2e.conftest import World, tables


def world_at(url: str, account: str, airflow: InProcessAirflow) -> World:
    """An account of the local_aws at a URL; its DAGs run in this process."""
    return World(account, cast(LocalAws, SimpleNamespace(url=url)), airflow)


def undisturbed(url: str, airflow: InProcessAirflow, days: list[tuple[date, list[Arrival]]]) -> World:
    """A fresh account that lived through the days, a window each, and published them."""
    world = world_at(url, new_account(), airflow)
    world.run("warehouse_deploy")
    for day, records in days:
        world.send(day, records)
        world.window(day)
    world.publish()
    return world


def data_sets(world: World) -> list[str]:
    """All data sets but that of the windows: the schedule's own run of yesterday is one more of them."""
    return [name for name in world.airflow.settings.data_sets if name != "pipeline_windows"]


def rows(world: World) -> dict[str, list[Any]]:
    """Every row of lake and warehouse, and how many SPICE has."""
    found = tables(world)
    refreshed = {each["data_set"]: each for each in world.ledger.refreshes()}
    for name in data_sets(world):
        found[f"spice {name}"] = [refreshed[name]["status"], refreshed[name]["total_rows"]]
    return found


def is_published(world: World, wanted: dict[str, list[Any]]) -> bool:
    """Whether the last load and the last refresh are over; what they brought is compared afterwards."""
    kept = world.ledger
    if kept.pending():
        return False
    refreshed = {each["data_set"]: each["total_rows"] for each in kept.refreshes()}
    return all(refreshed.get(name) == wanted[f"spice {name}"][1] for name in data_sets(world))


def same(found: dict[str, list[Any]], wanted: dict[str, list[Any]]) -> bool:
    """Whether all tables are equal, row for row; numbers of rows first, for they say more than a million of them."""
    assert {name: len(table) for name, table in found.items()} == {name: len(table) for name, table in wanted.items()}
    return found == wanted
