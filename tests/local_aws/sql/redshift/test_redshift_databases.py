"""Databases beside the first one. https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@contextmanager
def connected(warehouse: Warehouse, database: str) -> Iterator[None]:
    before = warehouse.place
    warehouse.place = {**before, "Database": database}
    try:
        yield
    finally:
        warehouse.place = before


def test_database_has_tables_of_its_own(warehouse: Warehouse) -> None:
    warehouse.run("create database shop with owner awsuser connection limit unlimited")
    warehouse.run("create table here (a int)")
    with connected(warehouse, "shop"):
        warehouse.run("create table there as select 7 as a")
        assert warehouse.run("select current_database(), a from there") == [["shop", 7]]
        with pytest.raises(SqlFailedError, match='relation "here" does not exist'):
            warehouse.run("select * from here")
        with pytest.raises(SqlFailedError, match="cannot drop the currently open database"):
            warehouse.run("drop database shop")
    assert [row[0] for row in warehouse.run("show databases")] == ["dev", "shop"]
    assert warehouse.run("select datname from pg_database order by 1") == [["dev"], ["shop"]]
    assert warehouse.data.list_databases(**warehouse.place)["Databases"] == ["dev", "shop"]
    warehouse.run("drop database shop")
    with connected(warehouse, "shop"), pytest.raises(SqlFailedError, match='database "shop" does not exist'):
        warehouse.run("select 1")
    warehouse.run("create database shop")
    with connected(warehouse, "shop"), pytest.raises(SqlFailedError, match='relation "there" does not exist'):
        warehouse.run("select * from there")


def test_database_in_use_stays(warehouse: Warehouse) -> None:
    warehouse.run("create database busy")
    with connected(warehouse, "busy"):
        begun = warehouse.data.execute_statement(Sql="select 1", SessionKeepAliveSeconds=60, **warehouse.place)
        warehouse.ended(begun["Id"])
    with pytest.raises(SqlFailedError, match='database "busy" is being accessed by other users'):
        warehouse.run("drop database busy")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("create database dev", 'database "dev" already exists'),
        ("drop database nosuch", 'database "nosuch" does not exist'),
        ("create database pg_mine", 'syntax error at or near "pg_mine"'),
        ("create database x from datashare d of namespace 'n'", "does not support CREATE DATABASE … FROM"),
        ("create database x collate case_insensitive", "does not support CREATE DATABASE … COLLATE"),
        ("drop database x force", "does not support DROP DATABASE … FORCE"),
        ("select * from other.public.t", "does not support queries across databases"),
    ],
)
def test_what_cannot_be_is_refused(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


def test_batch_makes_no_database(warehouse: Warehouse) -> None:
    found = warehouse.batch(["create database x", "select 1"])
    assert "CREATE DATABASE cannot run inside a transaction block" in found["Error"]
