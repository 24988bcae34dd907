"""Timestamps with time zone: held as instants, shown and computed with in their own zone.

Evidence: https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena

SHORT_DAY = "timestamp '2020-03-28 12:00:00 Europe/Berlin', timestamp '2020-03-29 12:00:00 Europe/Berlin'"
SUMMER = "timestamp '2020-07-01 12:30:00 Europe/Berlin'"
CASES = [
    (SUMMER, "2020-07-01 12:30:00.000 Europe/Berlin"),
    (
        "timestamp '2012-10-31 01:00:00 UTC' AT TIME ZONE 'America/Los_Angeles'",
        "2012-10-30 18:00:00.000 America/Los_Angeles",
    ),
    ("timestamp '2012-10-31 01:00' AT TIME ZONE '-02:30'", "2012-10-30 22:30:00.000 -02:30"),
    ("timestamp '2012-10-31 01:00:00 +05:30'", "2012-10-31 01:00:00.000 +05:30"),
    ("timestamp '2012-10-31 01:00:00 Z'", "2012-10-31 01:00:00.000 UTC"),
    ("with_timezone(timestamp '2020-12-01 10:00:00', 'europe/berlin')", "2020-12-01 10:00:00.000 Europe/Berlin"),
    ("with_timezone(timestamp '2020-12-01 10:00:00', '+00:00')", "2020-12-01 10:00:00.000 UTC"),
    ("at_timezone(with_timezone(timestamp '2020-12-01 10:00:00', '+02:00'), 'UTC')", "2020-12-01 08:00:00.000 UTC"),
    ("from_unixtime(1e9, 'Asia/Tokyo')", "2001-09-09 10:46:40.000 Asia/Tokyo"),
    ("from_unixtime(1000000000, 5, 30)", "2001-09-09 07:16:40.000 +05:30"),
    ("current_timezone()", "UTC"),
    (f"timezone_hour({SUMMER})", "2"),
    ("timezone_hour(timestamp '2012-10-31 01:00:00 -02:30')", "-2"),
    ("timezone_minute(timestamp '2012-10-31 01:00:00 -02:30')", "-30"),
    (f"to_iso8601({SUMMER})", "2020-07-01T12:30:00.000+02:00"),
    ("to_iso8601(timestamp '2020-07-01 12:30:00 UTC')", "2020-07-01T12:30:00.000Z"),
    ("from_iso8601_timestamp('2020-05-11T11:15:05+02:00')", "2020-05-11 11:15:05.000 +02:00"),
    ("from_iso8601_timestamp('2020-05-11T11:15:05.055Z')", "2020-05-11 11:15:05.055 UTC"),
    (f"cast({SUMMER} as timestamp)", "2020-07-01 12:30:00.000"),
    (f"cast({SUMMER} as varchar)", "2020-07-01 12:30:00.000 Europe/Berlin"),
    ("cast(timestamp '2020-07-01 00:30:00 Europe/Berlin' as date)", "2020-07-01"),
    ("cast(at_timezone(timestamp '2020-07-01 23:30:00 UTC', 'Europe/Berlin') as date)", "2020-07-02"),
    ("cast('2020-07-01 10:00:00 Asia/Tokyo' as timestamp with time zone)", "2020-07-01 10:00:00.000 Asia/Tokyo"),
    (f"hour({SUMMER})", "12"),
    ("extract(day from at_timezone(timestamp '2020-07-01 23:30:00 UTC', 'Europe/Berlin'))", "2"),
    (f"to_unixtime({SUMMER})", "1.5935994E9"),
    (f"{SUMMER} = timestamp '2020-07-01 10:30:00 UTC'", "true"),
    (f"{SUMMER} < timestamp '2020-07-01 13:00:00 Asia/Tokyo'", "false"),
    (f"date_trunc('day', {SUMMER})", "2020-07-01 00:00:00.000 Europe/Berlin"),
    ("date_trunc('hour', timestamp '2020-07-01 12:30:00 +05:30')", "2020-07-01 12:00:00.000 +05:30"),
    ("date_add('day', 1, timestamp '2020-03-28 12:00:00 Europe/Berlin')", "2020-03-29 12:00:00.000 Europe/Berlin"),
    ("date_add('hour', 24, timestamp '2020-03-28 12:00:00 Europe/Berlin')", "2020-03-29 13:00:00.000 Europe/Berlin"),
    ("timestamp '2020-03-28 12:00:00 Europe/Berlin' + interval '1' day", "2020-03-29 13:00:00.000 Europe/Berlin"),
    ("timestamp '2020-03-01 12:00:00 Europe/Berlin' + interval '1' month", "2020-04-01 12:00:00.000 Europe/Berlin"),
    ("interval '1' month + timestamp '2020-03-01 12:00:00 Europe/Berlin'", "2020-04-01 12:00:00.000 Europe/Berlin"),
    (
        f"date_diff('day', {SHORT_DAY})",
        "1",
    ),
    (
        f"date_diff('hour', {SHORT_DAY})",
        "23",
    ),
    # a clock that shows the time twice means the first, one that skips it the time as much later
    ("with_timezone(timestamp '2020-10-25 02:30:00', 'Europe/Berlin') = timestamp '2020-10-25 00:30:00 UTC'", "true"),
    ("with_timezone(timestamp '2020-03-29 02:30:00', 'Europe/Berlin')", "2020-03-29 03:30:00.000 Europe/Berlin"),
    (f"format_datetime({SUMMER}, 'yyyy-MM-dd HH:mm')", "2020-07-01 12:30"),
    (f"date_format({SUMMER}, '%H')", "12"),
    (f"array[{SUMMER}]", "[2020-07-01 12:30:00.000 Europe/Berlin]"),
    (f"max(x) from (values {SUMMER}) t(x)", "2020-07-01 12:30:00.000 Europe/Berlin"),
    (f"count(*) from (values {SUMMER}, timestamp '2020-07-01 10:30:00 UTC') t(x) group by x", "2"),
]


@pytest.mark.parametrize(("expression", "printed"), CASES, ids=[case[0] for case in CASES])
def test_moment_is_shown_in_its_zone(shared_athena: Athena, expression: str, printed: str) -> None:
    assert shared_athena.value(expression) == printed


REASONS = [
    ("at_timezone(now(), 'Mars/Olympus')", "INVALID_FUNCTION_ARGUMENT: line 1:8: 'Mars/Olympus' is not a valid time"),
    (
        "max(at_timezone(now(), x)) FROM (VALUES 'UTC') t(x)",
        "NOT_SUPPORTED: line 1:12: local_aws does not support a time zone",
    ),
    (f"x FROM (VALUES {SUMMER}, now()) t(x)", "NOT_SUPPORTED: local_aws does not support values of several time zones"),
    (f"hour(if(true, {SUMMER}, now()))", "NOT_SUPPORTED: local_aws does not support values of several time zones"),
]


@pytest.mark.parametrize(("expression", "reason"), REASONS, ids=[case[0] for case in REASONS])
def test_zone_that_is_not_known_beforehand_is_refused(shared_athena: Athena, expression: str, reason: str) -> None:
    assert shared_athena.reason(f"SELECT {expression}").startswith(reason)


def test_view_keeps_the_zone_of_its_columns(athena: Athena) -> None:
    athena.execute(f"CREATE VIEW moments AS SELECT {SUMMER} AS t")
    assert athena.rows("SELECT t, hour(t) FROM moments") == [("2020-07-01 12:30:00.000 Europe/Berlin", "12")]


ISO = "from_iso8601_timestamp(x) FROM (VALUES '2020-01-31T01:00:00+02:00') AS t(x)"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"SELECT {ISO}", ["2020-01-31 01:00:00.000 +02:00"]),
        (f"SELECT to_unixtime({ISO.replace(' FROM', ') FROM')}", ["1.5804252E9"]),
        (f"SELECT hour({ISO.replace(' FROM', ') FROM')}", ["1"]),
        (f"SELECT CAST({ISO.replace(' FROM', ' AS date) FROM')}", ["2020-01-31"]),
        (f"SELECT CAST({ISO.replace(' FROM', ' AS varchar) FROM')}", ["2020-01-31 01:00:00.000 +02:00"]),
        (f"SELECT to_iso8601({ISO.replace(' FROM', ') FROM')}", ["2020-01-31T01:00:00.000+02:00"]),
        (f"SELECT date_add('month', 1, {ISO.replace(' FROM', ') FROM')}", ["2020-02-29 01:00:00.000 +02:00"]),
        (f"SELECT date_trunc('day', {ISO.replace(' FROM', ') FROM')}", ["2020-01-31 00:00:00.000 +02:00"]),
        (
            "SELECT from_iso8601_timestamp(x) AT TIME ZONE 'UTC' FROM (VALUES '2020-01-01T10+02', '2020-01-01') t(x)",
            ["2020-01-01 08:00:00.000 UTC", "2020-01-01 00:00:00.000 UTC"],
        ),
        (
            "SELECT TIMESTAMP '2020-07-01 10:00:00 UTC' AT TIME ZONE z"
            " FROM (VALUES 'europe/berlin', '+5:30', NULL) AS t(z)",
            ["2020-07-01 12:00:00.000 Europe/Berlin", "2020-07-01 15:30:00.000 +05:30", None],
        ),
        (
            "SELECT with_timezone(TIMESTAMP '2020-07-01 10:00:00', z) FROM (VALUES 'Europe/Berlin') AS t(z)",
            ["2020-07-01 10:00:00.000 Europe/Berlin"],
        ),
        (
            "SELECT parse_datetime(x, 'yyyy-MM-dd HH:mm Z') FROM (VALUES '2020-01-01 10:00 +0200') AS t(x)",
            ["2020-01-01 10:00:00.000 +02:00"],
        ),
        (
            "SELECT x FROM (VALUES '2020-01-01T10:00:00+02:00', '2020-01-01T09:00:00Z') AS t(x)"
            " WHERE from_iso8601_timestamp(x) < TIMESTAMP '2020-01-01 08:30:00 UTC'",
            ["2020-01-01T10:00:00+02:00"],
        ),
        (
            "WITH q AS (SELECT from_iso8601_timestamp(x) AS ts FROM (VALUES '2020-01-01T10:00:00Z') AS t(x))"
            " SELECT date_trunc('day', max(ts)) FROM q",
            ["2020-01-01 00:00:00.000 UTC"],
        ),
        (
            "SELECT coalesce(from_iso8601_timestamp(x), now()) FROM (VALUES '2020-01-01T10:00:00Z') AS t(x)",
            ["2020-01-01 10:00:00.000 UTC"],
        ),
    ],
)
def test_zone_of_a_row_lives_within_its_select(shared_athena: Athena, query: str, rows: list[str | None]) -> None:
    assert [value for (value,) in shared_athena.rows(query)] == rows


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (f"SELECT * FROM (SELECT {ISO})", "NOT_SUPPORTED: local_aws does not support time zones other than UTC"),
        (f"SELECT max({ISO.replace(' FROM', ') FROM')}", "NOT_SUPPORTED"),
        (f"SELECT ARRAY[{ISO.replace(' FROM', '] FROM')}", "NOT_SUPPORTED"),
        (f"SELECT coalesce({ISO.replace(' FROM', ', now()) FROM')}", "NOT_SUPPORTED"),
        (
            "SELECT now() AT TIME ZONE z FROM (VALUES 'Mars/Base') AS t(z)",
            "INVALID_FUNCTION_ARGUMENT: 'Mars/Base' is not a valid time zone",
        ),
        (
            "SELECT CAST(x AS timestamp with time zone) FROM (VALUES '2020-01-01 10:00 Europe/Berlin') AS t(x)",
            "NOT_SUPPORTED",
        ),
    ],
)
def test_zone_of_a_row_is_refused_beyond_it(shared_athena: Athena, query: str, reason: str) -> None:
    assert shared_athena.reason(query).startswith(reason)
