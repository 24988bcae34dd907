"""How a query fails: Trino's error name and message, and Athena's category of it."""

from __future__ import annotations

SYSTEM, USER, OTHER = 1, 2, 3


class QueryFailed(Exception):  # noqa: N818 - what happened to the query, not a defect here
    """A query that cannot be answered.

    :param name: Trino's error name, such as `TABLE_NOT_FOUND` or `HIVE_BAD_DATA`.
    :param message: what `StateChangeReason` says after the name.
    :param at: line and column (from 1) of the text that is meant.
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
    """

    def __init__(self, name: str, message: str, at: tuple[int, int] | None = None) -> None:
        where = f"line {at[0]}:{at[1]}: " if at else ""
        super().__init__(f"{name}: {where}{message}")
        self.name = name
        self.placed_already = at is not None
        self.message = where + message

    def placed(self, at: tuple[int, int] | None) -> QueryFailed:
        """The same failure at a place, unless it has one."""
        return self if self.placed_already or at is None else QueryFailed(self.name, self.message, at)

    @property
    def reason(self) -> str:
        return str(self)

    @property
    def category(self) -> int:
        """Athena's ErrorCategory: 1 system, 2 user, 3 other."""
        return OTHER if self.name == "INTERNAL_ERROR" else USER


def unsupported(feature: str, at: tuple[int, int] | None = None) -> QueryFailed:
    """The refusal of what Athena has and local_aws has not."""
    return QueryFailed("NOT_SUPPORTED", f"local_aws does not support {feature}", at)
