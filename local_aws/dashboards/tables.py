"""What a reader may see of each data set that a dashboard declares: its table as SQL, its columns, its state.

Evidence: see `readers` for row-level and column-level security; a data set that is queried directly is asked for when
something is drawn from it (https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDataSet.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.dashboards.definition import Definition
from local_aws.dashboards.readers import Reader, hidden_columns, visible_rows
from local_aws.dashboards.sources import SourceState, state_of
from local_aws.spice.failures import error_info
from local_aws.spice.fetching import Fetcher
from local_aws.spice.parameters import Given
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
    def failure(self) -> str | None:
        """Why a direct query has no answer."""
        return self.state.message if self.state.state == "failed" else None

    @property
    def advice(self) -> str | None:
        """Why there is nothing to read; None where there are rows."""
        if self.state.data_set_id is None:
            return f"There is no data set {self.state.identifier!r}"
        if not self.state.loaded or self.state.loaded.rows == 0:
            return self.state.advice
        return self.barred


class Tables(Mapping[str, Table]):
    """Identifier → table of each data set that a Definition declares, read when it is first asked for.

    The rows of data sets that are queried directly are held until the end of the `with`.
    """

    def __init__(self, service: QuickSight, definition: Definition, reader: Reader) -> None:
        self._service = service
        self._reader = reader
        self._arns = definition.data_sets
        self._by_arn = {each.arn: each for each in tuple(service.resources["data set"].values())}
        self._given: dict[str, Given] = {}
        self._read: dict[str, Table] = {}
        self._held = ExitStack()

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self._arns)

    def __len__(self) -> int:
        return len(self._arns)

    def __getitem__(self, identifier: str) -> Table:
        if identifier not in self._read:
            self._read[identifier] = self._table(identifier, self._by_arn.get(self._arns[identifier]))
        return self._read[identifier]

    def give(self, identifier: str, values: Given) -> None:
        """Values of the parameters of a data set, from now on; they reach those that are queried directly."""
        if values and values != self._given.get(identifier):
            self._given[identifier] = values
            self._read.pop(identifier, None)

    def states(self) -> list[SourceState]:
        """How each data set is; nobody is asked for the rows of one that is queried directly and was not read."""
        found = []
        for identifier, arn in self._arns.items():
            data_set, read = self._by_arn.get(arn), self._read.get(identifier)
            found.append(read.state if read else self._state(identifier, data_set))
        return found

    def seen(self) -> list[Table]:
        """The tables that were read."""
        return list(self._read.values())

    def _table(self, identifier: str, data_set: Resource | None) -> Table:
        state, name = self._state(identifier, data_set), ""
        if data_set is not None:
            name = Spice.table(data_set.id)
            if _direct(data_set):
                name, state = self._asked(identifier, data_set)
        if data_set is None or state.loaded is None:
            return Table(state, "", {})
        columns = {each.name: each for each in state.loaded.columns}
        hidden = hidden_columns(self._reader, data_set.body.get("ColumnLevelPermissionRules") or ())
        rules = data_set.body.get("RowLevelPermissionDataSet")
        condition = self._condition(rules, columns)
        sql = name if condition is None else f"(SELECT * FROM {name} WHERE {condition})"
        barred = None
        if condition == "false":
            barred = f"Row-level security shows {self._reader.user} no rows of {data_set.name}"
        return Table(state, sql, columns, frozenset(hidden), barred)

    def _state(self, identifier: str, data_set: Resource | None) -> SourceState:
        if data_set is None:
            return state_of(identifier, None, identifier, None, ())
        if _direct(data_set):
            return SourceState(identifier, data_set.id, data_set.name, "direct", None)
        loaded = self._service.spice.loaded(data_set.id)
        return state_of(identifier, data_set.id, data_set.name, loaded, self._service.ingestions.of(data_set.id))

    def _asked(self, identifier: str, data_set: Resource) -> tuple[str, SourceState]:
        """The table of a direct query's rows, and the state: with the rows' number, or why there are none.

        Deviates: the source is asked for all rows of the data set, and they are aggregated here.
        """
        service = self._service
        try:
            plan = service.plan_of(data_set, self._given.get(identifier))
            arrived = Fetcher(service.lake, service.spice).arrived(plan, service.origins())
            share = service.ingestions.quotas.unreadable_share
            name, loaded = self._held.enter_context(service.spice.held(plan, arrived, share))
            message = None if loaded.rows else f"The query of {data_set.name} answers no rows"
            return name, SourceState(identifier, data_set.id, data_set.name, "direct", message, loaded)
        except Exception as error:  # an ingestion's errors, at the draw
            info, _ = error_info(error)
            message = f"The query of {data_set.name} failed. {info['Type']}: {info['Message']}"
            return "", SourceState(identifier, data_set.id, data_set.name, "failed", message, error_type=info["Type"])

    def _condition(self, rules: Mapping[str, Any] | None, columns: Mapping[str, Column]) -> str | None:
        """The condition of row-level security; rules that are not there, or hold no rows, let nobody see anything."""
        if not rules or rules.get("Status") == "DISABLED":
            return None
        table = self._table("rules", self._by_arn.get(rules["Arn"]))
        if table.advice:
            return "false"
        answer = self._service.spice.cached(f"SELECT * FROM {table.sql}")
        rows = [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
        return visible_rows(self._reader, rows, columns, rules.get("PermissionPolicy") == "DENY_ACCESS")


def _direct(data_set: Resource) -> bool:
    return bool(data_set.body["ImportMode"] != "SPICE")
