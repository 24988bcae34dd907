"""RegexSerDe's patterns mean what they mean in Java."""

from __future__ import annotations

import pytest

from local_aws.sql.errors import QueryFailed
from local_aws.sql.java_patterns import compiled

CASES = [
    pytest.param(r"(\d+)", "٣", None, id="a digit is ASCII"),
    pytest.param(r"([\w-]+)", "a-b", ("a-b",), id="class in a class"),
    pytest.param(r"([^\s]+) (\S+)", "a b", ("a", "b"), id="negated class"),
    pytest.param(r"(\w+)", "é", None, id="a word is ASCII"),
    pytest.param(r"(\p{L}+)", "é", ("é",), id="a letter is any letter"),
    pytest.param(r"(\p{Alpha}+)(\P{Alpha}+)", "ab1é", ("ab", "1é"), id="a POSIX class is ASCII"),
    pytest.param(r"(?<host>\S++) (\d*+)", "h 12", ("h", "12"), id="named group, possessive"),
    pytest.param(r"([a-z&&[^b]]+)", "abc", None, id="intersection leaves out"),
    pytest.param(r"([a-z&&[^b]]+)", "ac", ("ac",), id="intersection"),
    pytest.param(r"\Q[x]\E(.*)", "[x]y", ("y",), id="quoted"),
    pytest.param(r"(a(?>b|bc)c)", "abcc", None, id="atomic group"),
    pytest.param(r'"?([^"]*)"? (\\)', '"a" \\', ("a", "\\"), id="escaped backslash"),
]


@pytest.mark.parametrize(("pattern", "line", "groups"), CASES)
def test_pattern_matches_as_java_has_it(pattern: str, line: str, groups: tuple[str, ...] | None) -> None:
    found = compiled(pattern).fullmatch(line)
    assert (found and found.groups()) == groups


def test_what_is_no_pattern_is_refused_with_the_pattern() -> None:
    with pytest.raises(QueryFailed, match=r"HIVE_CURSOR_ERROR: The pattern \(a of input.regex cannot be read"):
        compiled("(a")
