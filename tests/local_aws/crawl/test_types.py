"""Type inference and widening, as pure functions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.crawl.types import extend, merge, of_json, parse, render


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1, "int", id="int"),
        pytest.param(2**31, "bigint", id="beyond 32 bits"),
        pytest.param(-(2**31), "int", id="least int"),
        pytest.param(2**63, "string", id="beyond 64 bits"),
        pytest.param(1.5, "double", id="double"),
        pytest.param(True, "boolean", id="boolean is no number"),
        pytest.param("2010-12-01 08:26:00", "string", id="a date in JSON is text"),
        pytest.param(None, "string", id="nothing known"),
        pytest.param([], "array<string>", id="empty array"),
        pytest.param({}, "string", id="empty object"),
        pytest.param([1, 2.5, None], "array<double>", id="array widens"),
        pytest.param([{"a": 1}, {"b": "x"}], "array<struct<a:int,b:string>>", id="objects in an array"),
        pytest.param({"userName": {"First": "A"}}, "struct<userName:struct<First:string>>", id="case of fields stays"),
    ],
)
def test_type_of_a_json_value(value: Any, expected: str) -> None:
    assert render(of_json(value)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(1, 2**40, "bigint", id="int and bigint"),
        pytest.param(2**40, 1.5, "double", id="bigint and double"),
        pytest.param(1, "many", "string", id="number and text"),
        pytest.param(1, True, "string", id="number and boolean"),
        pytest.param(None, 1, "int", id="null gives way"),
        pytest.param([1], {"a": 1}, "string", id="array and object"),
        pytest.param([], [1], "array<int>", id="empty array gives way"),
        pytest.param({"a": None}, {"a": 1, "b": 2}, "struct<a:int,b:int>", id="objects"),
    ],
)
def test_two_values_widen_to_what_holds_both(left: Any, right: Any, expected: str) -> None:
    assert render(merge(of_json(left), of_json(right))) == expected


names = st.text("abcXYZ_", min_size=1, max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(values, values)
def test_order_of_values_does_not_matter_but_for_the_order_of_fields(left: Any, right: Any) -> None:
    one, other = of_json(left), of_json(right)
    assert merge(one, other) == merge(other, one)


@given(values, values, values)
def test_widening_is_associative(a: Any, b: Any, c: Any) -> None:
    one, two, three = of_json(a), of_json(b), of_json(c)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(values)
def test_rendered_type_is_read_back(value: Any) -> None:
    text = render(of_json(value))
    assert render(parse(text)) == text


@pytest.mark.parametrize(
    "text", ["map<string,array<int>>", "decimal(18,4)", "struct<a:decimal(9,2),b:map<string,int>>"]
)
def test_types_of_others_stay_as_they_are_written(text: str) -> None:
    assert render(parse(text)) == text


def test_extending_adds_nested_fields_and_changes_none() -> None:
    known, found = parse("struct<a:int,B:struct<x:int>>"), parse("struct<a:string,b:struct<y:int>,c:int>")
    assert render(extend(known, found)) == "struct<a:int,B:struct<x:int,y:int>,c:int>"
