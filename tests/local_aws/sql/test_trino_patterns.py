"""Patterns that only a backtracking matcher has, and hashes: by the documentation and by published test vectors.

Evidence: https://trino.io/docs/current/functions/regexp.html, https://www.rfc-editor.org/rfc/rfc4231 (HMAC)
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local_aws.athena_client import Athena

JEFE = "to_utf8('what do ya want for nothing?'), to_utf8('Jefe')"
CASES = [
    ("regexp_like('ab', 'a(?=b)')", "true"),
    (r"regexp_like('aa', '(a)\1')", "true"),
    (r"regexp_like('ab', '(a)\1')", "false"),
    ("regexp_like('aaa', 'a++a')", "false"),
    ("regexp_like('a+b', '[*+]+')", "true"),
    (r"regexp_like('(?=b', '\(\?=b')", "true"),
    (r"regexp_extract('price: 12 EUR', '\d+(?= EUR)')", "12"),
    ("regexp_extract('k=v', '(?<=k=)(v)', 1)", "v"),
    ("regexp_extract('kv', '(?<=k=)(v)', 1)", None),
    (r"regexp_extract_all('a1b2c', '[a-z](?=\d)')", "[a, b]"),
    (r"regexp_replace('1234567', '(\d)(?=(\d{3})+$)', '$1,')", "1,234,567"),
    ("regexp_replace('aXbX', '(?<=a)X')", "abX"),
    ("regexp_split('a,b;c,', '(?<=[ab])[,;]')", "[a, b, c,]"),
    ("regexp_count('aab', 'a(?!b)')", "1"),
    ("transform(array['ab', null, 'ac'], x -> regexp_like(x, 'a(?=b)'))", "[true, null, false]"),
    ("try(regexp_like('ab', 'a(?=b)'))", "true"),
    ("count(*) FROM (VALUES 'ab', 'ac', null) t(x) WHERE regexp_like(x, 'a(?!b)')", "1"),
    ("crc32(to_utf8('123456789'))", str(0xCBF43926)),
    (f"to_hex(hmac_sha256({JEFE}))", "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"),
    ("to_hex(hmac_md5(to_utf8('what do ya want for nothing?'), to_utf8('Jefe')))", "750C783E6AB0B503EAA86E310A5DB738"),
    ("substr(to_hex(sha512(to_utf8('abc'))), 1, 16)", "DDAF35A193617ABA"),
    ("to_hex(xxhash64(to_utf8('')))", "EF46DB3751D8E999"),
    ("soundex('Robert') || soundex('Ashcraft') || soundex('Tymczak')", "R163A261T522"),
]


@pytest.mark.parametrize(("expression", "printed"), CASES, ids=[case[0] for case in CASES])
def test_backtracking_pattern_or_hash_gives_its_value(
    shared_athena: Athena, expression: str, printed: str | None
) -> None:
    assert shared_athena.value(expression) == printed


def test_invalid_pattern_names_its_fault(shared_athena: Athena) -> None:
    reason = shared_athena.reason("SELECT regexp_like('a', 'a(?=b')")
    assert reason.startswith("INVALID_FUNCTION_ARGUMENT: line 1:8: Invalid pattern: ")


def test_queries_at_the_same_time_share_the_functions(shared_athena: Athena) -> None:
    sql = r"SELECT count_if(regexp_like(CAST(x AS varchar), '^(\d)\1+$')) FROM UNNEST(sequence(1, 3000)) t(x)"
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: shared_athena.rows(sql), range(8)))
    assert found == [[("20",)]] * 8
