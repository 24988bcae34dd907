"""Random expressions over a row of columns, each with the value that Trino's documentation gives it."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.arrays import Arrays
from tests.local_aws.sql.oracle.decimals import Decimals
from tests.local_aws.sql.oracle.moments import Moments
from tests.local_aws.sql.oracle.rows import Draw, rows, source
from tests.local_aws.sql.oracle.texts import Texts
from tests.local_aws.sql.oracle.truths import Truths
from tests.local_aws.sql.oracle.values import Made
from tests.local_aws.sql.oracle.whole_numbers import WholeNumbers


class Expressions(WholeNumbers, Decimals, Texts, Moments, Truths, Arrays):
    """Draws expressions of all kinds over one row."""


@st.composite
def cases(draw: Draw) -> tuple[str, list[Made]]:
    """A FROM clause of one row, and expressions over it."""
    row = draw(rows())
    made = Expressions(draw, row)
    return source(row), [made.any(draw(st.integers(1, 3))) for _ in range(12)]
