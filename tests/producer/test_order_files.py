"""From files to lines: quotes, headers, encodings, compression; and nothing is lost on the way."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.errors import OrderFileError
from producer.order import payload
from producer.reader import MAX_LINE, check_shape, order_files, read_file

GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
TEA = '536366,22749,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",2,2010-12-01 08:30:00,4.95,17850.0,United Kingdom'


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(payload(line.reading.members, "", line.reading.event_time)) for line in read_file(path)]


def problems(path: Path) -> list[str | None]:
    return [line.reading.problem for line in read_file(path)]


def test_quoted_commas_keep_columns_aligned(order_file: Any) -> None:
    (got,) = records(order_file(TEA))
    assert got["Description"] == "SET 3 RETROSPOT TEA,COFFEE,SUGAR"
    assert (got["Quantity"], got["UnitPrice"], got["Country"]) == (2, 4.95, "United Kingdom")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('"RECORD FRAME 7"" SINGLE"', 'RECORD FRAME 7" SINGLE'),
        ('CHARLIE+LOLA"RED" SIGN', 'CHARLIE+LOLA"RED" SIGN'),
        ('"two\nlines"', "two\nlines"),
        ('"two\r\nlines, and\n\nmore"', "two\r\nlines, and\n\nmore"),
        ("NUL \0 inside", "NUL \0 inside"),
        (" spaces kept ", " spaces kept "),
        ('""', None),
        ("", None),
    ],
)
def test_description_arrives_as_written(order_file: Any, field: str, expected: str | None) -> None:
    path = order_file(GOOD, GOOD.replace("WHITE HEART", field), GOOD)
    assert [got["Description"] for got in records(path)] == ["WHITE HEART", expected, "WHITE HEART"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_header_bom_and_line_ends_do_not_matter(
    order_file: Any, tmp_path: Path, end: bytes, header: bool, bom: bytes
) -> None:
    plain = order_file(GOOD, TEA, end=end, header=header)
    path = tmp_path / "marked.csv"
    path.write_bytes(bom + plain.read_bytes())
    assert [got["InvoiceNo"] for got in records(path)] == ["536365", "536366"]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("invoiceno,STOCKCODE,description,quantity,invoicedate,unitprice,customer,country", GOOD),
        (
            "Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo",
            ",".join(reversed(GOOD.split(","))),
        ),
        ("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country", GOOD),
    ],
    ids=["case and Customer", "other order", "second edition"],
)
def test_header_names_columns_in_any_case_and_order(order_file: Any, header: str, line: str) -> None:
    assert records(order_file(header, line, header=False)) == records(order_file(GOOD, name="plain.csv"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [("CAFÉ £5".encode(), "CAFÉ £5"), ("CAFÉ £5".encode("latin-1"), "CAFÉ £5")],
    ids=["UTF-8", "Latin-1"],
)
def test_encoding_is_found_line_by_line(order_file: Any, data: bytes, expected: str) -> None:
    mixed = order_file("1,1,Ü,1,2010-12-01 08:00,1,,EIRE", GOOD.encode().replace(b"WHITE HEART", data))
    assert [got["Description"] for got in records(mixed)] == ["Ü", expected]


def test_gzip_is_read_as_the_plain_file(order_file: Any, tmp_path: Path) -> None:
    plain = order_file(GOOD, TEA)
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read_file(packed)) == list(read_file(plain))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("536365,85123A,WHITE HEART,6", "4 fields instead of 8"),
        (GOOD + ",extra", "9 fields instead of 8"),
        (GOOD.replace("WHITE", '"WHITE" and'), "the quotes do not match"),
        (GOOD.replace("WHITE HEART", '"WHITE HEART'), "a quote is not closed"),
        (GOOD.replace("WHITE HEART", "WHITE\rHEART"), "the quotes do not match"),
        ("   ", "1 fields instead of 8"),
    ],
)
def test_line_that_cannot_be_split_is_kept_whole(order_file: Any, line: str, problem: str) -> None:
    path = order_file(GOOD, line, TEA, GOOD)
    assert problems(path) == [None, problem, None, None]
    got = records(path)[1]
    assert got == {"raw_line": line, "event_id": "", "event_time": None}


def test_stray_quote_costs_its_own_line_only(order_file: Any) -> None:
    stray = GOOD.replace("WHITE HEART", '"WHITE HEART')
    path = order_file(stray, TEA, stray, GOOD, stray, stray, GOOD)
    assert [got.get("raw_line") for got in records(path)] == [stray, None, stray, None, stray, stray, None]


def test_line_longer_than_a_record_comes_in_pieces(order_file: Any) -> None:
    long = "x" * (2 * MAX_LINE + 10)
    got = records(order_file(GOOD, long, GOOD))
    assert [len(each.get("raw_line", "")) for each in got] == [0, MAX_LINE, MAX_LINE, 10, 0]


def test_the_end_of_a_long_line_does_not_pass_for_an_order(order_file: Any) -> None:
    got = records(order_file(GOOD, "x" * MAX_LINE + GOOD))
    assert [each.get("raw_line") for each in got] == [None, "x" * MAX_LINE, GOOD]


def test_blank_lines_are_no_lines(order_file: Any) -> None:
    assert [got["InvoiceNo"] for got in records(order_file("", GOOD, "", TEA, ""))] == ["536365", "536366"]


def test_folder_is_its_order_files_in_sorted_order(order_file: Any, tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv.gz", "c.CSV", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [file.name for file in order_files(tmp_path)] == ["a.csv.gz", "b.csv", "c.CSV"]


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20,
        b"a,b,c\n1,2,3\n",
        b"hello\n",
        b'{"a": 1}\n',
        b'"' * 999,
    ],
    ids=["PNG", "other CSV", "text", "JSON", "quotes"],
)
def test_file_of_another_shape_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(OrderFileError, match=r"x\.csv: not an order file.*expected CSV with the columns InvoiceNo"):
        check_shape(path)


@pytest.mark.parametrize("cut", [0, 5, 40], ids=["not gzip", "cut header", "cut data"])
def test_damaged_gzip_is_an_error_that_names_the_file(order_file: Any, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(order_file(GOOD, TEA).read_bytes())[:cut] if cut else b"no gzip at all")
    with pytest.raises(OrderFileError, match=r"x\.csv\.gz: cannot be read"):
        list(read_file(path))


ANY_LINE = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            GOOD.encode(),
            TEA.encode(),
            b'"',
            b'1,1,"open',
            b'close",6,2010-12-01 08:26,1,,EIRE',
            "£,é".encode("latin-1"),
        ]
    ),
    st.lists(st.sampled_from([b'"', b",", b"\r", b"\0", b"\xff", b"6", b" ", b"2010-12-01 08:26"]), max_size=20).map(
        b"".join
    ),
).filter(lambda line: b"\n" not in line)


def text_of(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


@settings(max_examples=300, deadline=None)
@given(st.lists(ANY_LINE, max_size=12))
def test_every_line_of_any_bytes_ends_in_exactly_one_record(tmp_path_factory: Any, lines: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("any", numbered=True) / "orders.csv"
    header = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    path.write_bytes(b"\n".join([header, *lines, GOOD.encode()]))
    found = list(read_file(path))
    assert all(json.loads(payload(line.reading.members, "", None)) for line in found)
    blank = {number for number, line in enumerate(lines, start=2) if not line.strip(b"\r\n")}
    wanted = set(range(2, len(lines) + 3)) - blank
    held = set()
    for line in found:  # an order whose quoted text goes over several lines holds them all
        ends = sum((value or "").count("\n") for value in line.reading.canonical)
        assert not ends or line.reading.problem is None
        span = set(range(line.number, line.number + ends + 1))
        assert not held & span, "no line twice"
        held |= span
    assert held - blank == wanted
    for line in found:
        if line.reading.canonical[0] == "raw_line":
            assert line.reading.canonical[1] == text_of(lines[line.number - 2]).rstrip("\r\n")
