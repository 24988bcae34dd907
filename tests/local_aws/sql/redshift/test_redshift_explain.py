"""EXPLAIN: the operators and their notes, in the text form of Redshift's pages. Costs are not asserted."""

from __future__ import annotations

import re

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module")
def tickit(warehouse: Warehouse) -> Warehouse:
    """The tables of the page https://docs.aws.amazon.com/redshift/latest/dg/c-the-query-plan.html, as far as needed."""
    warehouse.run("create table event (eventid int distkey, eventname varchar(200))")
    warehouse.run("create table sales (salesid int, eventid int distkey, pricepaid decimal(8,2), qty int)")
    warehouse.run("create table category (catid int, catname varchar(10)) diststyle all")
    warehouse.run("insert into event values (1, 'a'), (2, 'b')")
    return warehouse


PLANS: dict[str, tuple[str, str]] = {
    "aggregate": (
        "select eventname, count(*) from event group by eventname",
        """
XN HashAggregate
  ->  XN Seq Scan on event""",
    ),
    "join, sort": (
        "select eventname, sum(pricepaid) from sales, event where sales.eventid = event.eventid"
        " group by eventname order by 2 desc",
        """
XN Merge
  Merge Key: sum(pricepaid)
  ->  XN Network
        Send to leader
        ->  XN Sort
              Sort Key: sum(pricepaid)
              ->  XN HashAggregate
                    ->  XN Hash Join DS_DIST_NONE
                          Hash Cond: ("outer".eventid = "inner".eventid)
                          ->  XN Seq Scan on sales
                          ->  XN Hash
                                ->  XN Seq Scan on event""",
    ),
    "outer join, filters, limit": (
        "select * from sales s left join category c on s.qty = c.catid where s.pricepaid > 10 limit 5",
        """
XN Limit
  ->  XN Hash Left Join DS_DIST_ALL_NONE
        Hash Cond: ("outer".qty = "inner".catid)
        ->  XN Seq Scan on sales s
              Filter: (pricepaid > 10)
        ->  XN Hash
              ->  XN Seq Scan on category c""",
    ),
    "no condition": (
        "select 1 from sales, category",
        """
XN Nested Loop Join DS_BCAST_INNER
  ->  XN Seq Scan on sales
  ->  XN Seq Scan on category""",
    ),
    "window over a named query": (
        "with x as (select * from sales where qty > 1) select rank() over (partition by qty order by pricepaid) from x",
        """
XN Window
  Partition: qty
  Order: pricepaid
  ->  XN Subquery Scan x
        ->  XN Seq Scan on sales
              Filter: (qty > 1)""",
    ),
    "union": (
        "select eventid from sales union select eventid from event",
        """
XN Unique
  ->  XN Append
        ->  XN Subquery Scan "*SELECT* 1"
              ->  XN Seq Scan on sales
        ->  XN Subquery Scan "*SELECT* 2"
              ->  XN Seq Scan on event""",
    ),
    "IN is a join": (
        "select 1 from event where eventid in (select eventid from sales)",
        """
XN Hash IN Join DS_BCAST_INNER
  Hash Cond: ("outer".eventid = "inner".eventid)
  ->  XN Seq Scan on event
  ->  XN Hash
        ->  XN Seq Scan on sales""",
    ),
    "delete": (
        "delete from sales using event where sales.eventid = event.eventid and event.eventname = 'x'",
        """
XN Hash Join DS_DIST_NONE
  Hash Cond: ("outer".eventid = "inner".eventid)
  ->  XN Seq Scan on sales
  ->  XN Hash
        ->  XN Seq Scan on event
              Filter: (eventname = 'x')""",
    ),
    "update": ("update sales set qty = 1 where qty = 2", "\nXN Seq Scan on sales\n  Filter: (qty = 2)"),
    "insert": ("insert into sales select * from sales", "\nXN Seq Scan on sales"),
    "create table as": ("create table copy_of as select * from sales", "\nXN Seq Scan on sales"),
    "leader": ("select * from pg_tables", "\nSeq Scan on pg_tables"),
}


@pytest.mark.parametrize(("sql", "plan"), PLANS.values(), ids=PLANS.keys())
def test_plan_has_redshifts_form(tickit: Warehouse, sql: str, plan: str) -> None:
    lines = [str(line) for [line] in tickit.run(f"explain {sql}")]
    figures = re.compile(r"  \(cost=\d+\.\d\d\.\.\d+\.\d\d rows=\d+ width=\d+\)$")
    assert "\n".join(figures.sub("", line) for line in lines) == plan.strip("\n")
    assert figures.search(lines[0])


def test_explain_runs_nothing(tickit: Warehouse) -> None:
    tickit.run("explain delete from event")
    assert tickit.run("select count(*) from event") == [[2]]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("explain select nosuch from sales", 'column "nosuch" does not exist'),
        ("explain select 1 from nosuch", 'relation "nosuch" does not exist'),
        ("explain drop table sales", 'syntax error at or near "drop"'),
        ("explain create table plain (a int)", 'syntax error at or near "create"'),
        ("explain verbose select 1", "does not support EXPLAIN VERBOSE"),
    ],
)
def test_what_has_no_plan_says_so(tickit: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        tickit.run(sql)
