"""Which objects a query reads: conditions reach the scans below views, WITH, subqueries; and only where they may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

YEARS = {"2009": ["1", "2"], "2010": ["3"], "2011": ["4", "5", "6"]}
CASES = [
    # what reaches the scan
    ("SELECT n FROM t WHERE y = '2010'", ["3"], ["2010"]),
    ("SELECT n FROM v WHERE y = '2010'", ["3"], ["2010"]),
    ("SELECT n FROM v WHERE y IN ('2010') AND concat(y, '-', m) >= '2010-01'", ["3"], ["2010"]),
    ("SELECT n FROM v WHERE stamp >= DATE '2011-01-01'", ["4", "5", "6"], ["2011"]),
    ("WITH q AS (SELECT n, y AS year FROM t) SELECT n FROM q WHERE year = '2010'", ["3"], ["2010"]),
    ("WITH q(a, b) AS (SELECT n, y FROM t), p AS (SELECT * FROM q) SELECT a FROM p WHERE b = '2010'", ["3"], ["2010"]),
    ("SELECT n FROM (SELECT * FROM (SELECT DISTINCT n, y FROM v)) WHERE y = '2010'", ["3"], ["2010"]),
    ("SELECT n FROM (SELECT n, y FROM t UNION ALL SELECT n, y FROM t) WHERE y = '2010'", ["3", "3"], ["2010"] * 2),
    ("SELECT count(*) FROM (SELECT y, count(*) FROM t GROUP BY y) WHERE y = '2011'", ["1"], ["2011"]),
    ("SELECT n FROM (SELECT n, y, rank() OVER (PARTITION BY y ORDER BY n) r FROM t) WHERE y = '2011' AND r = 1",
     ["4"], ["2011"]),
    ("SELECT n FROM t WHERE (y = '2009' AND n = '1') OR (y = '2010' AND n = '3')", ["1", "3"], ["2009", "2010"]),
    ("SELECT a.n FROM (SELECT n FROM t WHERE y = '2010') a JOIN v b ON a.n = b.n AND b.y = '2010'",
     ["3"], ["2010"] * 2),
    ("SELECT a.n FROM v a LEFT JOIN t b ON a.n = b.n AND b.y = '2010' WHERE a.y = '2009'",
     ["1", "2"], ["2009", "2010"]),
    ("SELECT n FROM t WHERE y IN (SELECT y FROM v WHERE y = '2010' AND n > '0')", ["3"], ["2010"] * 2),
    ("SELECT n FROM v WHERE y IN (SELECT y FROM t WHERE y = '2010' AND n = 'none')", [], ["2010"]),
    ("SELECT count(*) FROM t WHERE y IN (SELECT y FROM t ORDER BY random() LIMIT 1) HAVING count(*) = 0",
     [], None),
    # one WITH, several uses: what any of them wants is read
    ("WITH q AS (SELECT n, y FROM t) SELECT n FROM q WHERE y = '2009' UNION ALL SELECT n FROM q WHERE y = '2010'",
     ["1", "2", "3"], ["2009", "2010"]),
    ("WITH q AS (SELECT n, y FROM t) SELECT n FROM q WHERE y = '2009' AND n = (SELECT min(n) FROM q)",
     ["1"], ["2009", "2010", "2011"]),
    ("WITH q AS (SELECT y, m FROM t) SELECT count(*) FROM (SELECT y x FROM q UNION ALL SELECT m FROM q) WHERE x = '01'",
     ["6"], ["2009", "2010", "2011"]),
    # what must not pass
    ("SELECT n FROM (SELECT n, y FROM t ORDER BY n LIMIT 1) WHERE y = '2010'", [], ["2009", "2010", "2011"]),
    ("SELECT n FROM ((SELECT n, y FROM t UNION ALL SELECT n, y FROM t) ORDER BY n OFFSET 4) WHERE y = '2010'",
     ["3", "3"], ["2009", "2010", "2011"] * 2),
    ("SELECT r FROM (SELECT y, rank() OVER (ORDER BY n) r FROM t) WHERE y = '2010'", ["3"], ["2009", "2010", "2011"]),
    ("SELECT s FROM (SELECT y, count(*) OVER () s FROM t) WHERE y = '2010'", ["6"], ["2009", "2010", "2011"]),
    ("SELECT s FROM (SELECT max(y) y, count(*) s FROM t) WHERE y = '2011'", ["6"], ["2009", "2010", "2011"]),
    ("SELECT s FROM (SELECT m, max(y) y, count(*) s FROM t GROUP BY m) WHERE y = '2011'",
     ["6"], ["2009", "2010", "2011"]),
    ("SELECT s FROM (SELECT y, count(*) s FROM t GROUP BY ROLLUP (y)) WHERE y IS NULL OR y = '2010' ORDER BY 1",
     ["1", "6"], ["2009", "2010", "2011"]),
    ("SELECT a.n FROM t a LEFT JOIN t b ON a.n = b.n AND a.y = '2010' WHERE b.y IS NULL ORDER BY 1",
     ["1", "2", "4", "5", "6"], ["2009", "2010", "2011"] * 2),
    ("SELECT a.n FROM t a LEFT JOIN v b ON a.n = b.n AND b.n = '1' WHERE b.y IS NULL AND a.y = '2010'",
     ["3"], ["2009", "2010", "2010", "2011"]),
    ("SELECT b.n FROM t a FULL JOIN v b ON a.n = b.n AND b.y = '2010' WHERE a.y IS NULL OR a.y = '2010' ORDER BY 1",
     ["1", "2", "3", "4", "5", "6"], ["2009", "2010", "2011"] * 2),
    ("SELECT n FROM t WHERE y NOT IN (SELECT y FROM t WHERE y = '2010') ORDER BY 1",
     ["1", "2", "4", "5", "6"], ["2009", "2010", "2011", "2010"]),
    ("SELECT y FROM (SELECT y FROM t EXCEPT SELECT y FROM t WHERE n > '2') WHERE y < '2010'",
     ["2009"], ["2009", "2010", "2011"] * 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(shared_athena: Athena, local_aws: Any) -> tuple[Athena, dict[str, int]]:
    """A projected text table `t` over three years, a view `v` over it; and the size of each year's object."""
    lake = local_aws.app.account("199999999999", "us-east-1").lake
    sizes = {}
    for year, lines in YEARS.items():
        body = "".join(f"{line},{'x' * 10 ** (int(year) - 2009)}\n" for line in lines).encode()
        sizes[year] = lake.objects.put("shared-athena", f"years/y={year}/m=01/{year}", body).size
    shared_athena.execute(
        """CREATE EXTERNAL TABLE IF NOT EXISTS t (n string) PARTITIONED BY (y string, m string)
        ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://shared-athena/years/' TBLPROPERTIES (
        'projection.enabled' = 'true', 'projection.y.type' = 'integer', 'projection.y.range' = '2000,2100',
        'projection.m.type' = 'integer', 'projection.m.range' = '1,12', 'projection.m.digits' = '2')"""
    )
    shared_athena.execute(
        """CREATE OR REPLACE VIEW v AS WITH a AS (SELECT n, y, m FROM t), b AS (SELECT *, n || y AS label FROM a)
        SELECT n, label, y, m, cast(y || '-' || m || '-01' AS date) AS stamp FROM b"""
    )
    return shared_athena, sizes


@pytest.mark.parametrize(("sql", "expected", "read"), CASES, ids=[case[0][:90] for case in CASES])
def test_only_what_the_conditions_leave_is_read(
    shop: tuple[Athena, dict[str, int]], sql: str, expected: list[str], read: list[str] | None
) -> None:
    athena, sizes = shop
    assert sorted(row[0] or "" for row in athena.rows(sql)) == expected
    if read is not None:
        assert athena.execute(sql)["Statistics"]["DataScannedInBytes"] == sum(sizes[year] for year in read)


def test_days_of_a_subquery_prune_an_iceberg_table(athena: Athena, bucket: str) -> None:
    athena.execute(
        f"""CREATE TABLE days (id bigint, day date) PARTITIONED BY (day) LOCATION 's3://{bucket}/days/'
        TBLPROPERTIES ('table_type' = 'ICEBERG')"""
    )
    athena.execute("INSERT INTO days SELECT n, date_add('day', n, DATE '2010-12-01') FROM UNNEST(sequence(0, 9)) t(n)")
    whole = athena.execute("SELECT id, day FROM days")["Statistics"]["DataScannedInBytes"]
    wanted = "(SELECT day FROM (VALUES (DATE '2010-12-03'), (NULL)) v(day))"
    found = athena.execute(f"SELECT id, day FROM days WHERE day IN {wanted}")
    assert found["Statistics"]["DataScannedInBytes"] * 10 == whole
    assert athena.rows(f"SELECT id FROM days WHERE day IN {wanted}") == [("2",)]
    none = athena.execute("SELECT id FROM days WHERE day IN (SELECT day FROM (VALUES DATE '2011-01-01') v(day))")
    assert none["Statistics"]["DataScannedInBytes"] == 0
    assert athena.rows(f"SELECT count(*) FROM days WHERE id = 0 OR day IN {wanted}") == [("2",)]


def test_partitions_that_projection_says_are_out_are_not_listed(
    shop: tuple[Athena, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from local_aws.objects import ObjectStore

    looked_at: list[str] = []
    head = ObjectStore.head

    def noticed(self: ObjectStore, bucket: str, key: str) -> Any:
        looked_at.append(key)
        return head(self, bucket, key)

    monkeypatch.setattr(ObjectStore, "head", noticed)
    shop[0].execute("SELECT n FROM v WHERE y = '2010' AND m = '01'")
    assert [key for key in looked_at if key.startswith("years/")] == ["years/y=2010/m=01/2010"]
