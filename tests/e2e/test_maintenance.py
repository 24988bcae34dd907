"""The maintenance changes no row of any layer, makes few files of many, and may run twice."""

from __future__ import annotations

from tests.e2e.conftest import World
from tests.layers import LAKE, WAREHOUSE


def rows(world: World) -> dict[str, list[str]]:
    found = {name: [str(row) for row in world.athena(sql)] for name, sql in LAKE.items()}
    for table in WAREHOUSE:
        found[table] = sorted(map(str, world.redshift(f"SELECT * FROM sales.{table}")))
    return found


def files(world: World) -> int:
    return len(world.athena('SELECT file_path FROM "order_lines$files"'))


def test_maintenance_changes_no_row_and_leaves_no_more_files(world: World) -> None:
    before, many = rows(world), files(world)
    for _ in range(2):
        assert set(world.run("warehouse_maintenance").values()) == {"success"}
        assert rows(world) == before
        assert files(world) <= many
