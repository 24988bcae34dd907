"""What a reader may see of each data set that a dashboard declares: its table as SQL, its columns, its state.

Evidence: see `readers` for row-level and column-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.dashboards.definition import Definition
from local_aws.dashboards.readers import Reader, hidden_columns, visible_rows
from local_aws.dashboards.sources import SourceState, state_of
from local_aws.spice.storage import Spice
from local_aws.spice.types import Column

if TYPE_CHECKING:
    from local_aws.services.quicksight import QuickSight
    from local_aws.services.quicksight.resources import Resource


@dataclass(frozen=True)
class Table:
    """:param sql: the rows that the reader may see, as SQL that stands after FROM.

    :param barred: why the reader sees no rows at all; None where some may be seen.
    """

    state: SourceState
    sql: str
    columns: Mapping[str, Column]
    hidden: frozenset[str] = frozenset()
    barred: str | None = None

    @property
    def advice(self) -> str | None:
        """Why there is nothing to read; None where there are rows."""
        if self.state.data_set_id is None:
            return f"There is no data set {self.state.identifier!r}"
        if not self.state.loaded or self.state.loaded.rows == 0:
            return self.state.advice
        return self.barred


def tables(service: QuickSight, definition: Definition, reader: Reader) -> dict[str, Table]:
    """Identifier → table, for each data set that the Definition declares."""
    by_arn = {each.arn: each for each in tuple(service.resources["data set"].values())}
    found: dict[str, Table] = {}
    for identifier, arn in definition.data_sets.items():
        data_set = by_arn.get(arn)
        state = _state(service, identifier, data_set)
        if data_set is None or state.loaded is None:
            found[identifier] = Table(state, "", {})
            continue
        columns = {each.name: each for each in state.loaded.columns}
        hidden = hidden_columns(reader, data_set.body.get("ColumnLevelPermissionRules") or ())
        condition = _condition(service, data_set.body.get("RowLevelPermissionDataSet"), reader, columns, by_arn)
        name = Spice.table(data_set.id)
        sql = name if condition is None else f"(SELECT * FROM {name} WHERE {condition})"
        barred = None
        if condition == "false":
            barred = f"Row-level security shows {reader.user} no rows of {data_set.name}"
        found[identifier] = Table(state, sql, columns, frozenset(hidden), barred)
    return found


def _state(service: QuickSight, identifier: str, data_set: Resource | None) -> SourceState:
    if data_set is None:
        return state_of(identifier, None, identifier, None, ())
    loaded = service.spice.loaded(data_set.id)
    return state_of(identifier, data_set.id, data_set.name, loaded, service.ingestions.of(data_set.id))


def _condition(
    service: QuickSight,
    rules: Mapping[str, Any] | None,
    reader: Reader,
    columns: Mapping[str, Column],
    by_arn: Mapping[str, Resource],
) -> str | None:
    """The condition of row-level security; rules that are not there, or hold no rows, let nobody see anything."""
    if not rules or rules.get("Status") == "DISABLED":
        return None
    permissions = by_arn.get(rules["Arn"])
    if permissions is None or service.spice.loaded(permissions.id) is None:
        return "false"
    answer = service.spice.cached(f"SELECT * FROM {Spice.table(permissions.id)}")
    rows = [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
    return visible_rows(reader, rows, columns, rules.get("PermissionPolicy") == "DENY_ACCESS")
