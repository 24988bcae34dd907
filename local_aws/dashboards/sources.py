"""How fresh a dashboard's data sets are, in words that say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.spice.ingestions import ENDED, Ingestion
from local_aws.spice.storage import Loaded


@dataclass(frozen=True)
class SourceState:
    """One data set of a dashboard.

    :param state: `ready`, `stale` (a later refresh failed), `refreshing`, `empty` (never loaded), `missing`;
        of one that is queried directly `direct`, or `failed`.
    """

    identifier: str
    data_set_id: str | None
    name: str
    state: str
    message: str | None
    loaded: Loaded | None = None
    error_type: str | None = None
    """Why the last refresh failed, if it did."""

    @property
    def advice(self) -> str:
        """What a visual says where there are no rows; the cause stands at the head of the page."""
        if self.error_type:
            return f"The data set {self.name} holds no rows: its last refresh failed ({self.error_type})"
        return self.message or f"The data set {self.name} holds no rows yet"

    def shape(self) -> dict[str, Any]:
        loaded = self.loaded
        return {
            "identifier": self.identifier,
            "id": self.data_set_id,
            "name": self.name,
            "state": self.state,
            "message": self.message,
            "refreshed": loaded.refreshed.isoformat() if loaded else None,
            "rows": loaded.rows if loaded else None,
            "dropped": loaded.dropped if loaded else None,
            "ingestion": loaded.ingestion_id if loaded else None,
        }


def state_of(
    identifier: str, data_set_id: str | None, name: str, loaded: Loaded | None, ingestions: Sequence[Ingestion]
) -> SourceState:
    """:param ingestions: of the data set, the newest first."""
    if data_set_id is None:
        message = f"The data set {name} does not exist: deploy it (CreateDataSet)"
        return SourceState(identifier, None, name, "missing", message)
    latest = ingestions[0] if ingestions else None
    running = latest is not None and latest.status not in ENDED
    failure = next((each for each in ingestions if each.status in ENDED), None)
    failed = failure is not None and failure.status != "COMPLETED"
    if failed and failure is not None and failure.error:
        cause = f"{failure.error['Type']}: {_first_line(failure.error['Message'])}"
        verb = "was cancelled" if failure.status == "CANCELLED" else "failed"
        message = f"The last refresh of {name} ({failure.id}) {verb}. {cause}"
        state = "stale" if loaded else "empty"
        return SourceState(identifier, data_set_id, name, state, message, loaded, failure.error["Type"])
    if running:
        return SourceState(identifier, data_set_id, name, "refreshing", f"{name} is being refreshed", loaded)
    if loaded is None:
        message = f"The data set {name} was never loaded: start an ingestion (CreateIngestion)"
        return SourceState(identifier, data_set_id, name, "empty", message)
    if loaded.rows == 0:
        message = f"The last refresh of {name} brought no rows: its source holds none yet"
        return SourceState(identifier, data_set_id, name, "empty", message, loaded)
    dropped = f"The last refresh of {name} dropped {loaded.dropped:,} rows" if loaded.dropped else None
    return SourceState(identifier, data_set_id, name, "ready", dropped, loaded)


def _first_line(message: str) -> str:
    """The sentence that matters of an engine's message; DescribeIngestion has it whole."""
    line = message.strip().split("\n")[0]
    return line if len(line) <= 200 else f"{line[:199]}…"
