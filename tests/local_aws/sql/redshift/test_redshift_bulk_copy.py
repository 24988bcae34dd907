"""Text that is loaded in bulk is loaded as record by record: the same rows, the same errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_aws.objects import StoredObject
from local_aws.sql.redshift.load import bulk, files, records
from local_aws.sql.redshift.load.options import Copy
from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

CSV, TEXT = Copy(("t",), "s3://b/k", format="CSV"), Copy(("t",), "s3://b/k")
HEADER = Copy(("t",), "s3://b/k", format="CSV", skip=1)


def _stored(path: Path, text: str) -> StoredObject:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return StoredObject("b", "k", path.stat().st_size, "", datetime(2010, 12, 1, tzinfo=UTC), path)


def _in_bulk(file: StoredObject, copy: Copy, width: int, size: int = 2) -> tuple[list[list[str]], bool]:
    """The rows, and whether they are all."""
    rows: list[list[str]] = []
    try:
        with files.opened(file, copy) as lines:
            for table in bulk.batches(lines, copy, width, size):
                rows.extend([row[f"c{n}"] for n in range(width)] for row in table.to_pylist())
    except bulk.OddError:
        return rows, False
    return rows, True


def _one_by_one(file: StoredObject, copy: Copy, width: int) -> list[records.Record]:
    with files.opened(file, copy) as lines:
        return list(records.records(lines, copy, width))


PLAIN = {
    "csv": (CSV, '1,"a, b"\n2,"say ""yes"""\n3,\n'),
    "csv with a line break": (CSV, '1,"a\nb"\n2,c'),
    "csv with a header": (HEADER, "number,name\n1,a\n"),
    "carriage returns": (CSV, "1,a\r\n2,b\r\n"),
    "text": (TEXT, "1|a\n2|'b\"\n3|\n"),
    "text with a delimiter at the end": (TEXT, "1|a|\n2|b|\n"),
    "lone carriage return": (TEXT, "1|a\rb|c\n"),
    "blank before a quote": (CSV, '1, "a"\n'),
    "null text": (TEXT, "\\N|\\N\n"),
    "beyond ascii": (CSV, "1,häuser\n2,日本\n"),
}


@pytest.mark.parametrize(("copy", "text"), PLAIN.values(), ids=PLAIN)
def test_plain_text_is_cut_in_bulk_as_one_by_one(tmp_path: Path, copy: Copy, text: str) -> None:
    file = _stored(tmp_path / "file", text)
    rows, whole = _in_bulk(file, copy, 2)
    assert whole
    assert rows == [each.fields for each in _one_by_one(file, copy, 2)]


ODD = {
    "blank line": (CSV, "1,a\n\n2,b\n"),
    "too few": (CSV, "1,a\n2\n"),
    "too many": (CSV, "1,a\n2,b,c\n"),
    "open quote": (CSV, '1,"a\n2,b\n'),
    "text after a quote": (CSV, '1,"a"b\n'),
    "no utf-8": (CSV, "1,\ud800\n"),
    "text of uneven ends": (TEXT, "1|a|\n2|b\n"),
    "escapes": (replace(TEXT, flags=frozenset({"escape"})), "1|a\\|b\n"),
}


@pytest.mark.parametrize(("copy", "text"), ODD.values(), ids=ODD)
def test_odd_text_is_left_to_the_records(tmp_path: Path, copy: Copy, text: str) -> None:
    rows, whole = _in_bulk(_stored(tmp_path / "file", text), copy, 2)
    assert not whole
    assert rows == [each.fields for each in _one_by_one(_stored(tmp_path / "file", text), copy, 2)][: len(rows)]


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(st.sampled_from("a1 ä,|\"'\\\n\r\t"), max_size=30)
    | st.lists(st.sampled_from(["a,b", '"x,y",z', '"p""q",', "c|d", "|", ",", '"\n",', "e|f|", " ,a"])).map("\n".join),
    copy=st.sampled_from([CSV, TEXT, HEADER]),
    width=st.integers(1, 3),
)
def test_bulk_is_never_another_reading(
    tmp_path_factory: pytest.TempPathFactory, text: str, copy: Copy, width: int
) -> None:
    file = _stored(tmp_path_factory.getbasetemp() / "bulk.txt", text)
    rows, whole = _in_bulk(file, copy, width)
    expected = _one_by_one(file, copy, width)
    assert rows == [each.fields for each in expected[: len(rows)]]
    assert not any(each.code for each in expected[: len(rows)])
    assert not whole or len(rows) == len(expected)


def test_a_bad_record_after_batches_of_good_ones_is_logged_at_its_line(warehouse: Warehouse) -> None:
    s3, bucket = warehouse.client("s3"), f"bulk-{warehouse.account_id}"
    s3.create_bucket(Bucket=bucket)
    lines = [f"{n},x" for n in range(1, 120_001)]
    lines[110_000] = "oops,x"
    s3.put_object(Bucket=bucket, Key="rows.csv", Body="\n".join(lines))
    warehouse.run("create table many (a int, b char(3))")
    copy = f"copy many from 's3://{bucket}/rows.csv' iam_role default csv"
    with pytest.raises(SqlFailedError, match="Load into table 'many' failed"):
        warehouse.run(copy)
    assert warehouse.run("select count(*) from many") == [[0]]
    assert warehouse.run("select line_number, error_code from sys_load_error_detail") == [[110_001, 1207]]
    warehouse.run(f"{copy} maxerror 2")
    assert warehouse.run("select count(*), min(a), max(a), count(distinct a) from many") == [
        [119_999, 1, 120_000, 119_999]
    ]
