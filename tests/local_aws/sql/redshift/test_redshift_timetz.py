"""TIMETZ: kept and shown in UTC. https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module")
def times(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table tz (t timetz, u time, p time with time zone default '10:00-02')")
    warehouse.run(
        "insert into tz (t, u) values ('13:24:55+00', '13:24:55'), ('04:05:06.789-08', '04:05:06.789'), (null, null)"
    )
    return warehouse


CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "printed in UTC": (
        "select t, u, p from tz where t is not null order by u",
        [["12:05:06.789+00", "04:05:06.789", "12:00:00+00"], ["13:24:55+00", "13:24:55", "12:00:00+00"]],
    ),
    "as a text, as a time": ("select t::varchar, t::time from tz where u = '13:24:55'", [["13:24:55+00", "13:24:55"]]),
    "literals": (
        "select timetz '20:13:14.123456', '4:05 PM +02'::timetz, '10:00'::timetz",
        [["20:13:14.123456+00", "14:05:00+00", "10:00:00+00"]],
    ),
    "of a timestamp": ("select '2020-01-01 10:00:00+02'::timestamptz::timetz", [["08:00:00+00"]]),
    "added to": ("select dateadd(hour, 20, t) from tz where u = '13:24:55'", [["09:24:55+00"]]),
    "subtracted": ("select datediff(hour, timetz '10:00+00', timetz '12:00-01')", [[3]]),
    "parts": ("select extract(hour from t), date_part(minute, t) from tz where u = '13:24:55'", [[13, 24.0]]),
    "compared": ("select t from tz where t = '15:24:55+02' or t < timetz '00:01'", [["13:24:55+00"]]),
    "extremes": ("select max(t), min(t) from tz", [["13:24:55+00", "12:05:06.789+00"]]),
    "union": (
        "select t from tz where u is not null union all select timetz '01:00' order by 1",
        [["01:00:00+00"], ["12:05:06.789+00"], ["13:24:55+00"]],
    ),
    "catalog": (
        "select data_type from information_schema.columns where table_name = 'tz' order by ordinal_position",
        [["time with time zone"], ["time without time zone"], ["time with time zone"]],
    ),
}


@pytest.mark.parametrize(("sql", "expected"), CASES.values(), ids=CASES.keys())
def test_time_has_its_zone(times: Warehouse, sql: str, expected: list[list[Any]]) -> None:
    assert times.run(sql) == expected


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select 'x'::timetz", 'invalid input syntax for type time with time zone: "x"'),
        ("copy tz from 's3://b/x' iam_role default csv", "S3ServiceException|does not support COPY into columns"),
    ],
)
def test_what_is_no_time_is_refused(times: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        times.run(sql)


def test_default_is_read_as_its_columns_type(warehouse: Warehouse) -> None:
    warehouse.run("create table since (a int, d date default 'Jan 5, 2008', n numeric(5,2) default '1.5')")
    warehouse.run("insert into since (a) values (1)")
    assert warehouse.run("select d, n from since") == [["2008-01-05", "1.50"]]
