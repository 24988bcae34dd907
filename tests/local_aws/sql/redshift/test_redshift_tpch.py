"""The queries of TPC-H, over tables of a row or none: each is understood, and its result has the shape it should.

https://www.tpc.org/tpch/
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local_aws.redshift_client import Warehouse, warehouse

__all__ = ["warehouse"]

TEXT = Path(__file__).with_name("tpch.sql").read_text()
TABLES, *QUERIES = TEXT.split("-- Q")
ROWS = [
    "insert into region values (1, 'EUROPE', ''), (2, 'ASIA', ''), (3, 'AMERICA', '')",
    "insert into nation values (1, 'FRANCE', 1, ''), (2, 'GERMANY', 1, ''), (3, 'BRAZIL', 3, '')",
    "insert into supplier values (1, 'S1', 'a', 1, '13-1', 10, ''), (2, 'S2', 'b', 2, '13-2', 20, '')",
    "insert into customer values (1, 'C1', 'a', 2, '13-555', 100, 'BUILDING', '')",
    "insert into customer values (2, 'C2', 'b', 1, '31-5', 200, 'X', '')",
    "insert into part values (1, 'forest green', 'M', 'Brand#12', 'PROMO BRASS', 15, 'SM CASE', 9, '')",
    "insert into part values (2, 'small', 'M', 'Brand#12', 'SMALL', 3, 'SM CASE', 9, '')",
    "insert into partsupp values (1, 1, 10, 2.5, ''), (1, 2, 5, 3, ''), (2, 1, 1, 1, '')",
    "insert into orders values (1, 1, 'F', 400, '1995-03-01', '1-URGENT', 'c', 0, '')",
    "insert into orders values (2, 1, 'O', 5, '1999-01-01', '2', '', 0, '')",
    "insert into lineitem values (1, 1, 1, 1, 5, 100, 0.06, 0.1, 'R', 'F', '1995-09-03', '1995-09-01', '1995-09-05',"
    " 'DELIVER IN PERSON', 'AIR', '')",
    "insert into lineitem values (2, 2, 1, 1, 5, 100, 0.06, 0.1, 'N', 'O', '1999-09-03', '1999-09-05', '1999-09-04',"
    " 'DELIVER IN PERSON', 'AIR', '')",
]
EXPECTED = {
    "1": [["R", "F", "5.00", "100.00", "94.0000", "103.400000", "5.00", "100.00", "0.06", 1]],
    "2": [["10.00", "S1", "FRANCE", 1, "M", "a", "13-1", ""]],
    "3": [[1, "94.0000", "1995-03-01", 0]],
    "7": [["FRANCE", "GERMANY", 1995, "94.0000"]],
    "9": [["FRANCE", 1995, "81.5000"]],
    "11": [[1, "15.00"]],
    "13": [[2, 1], [0, 1]],
    "16": [["Brand#12", "SMALL", 3, 1]],
    "19": [["94.0000"]],
    "22": [["31", 1, "200.00"]],
}


@pytest.fixture(scope="module", autouse=True)
def tables(warehouse: Warehouse) -> None:
    statements = [each.strip() for each in TABLES.split(";") if "create table" in each]
    assert warehouse.batch([*statements, *ROWS])["Status"] == "FINISHED"


@pytest.mark.parametrize("text", QUERIES, ids=[f"Q{each.split(maxsplit=1)[0]}" for each in QUERIES])
def test_query_of_tpch_runs(warehouse: Warehouse, text: str) -> None:
    number, _, sql = text.partition("\n")
    found = warehouse.run(sql.strip())
    assert found == EXPECTED.get(number, found)


@pytest.mark.parametrize("text", QUERIES, ids=[f"Q{each.split(maxsplit=1)[0]}" for each in QUERIES])
def test_query_of_tpch_is_explained(warehouse: Warehouse, text: str) -> None:
    _, _, sql = text.partition("\n")
    lines = [str(line) for [line] in warehouse.run(f"explain {sql.strip()}")]
    assert lines[0].startswith("XN ")
    assert any("XN Seq Scan on " in line for line in lines)
