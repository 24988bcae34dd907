"""MERGE, UPDATE, DELETE, INSERT: what they do to rows, what they cost, and what they do to each other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlglot

from local_aws import iceberg
from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.write import ATTEMPTS
from local_aws.lake import Lake
from tests.local_aws.iceberg.iceberg_engine import DATABASE, Engine

D1, D2, D3 = (date(2010, 12, n) for n in (1, 2, 3))
INSERT = "WHEN NOT MATCHED THEN INSERT (id, day, name, n) VALUES (s.id, s.day, s.name, s.n)"
ON = "ON t.id = s.id AND t.day = s.day"


@pytest.fixture
def target(create: Callable[..., str], engine: Engine) -> None:
    create("t", {"id": "bigint", "day": "date", "name": "string", "n": "decimal(18,4)"}, ("day",))
    engine.execute(
        "INSERT INTO t VALUES"
        " (1, DATE '2010-12-01', 'a', 1), (2, DATE '2010-12-02', 'b', 2), (3, DATE '2010-12-03', 'c', 3)"
    )


def source(*rows: str) -> str:
    values = ", ".join(f"({row})" for row in rows)
    return f"USING (SELECT * FROM (VALUES {values}) AS v(id, day, name, n)) AS s"


def of(engine: Engine) -> list[tuple[Any, ...]]:
    return [
        (*row[:3], None if row[3] is None else float(row[3]))
        for row in engine.rows("SELECT * FROM t ORDER BY id, name")
    ]


A, B, C = (1, D1, "a", 1.0), (2, D2, "b", 2.0), (3, D3, "c", 3.0)
MERGES = [
    pytest.param(
        source("1, DATE '2010-12-01', 'x', 9", "4, DATE '2010-12-04', 'new', 4") + f" {ON} {INSERT}",
        [A, B, C, (4, date(2010, 12, 4), "new", 4.0)],
        (1, 0, 0),
        id="insert what is not there",
    ),
    pytest.param(
        source("1, DATE '2010-12-01', 'x', 9") + f" {ON} WHEN MATCHED THEN UPDATE SET name = s.name, n = t.n + s.n",
        [(1, D1, "x", 10.0), B, C],
        (0, 1, 0),
        id="update from both sides",
    ),
    pytest.param(
        source("2, DATE '2010-12-02', 'x', 9", "7, DATE '2010-12-02', 'x', 9") + f" {ON} WHEN MATCHED THEN DELETE",
        [A, C],
        (0, 0, 1),
        id="delete, and ignore what no clause names",
    ),
    pytest.param(
        source(
            "1, DATE '2010-12-01', 'del', 0",
            "2, DATE '2010-12-02', 'upd', 0",
            "3, DATE '2010-12-03', 'keep', 0",
            "8, DATE '2010-12-01', 'no', 0",
            "9, DATE '2010-12-01', 'yes', 0",
        )
        + f" {ON} WHEN MATCHED AND s.name = 'del' THEN DELETE WHEN MATCHED AND s.name IN ('upd', 'del')"
        " THEN UPDATE SET name = 'u'"
        " WHEN NOT MATCHED AND s.name = 'yes' THEN INSERT (id, name) VALUES (s.id, upper(s.name))",
        [(2, D2, "u", 2.0), C, (9, None, "YES", None)],
        (1, 1, 1),
        id="the first clause that holds acts",
    ),
    pytest.param(
        source("1, DATE '2010-12-01', 'x', 1") + f" {ON} WHEN MATCHED THEN UPDATE SET day = DATE '2010-12-03'",
        [(1, D3, "a", 1.0), B, C],
        (0, 1, 0),
        id="an update may move a row to another partition",
    ),
    pytest.param(
        source("5, DATE '2010-12-05', 'x', 1", "5, DATE '2010-12-05', 'y', 1") + f" {ON} {INSERT}",
        [A, B, C, (5, date(2010, 12, 5), "x", 1.0), (5, date(2010, 12, 5), "y", 1.0)],
        (2, 0, 0),
        id="two source rows that match nothing are both inserted",
    ),
    pytest.param(
        source("NULL, DATE '2010-12-01', 'x', 1") + f" {ON} {INSERT}",
        [A, B, C, (None, D1, "x", 1.0)],
        (1, 0, 0),
        id="null equals nothing",
    ),
    pytest.param(
        source("1, DATE '2010-12-01', 'p', 1", "1, DATE '2010-12-01', 'q', 1")
        + f" {ON} WHEN MATCHED AND s.name = 'p' THEN UPDATE SET name = 'p'",
        [(1, D1, "p", 1.0), B, C],
        (0, 1, 0),
        id="a second match that no clause takes is no error",
    ),
]


@pytest.mark.parametrize(("clauses", "rows", "counts"), MERGES)
def test_merge(target: None, engine: Engine, clauses: str, rows: list[Any], counts: tuple[int, int, int]) -> None:
    outcome = engine.execute(f"MERGE INTO t AS t {clauses}")
    assert of(engine) == sorted(rows, key=lambda row: (row[0] is None, row[0] or 0, row[2]))
    assert (outcome.inserted, outcome.updated, outcome.deleted) == counts


@pytest.mark.parametrize(
    "clause",
    [
        pytest.param("WHEN MATCHED THEN UPDATE SET name = s.name", id="update"),
        pytest.param("WHEN MATCHED THEN DELETE", id="delete"),
        pytest.param("WHEN MATCHED AND s.name = 'p' THEN DELETE WHEN MATCHED THEN UPDATE SET n = 0", id="two clauses"),
        pytest.param(INSERT, id="no clause takes them"),
    ],
)
def test_target_row_with_two_source_rows_fails_the_merge(target: None, engine: Engine, clause: str) -> None:
    twice = source("1, DATE '2010-12-01', 'p', 1", "1, DATE '2010-12-01', 'q', 1")
    with pytest.raises(AwsError, match="One MERGE target table row matched more than one source row") as raised:
        engine.execute(f"MERGE INTO t AS t {twice} {ON} {clause}")
    assert raised.value.code == "MERGE_TARGET_ROW_MULTIPLE_MATCHES"
    assert of(engine) == [A, B, C]


def test_merge_twice_changes_nothing_and_commits_nothing(target: None, lake: Lake, engine: Engine) -> None:
    merge = "MERGE INTO t AS t " + source("9, DATE '2010-12-02', 'x', 1") + f" {ON} {INSERT}"
    first = engine.execute(merge)
    before = lake.catalog.table(DATABASE, "t")["Parameters"]["metadata_location"]
    again = engine.execute(merge)
    assert (first.inserted, again.inserted, again.snapshot_id) == (1, 0, None)
    assert lake.catalog.table(DATABASE, "t")["Parameters"]["metadata_location"] == before
    assert len(of(engine)) == 4


@pytest.mark.parametrize(
    ("on", "touched"),
    [
        pytest.param("t.id = s.id AND t.day = s.day", {D2}, id="partition column equated"),
        pytest.param("s.day = t.day AND s.id = t.id", {D2}, id="the other way round"),
        pytest.param("t.id = s.id AND t.day = CAST(s.day AS DATE)", {D2}, id="equated with an expression"),
        pytest.param("t.id = s.id AND t.day >= DATE '2010-12-02'", {D2, D3}, id="condition on the target alone"),
        pytest.param("t.id = s.id", {D1, D2, D3}, id="nothing about the partition"),
        pytest.param("t.id = s.id AND t.day IS NOT DISTINCT FROM s.day", {D1, D2, D3}, id="nulls may match"),
    ],
)
def test_merge_reads_only_partitions_that_can_match(
    create: Callable[..., str], lake: Lake, engine: Engine, on: str, touched: set[date]
) -> None:
    create("t", {"id": "bigint", "day": "date", "name": "string"}, ("day",))
    days = ", ".join(f"({n}, DATE '{day}', 'x')" for day in (D1, D2, D3) for n in (1, 50, 100))
    engine.execute(f"INSERT INTO t VALUES {days}")
    every = iceberg.plan(lake, DATABASE, "t")
    read = {column for column in ("id", "day") if f"t.{column}" in on}
    expected = sum(
        iceberg.IcebergScan(every.schema, (each,)).bytes_scanned(read)
        for each in every.files
        if any(f"day={day}" in each.uri for day in touched)
    )
    rows = source("60, DATE '2010-12-02', 'zz', 1", "70, DATE '2010-12-02', 'b', 1")
    outcome = engine.execute(f"MERGE INTO t AS t {rows} ON {on} WHEN MATCHED THEN DELETE")
    assert (outcome.bytes_scanned, outcome.snapshot_id) == (expected, None)


def test_merge_rewrites_only_the_files_it_changes(target: None, lake: Lake, engine: Engine) -> None:
    before = {each.uri for each in iceberg.plan(lake, DATABASE, "t").files}
    engine.execute(
        "MERGE INTO t AS t " + source("1, DATE '2010-12-01', 'x', 1") + f" {ON} WHEN MATCHED THEN UPDATE SET name = 'x'"
    )
    after = {each.uri for each in iceberg.plan(lake, DATABASE, "t").files}
    assert len(before & after) == 2
    assert [uri for uri in before - after if "day=2010-12-01" in uri] == list(before - after)


def test_insert_adds_one_file_for_each_partition_in_one_snapshot(target: None, lake: Lake, engine: Engine) -> None:
    rows = source(*(f"{n}, DATE '2010-12-{n % 2 + 10}', 'x', {n}" for n in range(10, 60)))
    engine.execute(f"MERGE INTO t AS t {rows} {ON} {INSERT}")
    assert len(iceberg.plan(lake, DATABASE, "t").files) == 3 + 2
    assert len(lake.iceberg.table(DATABASE, "t").snapshots()) == 2


MISFITS = [
    pytest.param("INSERT INTO t VALUES (1, 2)", "TYPE_MISMATCH", id="too few columns"),
    pytest.param("INSERT INTO t (id, day) VALUES (1, 'text')", "TYPE_MISMATCH", id="text for a date"),
    pytest.param("INSERT INTO t (id) VALUES (CAST(1.5 AS DOUBLE))", "TYPE_MISMATCH", id="double for a bigint"),
    pytest.param("INSERT INTO t (id, other) VALUES (1, 2)", "COLUMN_NOT_FOUND", id="unknown column"),
    pytest.param(
        "INSERT INTO t (n) VALUES (CAST('1.23456' AS DECIMAL(10,5)))", "INVALID_CAST_ARGUMENT", id="digits lost"
    ),
    pytest.param("UPDATE t SET other = 1", "COLUMN_NOT_FOUND", id="unknown column in UPDATE"),
    pytest.param("UPDATE t SET n = 1, n = 2", "SYNTAX_ERROR", id="column set twice"),
    pytest.param("INSERT INTO missing VALUES (1)", "EntityNotFoundException", id="no such table"),
]


@pytest.mark.parametrize(("statement", "code"), MISFITS)
def test_rows_that_do_not_fit_are_refused_whole(
    target: None, lake: Lake, engine: Engine, bucket: str, statement: str, code: str
) -> None:
    before = lake.objects.listing(bucket)
    with pytest.raises(AwsError) as raised:
        engine.execute(statement)
    assert raised.value.code == code
    assert lake.objects.listing(bucket) == before


@pytest.mark.parametrize(
    ("statement", "feature"),
    [
        ("MERGE INTO t AS t USING u AS s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE", "BY SOURCE"),
        ("INSERT OVERWRITE TABLE t SELECT 1", "INSERT OVERWRITE"),
    ],
)
def test_what_is_not_there_is_refused_by_name(target: None, engine: Engine, statement: str, feature: str) -> None:
    with pytest.raises(Unsupported, match=feature):
        engine.execute(statement)


def test_update_and_delete_take_conditions_with_subqueries(
    target: None, create: Callable[..., str], engine: Engine
) -> None:
    create("u", {"id": "bigint"})
    engine.execute("INSERT INTO u VALUES (1), (3)")
    assert engine.execute("UPDATE t SET name = 'u' WHERE id IN (SELECT u.id FROM u)").updated == 2
    assert engine.execute("DELETE FROM t WHERE id = (SELECT max(u.id) FROM u)").deleted == 1
    assert of(engine) == [(1, D1, "u", 1.0), B]
    assert engine.execute("DELETE FROM t").deleted == 2
    assert of(engine) == []


def in_threads(*calls: Callable[[], object]) -> list[BaseException]:
    errors: list[BaseException] = []

    def guarded(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:  # the assertion is on the list
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_merges_at_the_same_time_lose_no_row_and_double_none(target: None, engine: Engine, lake: Lake) -> None:
    def merge(first: int) -> Callable[[], object]:
        rows = source(*(f"{n}, DATE '2010-12-0{n % 3 + 1}', 'm', 1" for n in range(first, first + 60)))
        return lambda: engine.execute(
            f"MERGE INTO t AS t {rows} {ON} WHEN MATCHED THEN UPDATE SET n = t.n + 1 {INSERT}"
        )

    def insert() -> object:
        return engine.execute("INSERT INTO t VALUES (500, DATE '2010-12-01', 'i', 1)")

    # 100 to 159, 130 to 189, 160 to 219: each half of the middle one is merged by two
    assert in_threads(merge(100), merge(130), merge(160), insert, insert) == []
    rows = {row[0]: row for row in of(engine) if row[0] >= 100 and row[0] < 500}
    assert sorted(rows) == list(range(100, 220))
    assert all(row[3] == (2.0 if 130 <= row[0] < 190 else 1.0) for row in rows.values())
    assert engine.rows("SELECT count(*) FROM t WHERE id = 500") == [(2,)]
    assert engine.rows("SELECT count(*) FROM t") == [(3 + 120 + 2,)]


def test_many_writers_all_get_through(target: None, engine: Engine, lake: Lake) -> None:
    def merges(writer: int) -> Callable[[], object]:
        def each() -> None:
            for turn in range(2):
                row = source(f"{writer * 10 + turn + 100}, DATE '2010-12-01', 'w', 1")
                engine.execute(f"MERGE INTO t AS t {row} {ON} {INSERT}")

        return each

    assert in_threads(*(merges(writer) for writer in range(8))) == []
    assert engine.rows("SELECT count(*) FROM t WHERE name = 'w'") == [(16,)]


def test_commit_in_between_makes_a_merge_plan_again(target: None, engine: Engine, lake: Lake) -> None:
    merge = sqlglot.parse_one(
        "MERGE INTO t AS t " + source("9, DATE '2010-12-02', 'x', 1") + f" {ON} {INSERT}", dialect="athena"
    )
    runs = []

    def run(query: Any, relations: Any) -> Any:
        if not relations and not runs:
            engine.execute("INSERT INTO t VALUES (9, DATE '2010-12-02', 'other', 5)")
        runs.append(query)
        return engine.run(query, relations)

    outcome = iceberg.execute(lake, merge, run, DATABASE)
    assert (outcome.inserted, outcome.snapshot_id) == (0, None)
    assert [row[2] for row in of(engine) if row[0] == 9] == ["other"]


def test_commit_between_check_and_catalog_update_is_noticed(
    target: None, engine: Engine, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_table, raced = lake.catalog.update_table, []

    def racing(*args: Any, **options: Any) -> None:
        if not raced:
            raced.append(engine.execute)
            engine.execute("INSERT INTO t VALUES (77, DATE '2010-12-02', 'first', 1)")
        update_table(*args, **options)

    monkeypatch.setattr(lake.catalog, "update_table", racing)
    engine.execute("UPDATE t SET name = 'all'")
    assert {(row[0], row[2]) for row in of(engine)} == {(1, "all"), (2, "all"), (3, "all"), (77, "all")}


def test_random_merges_equal_those_of_an_ordinary_database(
    create: Callable[..., str], engine: Engine, lake: Lake
) -> None:
    """The same merges, one after the other, on the Iceberg table and on a table of DuckDB's own."""
    columns = {"id": "bigint", "day": "date", "name": "string", "n": "bigint"}
    create("t", columns, ("day", "bucket(3, id)"))
    dice = random.Random(7)
    kinds = [
        "WHEN MATCHED AND s.n % 5 = 0 THEN DELETE",
        "WHEN MATCHED AND t.n < s.n THEN UPDATE SET name = s.name, n = s.n",
        "WHEN MATCHED THEN UPDATE SET n = t.n + 1000",
        "WHEN NOT MATCHED AND s.n % 7 = 0 THEN INSERT (id, name) VALUES (s.id, 'seven')",
        "WHEN NOT MATCHED AND s.day IS NOT NULL THEN INSERT (id, day, name, n) VALUES (s.id, s.day, s.name, s.n)",
    ]
    with lake.connect() as twin:
        twin.execute("CREATE TABLE t (id BIGINT, day DATE, name VARCHAR, n BIGINT)")
        for number in range(8):
            ids = dice.sample(range(300), 120)
            days = [f"DATE '2010-12-{id % 9 + 1:02}'" if id % 31 else "NULL" for id in ids]
            rows = source(
                *(f"{id}, {day}, 'm{number}', {dice.randrange(200)}" for id, day in zip(ids, days, strict=True))
            )
            chosen = [kind for kind in kinds if dice.random() < 0.7] or kinds[-1:]
            merge = f"MERGE INTO t AS t {rows} ON t.id = s.id AND t.day = s.day {' '.join(chosen)}"
            engine.execute(merge)
            twin.execute(merge)
            everything = "SELECT id, day, name, n FROM t ORDER BY id, day, name, n"
            assert engine.rows(everything) == twin.execute(everything).fetchall(), merge
    assert engine.rows("SELECT count(*) > 100 FROM t") == [(True,)]


def test_merge_reads_fields_of_structs_and_names_with_database(create: Callable[..., str], engine: Engine) -> None:
    create("t", {"id": "bigint", "item": "struct<code:string,price:double>"})
    engine.execute("INSERT INTO t SELECT 1, CAST(ROW('a', 2.5) AS ROW(code VARCHAR, price DOUBLE))")
    engine.execute(
        "MERGE INTO orderlogs.t USING (SELECT 'a' AS code) AS s ON t.item.code = s.code"
        " WHEN MATCHED AND orderlogs.t.item.price > 2 THEN UPDATE SET id = orderlogs.t.id + 41"
    )
    assert engine.rows("SELECT id FROM t") == [(42,)]


def test_commits_always_in_between_end_in_a_commit_error_and_leave_no_files(
    target: None, engine: Engine, lake: Lake, bucket: str
) -> None:
    update = sqlglot.parse_one("UPDATE t SET name = 'never' WHERE id = 1", dialect="athena")
    tries = []

    def run(query: Any, relations: Any) -> Any:
        tries.append(query)
        engine.execute("INSERT INTO t VALUES (9, DATE '2010-12-02', 'other', 5)")
        return engine.run(query, relations)

    with pytest.raises(AwsError, match="ICEBERG_COMMIT_ERROR: Failed to commit"):
        iceberg.execute(lake, update, run, DATABASE)
    assert len(tries) == ATTEMPTS
    assert (1, D1, "a", 1.0) in of(engine)
    named = {each.uri for each in iceberg.plan(lake, DATABASE, "t").files}
    assert {each.uri for each in lake.objects.listing(bucket, "lake/t/data/")} == named
    snapshots = [each for each in lake.objects.listing(bucket, "lake/t/metadata/") if "/snap-" in each.key]
    metadata = [each for each in lake.objects.listing(bucket, "lake/t/metadata/") if each.key.endswith(".json")]
    assert (len(snapshots), len(metadata)) == (1 + ATTEMPTS, 2 + ATTEMPTS)


def test_many_commits_keep_manifests_few(target: None, engine: Engine, lake: Lake) -> None:
    engine.lake.iceberg.table(DATABASE, "t").transaction().set_properties(
        {"commit.manifest.min-count-to-merge": "5"}
    ).commit_transaction()
    for n in range(8):
        engine.execute(f"INSERT INTO t VALUES ({100 + n}, DATE '2010-12-01', 'x', 1)")
        engine.execute(f"UPDATE t SET n = n + 1 WHERE id = {100 + n}")
    table = lake.iceberg.table(DATABASE, "t")
    assert len(lake.iceberg.manifests(table.current_snapshot())) <= 5
    assert engine.rows("SELECT count(*), sum(n) FROM t WHERE id >= 100") == [(8, 16)]
    assert table.current_snapshot().summary["total-records"] == "11"
