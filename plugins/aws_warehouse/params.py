"""The forms of the DAGs: what one may say when triggering by hand. All may be left empty."""

from __future__ import annotations

from airflow.sdk import Param


def _instant(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date-time", title=title, description=description)


def _day(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


WINDOW_PARAMS: dict[str, Param] = {
    "window_start": _instant("Window start", "First hour of arrival to process (UTC). Empty: the run's data interval."),
    "window_end": _instant("Window end", "End of the window (UTC); not part of it. Empty: the run's data interval."),
    "accept_fields": Param(
        False,
        type="boolean",
        title="Accept changed fields",
        description="The fields of the store's records changed, and that is right: go on, and know them from now on.",
    ),
}

DAY_PARAMS: dict[str, Param] = {
    "first_day": _day("First order day", "Load from this order day on, pending or not. Empty: what the ledger says."),
    "last_day": _day("Last order day", "Load up to and with this order day. Empty: what the ledger says."),
}
