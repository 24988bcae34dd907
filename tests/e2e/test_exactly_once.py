"""Windows twice, late and in another order, deployments twice: not one row differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from producer import Arrival, Kind
from tests.e2e.conftest import World, arrivals, content


@pytest.fixture(scope="module")
def expected(world: World) -> dict[str, list[object]]:
    return content(world)


@pytest.fixture(scope="module")
def shuffled(new_world: Callable[[], World], order_files: Path) -> World:
    """The same files in another account: windows backwards, one twice, all of them again as one."""
    made = new_world()
    days = list(arrivals(order_files))
    for day, records in days:
        made.send(day, records)
    for day, _ in reversed(days):
        made.window(day)
    made.run("order_warehouse")
    made.window(days[0][0])
    made.window(days[0][0], days=len(days))
    made.publish()
    return made


def test_windows_out_of_order_and_twice_end_with_the_same_rows(
    shuffled: World, expected: dict[str, list[object]]
) -> None:
    assert content(shuffled) == expected
    for entry in shuffled.ledger.windows():
        entry.check()


def test_everything_again_changes_no_row_and_deploys_nothing(
    shuffled: World, order_files: Path, expected: dict[str, list[object]]
) -> None:
    glue, table = shuffled.client("glue"), {"DatabaseName": "orderlogs", "Name": "order_text"}
    version = glue.get_table(**table)["Table"]["VersionId"]
    shuffled.run("warehouse_deploy")
    assert glue.get_table(**table)["Table"]["VersionId"] == version
    for day, records in arrivals(order_files):
        shuffled.send(day, records)
        shuffled.window(day)
    assert shuffled.ledger.pending() == {}
    shuffled.publish()
    assert content(shuffled) == expected


def test_event_that_arrives_late_in_an_earlier_window_moves_there_and_both_balance(
    new_world: Callable[[], World], order_files: Path
) -> None:
    world = new_world()
    (first, records), (second, _), *_ = arrivals(order_files)
    orders = [each for each in records if each.kind is Kind.ORDER]
    world.send(first, orders)
    again = [Arrival(each.arrival_time.replace(day=second.day), *each[1:]) for each in orders[:3]]
    world.send(second, again)
    world.window(second)
    world.window(first)
    early, late = world.ledger.windows()
    assert (early.accepted, early.seen_before) == (len(orders), 0)
    assert (late.accepted, late.seen_before) == (0, 3)
    for entry in (early, late):
        entry.check()
    [found] = world.athena("SELECT count(*) AS n FROM order_lines")
    assert found["n"] == str(len(orders))


def test_late_order_loads_its_own_day_again_and_no_other(new_world: Callable[[], World], order_files: Path) -> None:
    world = new_world()
    (first, records), (second, _), *_ = arrivals(order_files)
    world.send(first, records[:-1])
    world.window(first)
    world.publish()
    late = records[-1]
    world.send(second, [Arrival(late.arrival_time.replace(day=second.day), *late[1:])])
    world.window(second)
    assert list(world.ledger.pending()) == [str(first)]
    world.publish()
    [found] = world.redshift("SELECT COUNT(*) AS n FROM sales.fact_order_lines")
    assert int(found["n"]) == len(records)


def test_window_without_new_rows_wakes_nobody(world: World) -> None:
    world.window(date(2010, 12, 4))
    assert world.run("order_warehouse")["load"] in {"skipped", "None"}
