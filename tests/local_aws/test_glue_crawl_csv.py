"""Crawls of delimited text, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.glue_helpers import Crawls, columns

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
PLAIN = (
    "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
    "536381,22139,RETROSPOT TEA SET CERAMIC 11 PC ,23,2010-12-01 09:41:00,4.25,,United Kingdom\n"
)
QUOTED = (
    '536370,22728,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",24,2010-12-01 08:45:00,3.75,12583.0,France\n'
    "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom\n"
)
NAMES = ["invoiceno", "stockcode", "description", "quantity", "invoicedate", "unitprice", "customerid", "country"]


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def serde(described: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = described["StorageDescriptor"]["SerdeInfo"]
    return found


def test_plain_csv_has_header_names_and_inferred_types(crawls: Crawls) -> None:
    crawls.put("raw/2010-12-01.csv", HEADER + PLAIN)
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    types = ["bigint", "string", "string", "bigint", "string", "double", "double", "string"]
    assert columns(table) == dict(zip(NAMES, types, strict=True))
    assert serde(table) == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ","},
    }
    assert table["Parameters"]["skip.header.line.count"] == "1"
    assert table["Parameters"]["recordCount"] == "2"
    assert table["PartitionKeys"] == []


def test_quoted_comma_makes_a_table_that_reads_quotes(crawls: Crawls) -> None:
    crawls.put("raw/day=1/orders.csv", HEADER + PLAIN)
    crawls.put("raw/day=2/orders.csv", HEADER + QUOTED)
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == dict.fromkeys(NAMES, "string")
    for each in (table, *crawls.partitions("raw").values()):
        assert serde(each) == {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"quoteChar": '"', "separatorChar": ","},
        }
        assert columns(each) == columns(table)
        assert each["Parameters"]["areColumnsQuoted"] == "true"
        assert each["Parameters"]["skip.header.line.count"] == "1"


def test_quote_far_behind_the_sample_is_found(crawls: Crawls) -> None:
    crawls.put("raw/big.csv", HEADER + PLAIN * 7000 + QUOTED)
    crawls.create()
    crawls.run()
    assert serde(crawls.tables()["raw"])["SerializationLibrary"].endswith("OpenCSVSerde")


def test_lazy_simple_serde_is_taken_when_a_classifier_says_so(crawls: Crawls) -> None:
    crawls.put("raw/orders.csv", HEADER + QUOTED)
    crawls.glue.create_classifier(CsvClassifier={"Name": "plain", "Serde": "LazySimpleSerDe"})
    crawls.create(Classifiers=["plain"])
    crawls.run()
    table = crawls.tables()["raw"]
    assert serde(table)["SerializationLibrary"].endswith("LazySimpleSerDe")
    assert columns(table)["quantity"] == "bigint"


def test_custom_classifier_gives_names_types_quote_and_delimiter(crawls: Crawls) -> None:
    crawls.put("raw/orders.csv", "1;'a;b';2.5\n2;'c';3.5\n")
    crawls.glue.create_classifier(
        CsvClassifier={
            "Name": "semicolons",
            "Delimiter": ";",
            "QuoteSymbol": "'",
            "ContainsHeader": "ABSENT",
            "Header": ["Id", "Label", "Price"],
            "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["LONG", "STRING", "FLOAT"],
            "Serde": "LazySimpleSerDe",
        }
    )
    crawls.create(Classifiers=["semicolons"])
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == {"id": "bigint", "label": "string", "price": "float"}
    assert table["Parameters"]["delimiter"] == ";"
    assert "skip.header.line.count" not in table["Parameters"]


@pytest.mark.parametrize(
    ("body", "delimiter", "expected"),
    [
        pytest.param("1,a,2.5\n2,b,3\n", ",", {"col0": "bigint", "col1": "string", "col2": "double"}, id="no header"),
        pytest.param("id|name\n1|a\n2|b\n", "|", {"id": "bigint", "name": "string"}, id="pipe"),
        pytest.param("id\tname\n1\ta, b\n2\tb\n", "\t", {"id": "bigint", "name": "string"}, id="tab"),
        pytest.param("id;price\n1;2,5\n2;3,5\n", ";", {"id": "bigint", "price": "string"}, id="semicolon"),
        pytest.param("id\x01ok\n1\x01true\n2\x01false\n", "\x01", {"id": "bigint", "ok": "boolean"}, id="ctrl-a"),
        pytest.param("a,b\nc,d\n", ",", {"col0": "string", "col1": "string"}, id="all text: no header is seen"),
        pytest.param("Full Name,n\na,1\nb,2\n", ",", {"full name": "string", "n": "bigint"}, id="space in a name"),
        pytest.param("id,n\n1,1\n2,1.5\n3,\n", ",", {"id": "bigint", "n": "double"}, id="numbers widen, empty is any"),
        pytest.param("id,n\n1,99999999999999999999\n", ",", {"id": "bigint", "n": "double"}, id="beyond 64 bits"),
        pytest.param(b"id,name\r\n1,Caf\xe9\r\n2,b\r\n", ",", {"id": "bigint", "name": "string"}, id="Latin-1, CRLF"),
        pytest.param("n,n,\n1,2,3\n", ",", {"n": "bigint", "n_1": "bigint", "col2": "bigint"}, id="odd names"),
        pytest.param("\ufeffid,n\n1,2\n", ",", {"id": "bigint", "n": "bigint"}, id="byte order mark"),
    ],
)
def test_delimited_text(crawls: Crawls, body: str | bytes, delimiter: str, expected: dict[str, str]) -> None:
    crawls.put("raw/file.txt", body)
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == expected
    assert table["Parameters"]["delimiter"] == delimiter
    assert serde(table)["Parameters"] == {"field.delim": delimiter}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("1, 2, 3, 4\n", id="one row"),
        pytest.param("one\ntwo\n", id="one column"),
        pytest.param("", id="empty"),
        pytest.param("Dear all,\nthe stock of tea, coffee, and sugar is low\n\nRegards\n", id="a letter"),
        pytest.param(b"\x89PNG\x00\x00,\n,\n", id="binary"),
        pytest.param(b"\x1f\x8bnot gzip at all", id="damaged gzip"),
    ],
)
def test_what_no_classifier_recognises_makes_no_table(crawls: Crawls, body: str | bytes) -> None:
    crawls.put("raw/file", body)
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    assert crawls.tables() == {}


def test_file_of_text_alone_takes_the_header_of_its_siblings(crawls: Crawls) -> None:
    crawls.put("raw/day=1/a.csv", "id,note\n1,x\n2,y\n")
    crawls.put("raw/day=2/a.csv", "id,note\nC3,z\nC4,z\n")
    crawls.create()
    crawls.run()
    assert columns(crawls.tables()["raw"]) == {"id": "string", "note": "string"}
    assert crawls.partitions("raw")["2"]["Parameters"]["skip.header.line.count"] == "1"


def test_quotes_that_come_later_update_the_table(crawls: Crawls) -> None:
    crawls.put("raw/day=1/orders.csv", HEADER + PLAIN)
    crawls.create()
    crawls.run()
    crawls.put("raw/day=2/orders.csv", HEADER + QUOTED)
    assert crawls.run()["changes"] == {"UPDATE TABLE": 1, "ADD PARTITION": 1, "UPDATE PARTITION": 1}
    for each in (crawls.tables()["raw"], *crawls.partitions("raw").values()):
        assert serde(each)["SerializationLibrary"].endswith("OpenCSVSerde")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}, id="merged"),
        pytest.param({"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}, id="inherited"),
    ],
)
def test_quotes_that_come_later_never_shift_a_table_that_stays(
    crawls: Crawls, client: Callable[..., Any], options: dict[str, Any]
) -> None:
    crawls.put("raw/day=1/orders.csv", HEADER + PLAIN)
    log = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    crawls.create(configuration={"CrawlerOutput": options}, SchemaChangePolicy=log)
    crawls.run()
    crawls.put("raw/day=2/orders.csv", HEADER + QUOTED)
    crawls.run()
    assert list(crawls.partitions("raw")) == ["1"]
    events = client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName="orders")["events"]
    assert any("WARN : Table raw and the data found for it do not fit" in each["message"] for each in events)


@pytest.mark.parametrize(
    ("before", "expected"),
    [pytest.param(900, "double", id="among-the-first-thousand"), pytest.param(1100, "bigint", id="behind-them")],
)
def test_the_first_thousand_records_say_what_types_there_are(crawls: Crawls, before: int, expected: str) -> None:
    rows = [f"{number},{number}" for number in range(before)]
    crawls.put("raw/a.csv", "\n".join(["id,n", *rows, f"{before},1.5", ""]))
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == {"id": "bigint", "n": expected}
    assert table["Parameters"]["recordCount"] == str(before + 1)
