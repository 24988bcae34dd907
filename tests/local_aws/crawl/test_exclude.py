"""Exclude patterns: the examples of the documentation, and what they say about brackets and escapes."""

from __future__ import annotations

import pytest

from local_aws.crawl.exclude import matcher


@pytest.mark.parametrize(
    ("pattern", "excluded", "kept"),
    [
        pytest.param("departments/**", ["departments/a", "departments/x/a"], ["employees/a"], id="below"),
        pytest.param("departments/market*", ["departments/market-us.json"], ["departments/finance.json"], id="begin"),
        pytest.param("**.csv", ["a.csv", "employees/a.csv"], ["a.json"], id="ending anywhere"),
        pytest.param("*.csv", ["a.csv"], ["employees/a.csv"], id="ending in this folder"),
        pytest.param("*.{csv,avro}", ["a.csv", "a.avro"], ["a.json"], id="one of"),
        pytest.param("foo.?", ["foo.a"], ["foo.ab", "foo."], id="one letter"),
        pytest.param("my/*", ["my/a"], ["my/a/b"], id="one level"),
        pytest.param("my/*/*", ["my/a/b"], ["my/a"], id="two levels"),
        pytest.param("my**", ["my", "my/a", "myself"], ["your/my"], id="folder itself"),
        pytest.param("2015/01/{[!0],0[8-9]}**", ["2015/01/10/x", "2015/01/08/x"], ["2015/01/07/x"], id="a week"),
        pytest.param("2015/0[2-9]/**", ["2015/02/01"], ["2015/01/01", "2015/10/01"], id="range"),
        pytest.param(r"a\*b", ["a*b"], ["axb"], id="escape"),
        pytest.param("[a-]x", ["ax", "-x"], ["bx"], id="hyphen at the end"),
        pytest.param("[!a]x", ["bx"], ["ax", "/x"], id="negated, but no slash"),
        pytest.param(
            "*/{_tmp,.staging}/**", ["a/_tmp/b", "a/.staging/b/c"], ["_tmp/b", "a/tmp/b"], id="folders, one of"
        ),
        pytest.param(
            "{year=2009,year=201?}/**", ["year=2009/a", "year=2015/m/a"], ["year=2020/a"], id="patterns, one of"
        ),
        pytest.param("Market*", ["Market.csv"], ["market.csv"], id="case counts"),
        pytest.param("a+b(c)", ["a+b(c)"], ["aab"], id="all else is itself"),
    ],
)
def test_pattern(pattern: str, excluded: list[str], kept: list[str]) -> None:
    is_excluded = matcher([pattern])
    assert [path for path in excluded if not is_excluded(path)] == []
    assert [path for path in kept if is_excluded(path)] == []


def test_no_pattern_excludes_nothing() -> None:
    assert not matcher([])("a")
