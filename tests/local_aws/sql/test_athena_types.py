"""One table of types, read in three writings."""

from __future__ import annotations

import pytest

from local_aws.sql import arrow_types, types

CASES = [
    ("string", "varchar", "string", "VARCHAR"),
    ("int", "integer", "int", "INTEGER"),
    ("float", "real", "float", "FLOAT"),
    ("decimal(18,4)", "decimal(18,4)", "decimal(18,4)", "DECIMAL(18,4)"),
    ("decimal", "decimal(10,0)", "decimal(10,0)", "DECIMAL(10,0)"),
    ("varchar(10)", "varchar(10)", "varchar(10)", "VARCHAR"),
    ("array<struct<a:int,b:string>>", "array(row(a integer, b varchar))", "array<struct<a:int,b:string>>", None),
    ("map<string,array<double>>", "map(varchar, array(double))", "map<string,array<double>>", "MAP(VARCHAR, DOUBLE[])"),
    ("row(a integer, b varchar)", "row(a integer, b varchar)", "struct<a:int,b:string>", None),
    ('STRUCT("a b" INTEGER)[]', "array(row(a b integer))", "array<struct<a b:int>>", 'STRUCT("a b" INTEGER)[]'),
    ("timestamp(6) with time zone", "timestamp(6) with time zone", None, "TIMESTAMP WITH TIME ZONE"),
]


@pytest.mark.parametrize(("text", "trino", "hive", "duckdb"), CASES, ids=[case[0] for case in CASES])
def test_type_is_written_in_every_dialect(text: str, trino: str, hive: str | None, duckdb: str | None) -> None:
    found = types.parse(text)
    assert found.trino == trino
    assert hive is None or found.hive == hive
    assert duckdb is None or found.duckdb == duckdb


@pytest.mark.parametrize("text", ["nothing", "array<>", "int(3)", "map<string>", "struct<a:int", "string; drop"])
def test_unknown_type_is_refused(text: str) -> None:
    with pytest.raises(types.UnknownType):
        types.parse(text)


@pytest.mark.parametrize("text", ["bigint", "decimal(10,2)", "array<string>", "struct<a:int>", "map<string,date>"])
def test_type_survives_arrow(text: str) -> None:
    assert arrow_types.from_arrow(arrow_types.to_arrow(types.parse(text))) == types.parse(text)
