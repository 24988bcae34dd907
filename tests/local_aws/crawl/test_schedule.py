"""When AWS's cron expressions are due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local_aws.crawl.schedule import parse
from local_aws.errors import AwsError


@pytest.mark.parametrize(
    ("text", "now", "due"),
    [
        ("cron(15 12 * * ? *)", "2010-12-01T12:14:59", "2010-12-01T12:15"),
        ("cron(15 12 * * ? *)", "2010-12-01T12:15", "2010-12-02T12:15"),
        ("cron(0/15 8-9 ? * MON-FRI *)", "2010-12-03T09:45", "2010-12-06T08:00"),
        ("cron(0 0 1 * ? *)", "2010-12-31T23:59", "2011-01-01T00:00"),
        ("cron(0 0 L * ? *)", "2012-02-01T00:00", "2012-02-29T00:00"),
        ("cron(0 0 1W * ? *)", "2010-12-31T00:00", "2011-01-03T00:00"),
        ("cron(0 0 ? * 6L *)", "2010-12-01T00:00", "2010-12-31T00:00"),
        ("cron(0 0 ? * 2#1 *)", "2010-12-07T00:00", "2011-01-03T00:00"),
        ("cron(0 0 29 FEB ? *)", "2009-01-01T00:00", "2012-02-29T00:00"),
        ("cron(0 0 * * ? 2009)", "2010-01-01T00:00", None),
    ],
)
def test_next_instant_after_now(text: str, now: str, due: str | None) -> None:
    found = parse(text).after(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12 * * * *",
        "rate(5 minutes)",
        "cron(0 12 * * *)",
        "cron(60 0 * * ? *)",
        "cron(0 0 ? * ? *)",
        "cron(0 0 1 * 2 *)",
    ],
)
def test_what_is_no_schedule_is_invalid_input(text: str) -> None:
    with pytest.raises(AwsError, match="InvalidInputException"):
        parse(text)
