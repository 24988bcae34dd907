"""Functions give what the pages of the Redshift SQL reference print in their examples, and what they say in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

TEXTS = [
    ("crc32('Amazon Redshift')", "f2726906"),
    ("difference('Amazon', '+')", 0),
    ("difference('Amazon', 'Ama')", 2),
    ("soundex('Amazon')", "A525"),
    ("octetindex('AWS', 'Amazon AWS')", 8),
    ("octetindex('q', 'Áéioóq')", 9),
    ("quote_ident('foo')", "foo"),
    ("quote_ident('Foo bar')", '"Foo bar"'),
    ("quote_ident('table')", '"table"'),
    ("quote_literal('it''s')", "'it''s'"),
    ("lpad('cat', 7, 'ab')", "ababcat"),
    ("lpad('category', 3)", "cat"),
    ("rpad('cat', 0)", ""),
    ("lpad('cat', 7, '')", "cat"),
    ("repeat(1, 2)", "11"),
    ("reverse(123)", "321"),
    ("strtol('0xf', 16)", 15),
    ("strtol('abcd1234', 16)", 2882343476),
    ("strtol('1234567', 8)", 342391),
    ("substring('caterpillar', 6, 4)", "pill"),
    ("substring('caterpillar', -2, 5)", "ca"),
    ("substring('caterpillar', 0, 3)", "ca"),
    ("substring(123456 from 2 for 3)", "234"),
    ("concat(1, 2)", "12"),
    ("'a' || 1.50", "a1.50"),
    ("0.1::float + 0.2::float || ''", "0.3"),
    ("3::float8::varchar", "3"),
    ("'aé'::varchar(2)", "a"),
]
REGULAR_EXPRESSIONS = [
    ("regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')", 8),
    ("regexp_count('the fox', 'FOX', 1, 'i')", 1),
    ("regexp_count('abcabc', 'a', 2)", 1),
    ("regexp_instr('The Movies Rating', '[Rr]')", 12),
    ("regexp_instr('abc abc', 'b', 1, 2)", 6),
    ("regexp_instr('abc abc', 'b', 1, 1, 1)", 3),
    ("regexp_instr('the fox', 'FOX', 1, 1, 0, 'i')", 5),
    ("regexp_instr('abc', 'z')", 0),
    ("regexp_replace('abcabc', 'b', 'X', 3)", "abcaXc"),
    ("regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'i')", "the quick brown fox"),
    ("regexp_replace('A plain A1234', '(?=[^ ]*[A-Z])(?=[^ ]*[0-9])[^ ]+', '[hidden]', 1, 'p')", "A plain [hidden]"),
    ("regexp_replace('ab', '(a)(b)', '$2$1', 1, 'p')", "ba"),
    ("regexp_substr('abc123def456', '[0-9]+', 1, 2)", "456"),
    ("regexp_substr('abc', 'z')", ""),
    ("regexp_substr('key=value', 'key=([a-z]+)', 1, 1, 'e')", "value"),
]
HASHES = [
    ("fnv_hash(1)", -5968735742475085980),
    ("fnv_hash(1::smallint)", 589727492704079044),
    ("fnv_hash(1::bigint)", -8517097267634966620),
    ("fnv_hash('Amazon Redshift')", 7783490368944507294),
    ("fnv_hash('Amazon Redshift', fnv_hash(1))", -2202602717770968555),
    ("fnv_hash('cd', fnv_hash('ab')) = fnv_hash('abcd')", True),
    ("sha2('a', 224)", "abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5"),
    ("len(sha2('Amazon Redshift', 512))", 128),
    ("sha2('a', 7)", None),
    ("checksum(109.20)", 10920),
    ("from_varbyte(to_varbyte('abc', 'utf8'), 'hex')", "616263"),
    ("getbit(from_hex('4d'), 2)", 1),
    ("getbit(from_hex('4d'), 1)", 0),
]
JSON_IN_TEXTS = [
    ('json_array_length(\'[11,12,13,{"f1":21,"f2":[25,26]},14]\')', 5),
    ("json_array_length('[11,12', true)", None),
    ("json_extract_array_element_text('[111,112,113]', 2)", "113"),
    ("json_extract_array_element_text('[111]', 9)", ""),
    ('json_extract_array_element_text(\'["a",["b",1,["c",2,3,null,]]]\', 1, true)', None),
    ('json_extract_path_text(\'{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}\', \'f4\', \'f6\')', "star"),
    ('json_extract_path_text(\'{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}\', \'f4\', \'f6\', true)', None),
    ("json_extract_array_element_text(json_extract_path_text('{\"a\":[1,7]}', 'a'), 1)", "7"),
    ("is_valid_json('{\"a\":2}')", True),
    ("is_valid_json('{\"a\":2,}')", False),
    ("is_valid_json('[1]')", False),
    ("is_valid_json_array('[1]')", True),
    ("can_json_parse('[10001,10002,\"abc\"]')", True),
    ("can_json_parse('[1,]')", False),
    ('lower_attribute_names(json_parse(\'{"Ab":[{"Cd":1}]}\'))', '{"ab":[{"cd":1}]}'),
]
DATES = [
    ("convert_timezone('EST', 'PST', '20080305 12:25:29')", "2008-03-05 09:25:29"),
    ("timestamp '2008-06-01 12:00:00' at time zone 'MST'", "2008-06-01 19:00:00+00"),
    ("date_cmp('2008-01-02', '2008-01-01')", 1),
    ("date_cmp_timestamp('2008-01-01', '2008-01-01 00:00:00')", 0),
    ("timestamptz_cmp('2008-01-24 06:43:29+00', '2008-01-24 06:43:30+00')", -1),
    ("date_part_year(date '20220502 04:05:06.789')", 2022),
    ("date_part(minute, timestamp '20230104 04:05:06.789')", 5.0),
    ("extract(ms from timestamp '2009-09-09 12:08:43.101')", 101),
    ("extract(ms from time '18:25:33.123456')", 123),
    ("next_day('2014-08-20', 'Tues')", "2014-08-26"),
    ("to_date('20010631', 'YYYYMMDD')", "2001-07-01"),
    ("to_timestamp('2011-12-18 24:38:15', 'YYYY-MM-DD HH24:MI:SS')", "2011-12-19 00:38:15+00"),
    ("to_timestamp('05 Dec 2000 3:4:5 PM', 'DD Mon YYYY HH12:MI:SS AM')", "2000-12-05 15:04:05+00"),
    ("'Dec 31, 2010'::date", "2010-12-31"),
    ("'12/31/2010'::date", "2010-12-31"),
    ("'31-Dec-2010'::date", "2010-12-31"),
    ("cast('2010-12-31 10:00:00+02' as timestamp)", "2010-12-31 10:00:00"),
    ("cast('2010-12-31 10:00:00+02' as timestamptz)", "2010-12-31 08:00:00+00"),
    ("cast('2010-12-31T10:00:00Z' as timestamptz)", "2010-12-31 10:00:00+00"),
    ("interval '1-2' year to month", "1 year 2 mons"),
    ("interval '3 04:05:06' day to second", "3 days 04:05:06"),
    ("interval '7 days, 3 hours, 59 minutes'", "7 days 03:59:00"),
    ("interval '52'", "00:00:52"),
    ("timestamp '2010-01-02' - timestamp '2010-01-01 12:00'", "12:00:00"),
    ("dateadd(mil, 1, '2008-01-01')", "3008-01-01 00:00:00"),
]
FORMATS = [
    ("to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')", "DECEMBER -THU-31-2009 11:15PM"),
    ("to_char(timestamp '2022-05-16 23:15:59', 'ID')", "1"),
    ("to_char(date '2008-01-22', 'FMDDth \"of\" FMMonth')", "22nd of January"),
    ("to_char(date '2009-01-05', 'Y,YYY W RM| A.D. SSSS')", "2,009 1 I   | A.D. 0"),
    ("to_char(-125.8, '999D99S')", "125.80-"),
    ("to_char(618.80, 'l99999D99')", "$   618.80"),
    ("to_char(618.80, 'rn')", "          dcxix"),
    ("to_char(-485, '999')", "-485"),
    ("to_char(1485, '9,999')", " 1,485"),
    ("to_char(148.5, 'FM999.990')", "148.500"),
    ("to_char(-0.1, '99.99')", "  -.10"),
    ("to_char(12, 'FM9990999.9')", "0012."),
    ("to_char(12345, '99')", " ##"),
    ("to_char(482, '999th')", " 482nd"),
    ("to_char(-485, '999PR')", "<485>"),
    ("to_char(485, '\"Good number:\"999')", "Good number: 485"),
    ("to_number('12,454.8-', '99G999D9S')", "-12454.8"),
    ("to_number('12.345', '99D999')", "12.345"),
]
NUMBERS = [
    ("round(28.05)", "28"),
    ("round(28.05, 1)", "28.1"),
    ("round(28.05, -1)", "30"),
    ("trunc(111.86, 1)", "111.8"),
    ("round(2.5::float)", 3.0),
    ("abs('-38')", 38.0),
    ("round(10.126, 2) / 3", "3.3766666666666"),
    ("try_cast('a' as int)", None),
    ("try_cast('1.5' as int)", None),
    ("try_cast('42' as int)", 42),
]
COMPARISONS = [
    ("'a ' = 'a'", True),
    ("'a' in ('b', 'a  ')", True),
    ("'a ' <> 'a'", False),
    ("'a ' > 'a'", False),
    ("case 'a ' when 'a' then 1 else 0 end", 1),
    ("nullif('a ', 'a')", None),
    ("decode('a ', 'a', 1, 2)", 1),
    ("len('a ')", 2),
    ("'a ' like 'a'", False),
]
CASES = [*TEXTS, *REGULAR_EXPRESSIONS, *HASHES, *JSON_IN_TEXTS, *DATES, *FORMATS, *NUMBERS, *COMPARISONS]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql for sql, _ in CASES])
def test_function_gives_the_documented_value(warehouse: Warehouse, sql: str, expected: Any) -> None:
    [[found]] = warehouse.run(f"select {sql}")
    assert found == expected


REFUSED = [
    ("split_part('a,b', ',', 0)", "field position must be greater than zero"),
    ("substring('abc', 1, -1)", "negative substring length not allowed"),
    ("cast('1.5' as int)", 'invalid input syntax for integer: "1.5"'),
    ("true::varchar", "cannot cast type boolean to character varying"),
    ("20101231::date", "cannot cast type integer to date"),
    ("2147483647 + 1", "integer out of range"),
    ("9223372036854775807 + 1", "bigint out of range"),
    ("to_date('20010631', 'YYYYMMDD', true)", "date/time field value out of range"),
    ("json_array_length('[1')", "JSON parsing error"),
    ("json_parse('{')", "Invalid JSON"),
    ("strtol('zz', 10)", "The input zz is not valid to be converted to base 10"),
    ("checksum('x')", "does not support checksum() of anything but decimals"),
    ("farmfingerprint64('x')", "does not support the function farmfingerprint64"),
    ("to_char(1, '9V9')", "does not support the numeric format V"),
    ("convert_timezone('NEWZONE +2:00', '2014-05-17 12:00')", "does not support the time zone NEWZONE +2:00"),
    ("datediff(dow, '2014-05-17', '2014-05-18')", "has no boundaries"),
    ("regexp_count('a', 'a', 1, 'z')", "the parameter z is not valid"),
]


@pytest.mark.parametrize(("sql", "words"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_wrong_argument_is_an_error_that_says_so(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError) as caught:
        warehouse.run(f"select {sql}")
    assert str(caught.value).startswith("ERROR: ")
    assert words in str(caught.value)


def test_functions_work_on_the_rows_of_a_table(warehouse: Warehouse) -> None:
    """Those in Python see NULLs, blanks and multi-byte text as they are."""
    warehouse.run("create table words (id int, w varchar(20), d varchar(30))")
    warehouse.run(
        "insert into words values (1, 'Amazon', '12/31/2010'), (2, null, null), (3, 'é ', '2010-12-31 10:00+02')"
    )
    rows = warehouse.run("select soundex(w), reverse(w), substring(w, 0, 2), d::timestamp from words order by id")
    assert rows == [
        ["A525", "nozamA", "A", "2010-12-31 00:00:00"],
        [None, None, None, None],
        ["", " é", "é", "2010-12-31 10:00:00"],
    ]
    assert warehouse.run("select id from words where w = 'é'") == [[3]]
    assert warehouse.run("select a.id from words a join words b on a.w = rtrim(b.w) order by 1") == [[1], [3]]


def test_listagg_distinct_is_ordered_by_the_values(warehouse: Warehouse) -> None:
    rows = "(select 10 as n union all select 9 union all select 10)"
    assert warehouse.run(f"select listagg(distinct n, ', ') within group (order by n) from {rows}") == [["9, 10"]]


def test_approximate_percentile_is_a_value_of_the_group(warehouse: Warehouse) -> None:
    rows = "(select 10 as n union all select 20 union all select 30)"
    sql = f"select approximate percentile_disc(0.5) within group (order by n) from {rows}"
    assert warehouse.run(sql) == [[20]]


def test_columns_of_date_functions_have_the_documented_names(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("select datediff(day, '2010-01-01', '2010-01-02'), dateadd(day, 1, '2010-01-01')")
    warehouse.ended(identifier)
    columns = warehouse.data.get_statement_result(Id=identifier)["ColumnMetadata"]
    assert [each["name"] for each in columns] == ["date_diff", "date_add"]
