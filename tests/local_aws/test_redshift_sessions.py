"""Redshift's Data API: sessions, and transactions of several at a time."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, error_of, warehouse

__all__ = ["warehouse"]


def test_repeated_request_opens_no_second_session(warehouse: Warehouse) -> None:
    asked = {"Sql": "select 1", "ClientToken": str(uuid.uuid4()), "SessionKeepAliveSeconds": 60, **warehouse.place}
    before = len(warehouse.data.list_sessions()["Sessions"])
    answers = [warehouse.data.execute_statement(**asked) for _ in range(3)]
    assert len({(each["Id"], each["SessionId"]) for each in answers}) == 1
    assert len(warehouse.data.list_sessions()["Sessions"]) == before + 1


def test_session_keeps_temporary_tables_and_transaction(warehouse: Warehouse) -> None:
    answer = warehouse.data.execute_statement(
        Sql="create temp table mine as select 7 as a", SessionKeepAliveSeconds=60, **warehouse.place
    )
    warehouse.ended(answer["Id"])
    session = answer["SessionId"]
    assert warehouse.run("select a from mine", SessionId=session) == [[7]]
    [shown] = warehouse.data.list_sessions(SessionId=session)["Sessions"]
    assert shown["Status"] == "AVAILABLE"
    warehouse.run("create table tried (a int)")
    for sql in ("begin", "insert into tried values (1)", "rollback"):
        warehouse.run(sql, SessionId=session)
    assert warehouse.run("select count(*) from tried", SessionId=session) == [[0]]
    with pytest.raises(SqlFailedError, match='relation "mine" does not exist'):
        warehouse.run("select a from mine")


def test_writers_of_one_table_wait_and_none_is_lost(warehouse: Warehouse) -> None:
    warehouse.run("create table counted (n int)")
    warehouse.run("insert into counted values (0)")
    threads = [
        threading.Thread(
            target=warehouse.batch, args=(["update counted set n = n + 1", "insert into counted values (100)"],)
        )
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert warehouse.run("select count(*) from counted where n >= 100") == [[8]]
    assert warehouse.run("select min(n) from counted") == [[8]]


def test_conflicting_sessions_fail_with_1023(warehouse: Warehouse) -> None:
    warehouse.run("create table contested (n int)")
    warehouse.run("insert into contested values (0)")
    sessions = []
    for _ in range(2):
        answer = warehouse.data.execute_statement(Sql="begin", SessionKeepAliveSeconds=60, **warehouse.place)
        warehouse.ended(answer["Id"])
        sessions.append(answer["SessionId"])
        warehouse.run("select * from contested", SessionId=sessions[-1])
    warehouse.run("update contested set n = 1", SessionId=sessions[0])
    with pytest.raises(SqlFailedError, match="ERROR: 1023"):
        warehouse.run("update contested set n = 2", SessionId=sessions[1])
    warehouse.run("commit", SessionId=sessions[0])
    assert warehouse.run("select n from contested") == [[1]]


@pytest.mark.parametrize("end", ["rollback", "commit", "abort", "end"])
@pytest.mark.parametrize("wrong", ["select 1 / 0", "select * from nowhere_at_all", "select 1 +"])
def test_transaction_takes_nothing_after_an_error_until_it_is_ended(warehouse: Warehouse, wrong: str, end: str) -> None:
    warehouse.run("create table if not exists ended_by (a int)")
    identifier = warehouse.submit("begin", SessionKeepAliveSeconds=60)
    session = warehouse.ended(identifier)["SessionId"]
    warehouse.run("insert into ended_by values (1)", SessionId=session)
    with pytest.raises(SqlFailedError):
        warehouse.run(wrong, SessionId=session)
    with pytest.raises(SqlFailedError, match="current transaction is aborted, commands ignored until end of"):
        warehouse.run("select 1", SessionId=session)
    warehouse.run(end, SessionId=session)
    assert warehouse.run("select count(*) from ended_by", SessionId=session) == [[0]]


def test_session_goes_when_its_time_is_over(warehouse: Warehouse) -> None:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-session-reuse.html: counted from the last statement."""
    begun = warehouse.data.execute_statement(Sql="select 1", SessionKeepAliveSeconds=600, **warehouse.place)
    warehouse.ended(begun["Id"])
    session, clock = begun["SessionId"], warehouse.lake.clock
    start = clock.now()
    try:
        clock.set(start + timedelta(seconds=590))
        assert warehouse.run("select 2", SessionId=session) == [[2]]
        clock.set(start + timedelta(seconds=1180))
        assert warehouse.run("select 3", SessionId=session) == [[3]]
        clock.set(start + timedelta(seconds=1800))
        message = error_of(warehouse.data.execute_statement, Sql="select 4", SessionId=session)
        assert message == "ResourceNotFoundException: Session is not available."
        assert warehouse.data.list_sessions(SessionId=session, Status="CLOSED")["Sessions"]
    finally:
        clock.set(start)
