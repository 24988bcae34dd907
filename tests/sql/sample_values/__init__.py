"""Values with which sqlfluff renders the SQL files, of the same names and shapes as in a run."""

from __future__ import annotations

from types import SimpleNamespace

warehouse = SimpleNamespace(
    bucket="orderlogs-123456789012-us-east-1",
    database="orderlogs",
    external_schema="orderlogs_schema",
    spectrum_role_arn="arn:aws:iam::123456789012:role/spectrum",
    region="us-east-1",
)


def window() -> SimpleNamespace:
    """The arrival window of the run."""
    return SimpleNamespace(
        predicate="year IN ('2010') AND month IN ('12') AND day IN ('01')",
        start_text="2010-12-01 00:00:00",
        end_text="2010-12-02 00:00:00",
    )
