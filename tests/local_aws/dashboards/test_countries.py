"""Countries as shops write them are found on the map; what is no country is not."""

from __future__ import annotations

import pytest

from local_aws.dashboards.countries import middle_of, shape_of


@pytest.mark.parametrize(
    ("written", "shape"),
    [
        ("EIRE", "Ireland"),
        ("USA", "United States of America"),
        ("RSA", "South Africa"),
        ("Channel Islands", "Jersey"),
        ("Czech Republic", "Czechia"),
        ("united kingdom", "United Kingdom"),
        ("DE", "Germany"),
        ("Hong Kong", "Hong Kong"),
        ("Curaçao", "Curaçao"),
        ("Unspecified", None),
        ("European Community", None),
        (None, None),
    ],
)
def test_country_is_found_by_the_names_in_use(written: object, shape: str | None) -> None:
    assert shape_of(written) == shape


def test_middle_of_a_country_lies_in_it() -> None:
    assert middle_of("France") == pytest.approx((2.3, 46.6), abs=1.0)
