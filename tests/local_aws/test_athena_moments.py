"""`timestamp.formats` of the JSON SerDes, through Athena."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

HIVE, OPENX = "org.apache.hive.hcatalog.data.JsonSerDe", "org.openx.data.jsonserde.JsonSerDe"
ISO = "yyyy-MM-dd''T''HH:mm:ss.SSS''Z'',yyyy-MM-dd''T''HH:mm:ss"
CASES = [
    pytest.param(ISO, "2010-12-01T08:26:00.250Z", "2010-12-01 08:26:00.250", id="first format"),
    pytest.param(ISO, "2010-12-01T08:26:00", "2010-12-01 08:26:00.000", id="second format"),
    pytest.param(ISO, "2010-12-01 08:26:00", "2010-12-01 08:26:00.000", id="Hive's own form still"),
    pytest.param("yyyy-MM-dd''T''HH:mm:ssXXX", "2010-12-01T08:26:00+02:00", "2010-12-01 06:26:00.000", id="offset"),
    pytest.param("dd/MMM/yyyy hh:mm a", "01/Dec/2010 08:26 PM", "2010-12-01 20:26:00.000", id="month's name"),
    pytest.param("millis", "1291191960250", "2010-12-01 08:26:00.250", id="millis"),
]


@pytest.fixture
def table(athena: Athena, client: Callable[..., Any], bucket: str) -> Callable[[str, str, str], None]:
    def made(serde: str, properties: str, text: str) -> None:
        body = f'{{"at": "{text}", "s": {{"at": "{text}"}}}}\n'
        client("s3").put_object(Bucket=bucket, Key="moments/a.json", Body=body.encode())
        athena.execute(
            f"CREATE EXTERNAL TABLE moments (at timestamp, s struct<at:timestamp>) ROW FORMAT SERDE '{serde}'"
            f" WITH SERDEPROPERTIES ({properties}) LOCATION 's3://{bucket}/moments/'"
        )

    return made


@pytest.mark.parametrize("serde", [HIVE, OPENX], ids=["hive", "openx"])
@pytest.mark.parametrize(("formats", "text", "moment"), CASES)
def test_moment_is_read_by_the_first_format_that_fits(
    athena: Athena, table: Callable[[str, str, str], None], serde: str, formats: str, text: str, moment: str
) -> None:
    table(serde, f"'timestamp.formats' = '{formats}'", text)
    assert athena.rows("SELECT at, s.at FROM moments") == [(moment, moment)]


@pytest.mark.parametrize(
    ("serde", "properties", "reason"),
    [
        pytest.param(
            HIVE, "'timestamp.formats' = 'yyyy G'", "local_aws does not support G in timestamp.formats", id="letter"
        ),
        pytest.param(OPENX, "'strip.outer.array' = 'true'", "the JSON SerDe property strip.outer.array", id="array"),
    ],
)
def test_property_that_is_not_known_is_refused(
    athena: Athena, table: Callable[[str, str, str], None], serde: str, properties: str, reason: str
) -> None:
    table(serde, properties, "x")
    assert reason in athena.reason("SELECT at FROM moments")
    assert athena.reason("SELECT at FROM moments").startswith("NOT_SUPPORTED")
