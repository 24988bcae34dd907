"""ALTER TABLE, ALTER SCHEMA and renames: values, identities, keys, grants and bound views stay as they have to."""

from __future__ import annotations

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


def test_table_with_identity_keeps_counting_after_its_columns_changed(warehouse: Warehouse) -> None:
    warehouse.run("create table counted (id int identity(5,10), a int default 3)")
    warehouse.run("insert into counted(a) values (1), (2)")
    for sql in (
        "alter table counted add column z int default 9 not null",
        "alter table counted add column q varchar(3)",
        "alter table counted alter column q type varchar(10)",
        "alter table counted rename column q to qq",
        "alter table counted drop column z",
    ):
        warehouse.run(sql)
    warehouse.run("insert into counted(a) values (3)")
    assert warehouse.run("select id, a, qq from counted order by 1") == [[5, 1, None], [15, 2, None], [25, 3, None]]


def test_new_table_of_a_renamed_ones_name_counts_by_itself(warehouse: Warehouse) -> None:
    warehouse.run("create table first_name (id int identity(1,1), v int)")
    warehouse.run("insert into first_name(v) values (1), (2)")
    warehouse.run("alter table first_name rename to second_name")
    warehouse.run("create table first_name (id int identity(1,1), v int)")
    warehouse.run("insert into first_name(v) values (1)")
    warehouse.run("insert into second_name(v) values (3)")
    assert warehouse.run("select id from first_name") == [[1]]
    assert warehouse.run("select max(id) from second_name") == [[3]]


def test_temporary_table_is_altered_in_its_session(warehouse: Warehouse) -> None:
    batch = warehouse.batch(
        ["create temp table brief (a int)", "alter table brief add column b int default 4",
         "insert into brief(a) values (1)", "alter table brief rename to short", "select a, b from short"]
    )  # fmt: skip
    assert batch["Status"] == "FINISHED", batch.get("Error")
    assert warehouse.rows(f"{batch['Id']}:5") == [[1, 4]]


def test_temporary_table_of_a_rolled_back_batch_is_gone(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("set query_group to 'a'", SessionKeepAliveSeconds=60)
    session = warehouse.ended(identifier)["SessionId"]
    answer = warehouse.data.batch_execute_statement(
        Sqls=["create temp table undone (a int)", "select 1 / 0"], SessionId=session
    )
    assert warehouse.ended(answer["Id"])["Status"] == "FAILED"
    with pytest.raises(SqlFailedError, match='relation "undone" does not exist'):
        warehouse.run("select * from undone", SessionId=session)


def test_keys_are_shown_and_not_enforced(warehouse: Warehouse) -> None:
    warehouse.run("create table parent (id int not null, primary key (id))")
    warehouse.run("create table child (id int not null, p int references parent(id), constraint named unique (p))")
    warehouse.run("alter table child add primary key (id)")
    warehouse.run("insert into child values (1, 7), (1, 7)")
    sql = (
        "select constraint_name, constraint_type from information_schema.table_constraints"
        " where table_name = 'child' order by 1"
    )
    assert warehouse.run(sql) == [["child_p_fkey", "FOREIGN KEY"], ["child_pkey", "PRIMARY KEY"], ["named", "UNIQUE"]]
    with pytest.raises(SqlFailedError, match='multiple primary keys for table "child"'):
        warehouse.run("alter table child add primary key (p)")
    warehouse.run("alter table child drop constraint named")
    assert ["named", "UNIQUE"] not in warehouse.run(sql)
    with pytest.raises(SqlFailedError, match='constraint "named" does not exist'):
        warehouse.run("alter table child drop constraint named")


def test_rename_keeps_grants_and_bound_views(warehouse: Warehouse) -> None:
    warehouse.run("create schema old_place")
    warehouse.run("create table old_place.t (a int)")
    warehouse.run("insert into old_place.t values (1)")
    warehouse.run("grant select on old_place.t to public")
    warehouse.run("create view through as select t.a from old_place.t")
    warehouse.run("alter table old_place.t rename to u")
    warehouse.run("alter schema old_place rename to new_place")
    assert warehouse.run("select * from through") == [[1]]
    granted = "select privilege_type from svv_relation_privileges where relation_name = 'u'"
    assert warehouse.run(granted) == [["SELECT"]]
    with pytest.raises(SqlFailedError, match='schema "old_place" does not exist'):
        warehouse.run("select * from old_place.t")
    with pytest.raises(SqlFailedError, match="cannot drop table u because other objects depend on it"):
        warehouse.run("drop table new_place.u")
    warehouse.run("drop schema new_place cascade")
    with pytest.raises(SqlFailedError, match='relation "through" does not exist'):
        warehouse.run("select * from through")


def test_view_reads_the_table_that_it_was_made_on_under_any_search_path(warehouse: Warehouse) -> None:
    warehouse.run("create schema elsewhere")
    warehouse.run("create table here (a int)")
    warehouse.run("create table elsewhere.here (a int)")
    warehouse.run("insert into here values (1)")
    warehouse.run("create view fixed as select a from here")
    batch = warehouse.batch(["set search_path to elsewhere, public", "select * from fixed"])
    assert warehouse.rows(f"{batch['Id']}:2") == [[1]]


def test_append_moves_the_rows(warehouse: Warehouse) -> None:
    warehouse.run("create table staged (v int, extra int)")
    warehouse.run("create table kept (v int)")
    warehouse.run("insert into staged values (1, 1), (2, 2)")
    with pytest.raises(SqlFailedError, match='"staged" has columns that "kept" has not'):
        warehouse.run("alter table kept append from staged")
    assert warehouse.run("alter table kept append from staged ignoreextra") == 2
    assert warehouse.run("select count(*) from staged") == [[0]]
    assert warehouse.run("select v from kept order by 1") == [[1], [2]]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("alter table narrow alter column a type varchar(3)", "is smaller than current maximum column data size 6"),
        ("alter table narrow alter column b type varchar(3)", "must be a VARCHAR column"),
        ("alter table narrow add column c int not null", "must have a non-null default"),
        ("alter table narrow add column c int identity(1,1)", "does not support IDENTITY columns"),
        ("alter table narrow drop column z", 'column "z" of relation "narrow" does not exist'),
    ],
)
def test_change_that_redshift_refuses_is_refused(warehouse: Warehouse, sql: str, words: str) -> None:
    warehouse.run("create table if not exists narrow (a varchar(10), b int)")
    warehouse.run("insert into narrow values ('abcdef', 1)")
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


@pytest.mark.parametrize(
    "attributes",
    [
        "interleaved sortkey (a)",
        "diststyle key distkey (a) compound sortkey (a, b)",
        "backup no diststyle auto sortkey auto encode auto",
        "diststyle all sortkey (b)",
    ],
)
def test_table_attributes_are_taken(warehouse: Warehouse, attributes: str) -> None:
    warehouse.run("drop table if exists attributed")
    warehouse.run(f"create table attributed (a int, b int) {attributes}")
    assert warehouse.run("insert into attributed values (1, 2)") == 1
