"""The steps between the remote jobs: they read counts, keep the ledger, and say no."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException

from aws_warehouse.checks import CheckError, judge
from aws_warehouse.connection import AwsParams, BlockingCalls, run_now
from aws_warehouse.drift import Drift, compare, lost_columns
from aws_warehouse.lease import Lease, holder_of
from aws_warehouse.ledger import (
    DayEntry,
    DayRange,
    Ledger,
    LedgerImbalanceError,
    LoadEntry,
    WindowEntry,
    at_least,
    day_ranges,
    window_key,
)
from aws_warehouse.prices import Prices
from aws_warehouse.quicksight import QuickSightDeployer
from aws_warehouse.settings import AWS, INCLUDE, SETTINGS
from aws_warehouse.window import instant_of, resolve_window, text

log = logging.getLogger(__name__)

GROWING = frozenset({"pipeline_windows"})
"""Data sets whose table may grow while they are refreshed."""


def ledger() -> Ledger:
    """The ledger in the warehouse's bucket, by the AWS connection."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    return Ledger(S3Hook(SETTINGS.aws_conn_id).conn, SETTINGS.bucket)


def lease() -> Lease:
    """The lease of the lake's tables, by the AWS connection."""
    aws = AwsParams(aws_conn_id=SETTINGS.aws_conn_id, region_name=SETTINGS.region, verify=None, botocore_config=None)
    return Lease(BlockingCalls(aws), SETTINGS.bucket, SETTINGS.lease_minutes * 60.0)


@task
def audit_window(checks: list[Any], fields: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Look at what arrived before any of it is merged: a window that fails here never reaches lake or marts.

    :param checks: results of checks of the window's records.
    :param fields: the result of `ledger/count_fields.sql`.
    :return: the rows that warnings found, by check, and what is new in the records.
    """
    kept, accept = ledger(), bool(context["params"].get("accept_fields"))
    while True:
        known, etag = kept.fields()
        drift = _drift(known, fields["rows"], accept)
        warnings = judge(checks, "Nothing of the window was merged")
        if drift.known == known or kept.write_fields(drift.known, etag):
            break  # else another window made fields known meanwhile: compare with these
    queries = [query for result in [fields, *checks] for query in result["queries"]]
    return {"warnings": warnings, "reported": drift.reported if known else [], "queries": queries}


def _drift(known: dict[str, list[str]], rows: list[dict[str, Any]], accept: bool) -> Drift:
    """What differs from what is known, told in the log. :raises CheckError: if it stops the run."""
    drift = compare(known, rows, accept=accept)
    if rows and (lost := lost_columns(drift.known, _crawled_columns())):
        drift.stopping.append(f"table {SETTINGS.raw_table} has no column {', '.join(lost)}: run its crawler again")
    for line in drift.reported if known else ():
        log.warning("the records changed: %s", line)
    if drift.stopping:
        raise CheckError(
            f"the records changed: {'; '.join(drift.stopping)}. Nothing of the window was merged. If the change is"
            " right, run the window again with accept_fields; if not, mend the store and send its records again"
        )
    return drift


def _crawled_columns() -> list[str]:
    from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook

    hook = GlueCatalogHook(aws_conn_id=SETTINGS.aws_conn_id, region_name=SETTINGS.region)
    table = hook.get_table(SETTINGS.database, SETTINGS.raw_table)
    return [column["Name"] for column in table["StorageDescriptor"]["Columns"]]


@task
def no_offending_rows(checks: list[Any]) -> dict[str, int]:
    """Fail if a check of level error found rows, and show all that were found; the numbers of rows by warning."""
    return judge(checks, "Nothing after this step was published")


@task
def open_window(**context: Any) -> str:
    """Note in the ledger that the window's merge begins: what the lake has of it is not settled until it balances."""
    window = resolve_window(context)
    key = window_key(text(window.start), text(window.end))
    ledger().open_window(key, context["run_id"])
    return key


@task
def balance_window(
    counts: dict[str, Any],
    hours: dict[str, Any],
    rejects: dict[str, Any],
    merged: dict[str, Any],
    crawled: dict[str, Any],
    audited: dict[str, Any],
    checked: dict[str, int],
    **context: Any,
) -> dict[str, Any]:
    """Write the window into the ledger and fail unless every raw record is accounted for exactly once."""
    window = resolve_window(context)
    days: dict[str, int] = {}
    for row in hours["rows"]:
        if instant_of(row["arrival_hour"], "arrival_hour") in window:
            days[row["order_day"]] = days.get(row["order_day"], 0) + int(row["line_count"])
    entry = WindowEntry(
        window_start=text(window.start),
        window_end=text(window.end),
        **{name: int(count) for name, count in counts["row"].items()},
        days=days,
        rejects={row["reason"]: int(row["reject_count"]) for row in rejects["rows"]},
        jobs=_jobs(crawled, [audited, merged, counts, hours, rejects], context)
        | {"warnings": audited["warnings"] | checked, "drift": audited["reported"]},
    )
    entry.bytes_scanned = sum(entry.jobs["bytes_scanned"])
    entry.cost_usd = float(Prices.read(INCLUDE / "prices.json").window(entry.jobs))
    run_now(lease().confirm(holder_of(entry.key, context["run_id"]), merged["generation"]))
    kept = ledger()
    kept.write_window(entry)
    try:
        entry.check()
    except LedgerImbalanceError as error:
        raise CheckError(str(error)) from error
    for other in kept.take_over(hours["rows"], entry.window_start, entry.window_end):
        log.info("window %s gave events to this earlier one, and balances still", other.key)
    kept.close_window(entry.key)
    log.info("balanced: %s", entry)
    return {"window": str(window), "raw_records": entry.raw_records, "accepted": entry.accepted, "days": days}


@task
def release_lease(**context: Any) -> None:
    """Let other windows be merged, whatever became of this one; fail if a person marked the run failed.

    Of such a run the teardown alone is left, and Airflow would take the skipped tasks for good ones.
    """
    window, run_id = resolve_window(context), context["run_id"]
    run_now(lease().release(holder_of(window_key(text(window.start), text(window.end)), run_id)))
    task = context["ti"]
    states = task.get_task_states(dag_id=task.dag_id, task_ids=["balance_window"], run_ids=[run_id])
    if states.get(run_id, {}).get("balance_window") == "skipped":
        raise AirflowFailException("the run was marked failed: its window is not balanced. Clear it, or run it again")


def _jobs(crawled: dict[str, Any], queried: list[dict[str, Any]], context: Any) -> dict[str, Any]:
    """What the run did: the crawl and the queries by their ids, what they scanned, and how long they took."""
    queries = [query for result in queried for query in result["queries"]]
    began = getattr(context.get("dag_run"), "start_date", None)
    return {
        "run_id": context["run_id"],
        "crawl_id": crawled.get("crawl_id"),
        "dpu_hours": crawled.get("dpu_hours") or 0.0,
        "seconds": round((datetime.now(UTC) - began).total_seconds(), 1) if began else None,
        "queries": [query["query_execution_id"] for query in queries],
        "query_names": [query["name"] for query in queries],
        "query_ms": [query["engine_ms"] for query in queries],
        "bytes_scanned": [query["data_scanned_bytes"] for query in queries],
        "engine_ms": sum(query["engine_ms"] for query in queries),
    }


@task
def plan_load(**context: Any) -> list[dict[str, str]]:
    """The ranges of order days to load, as parameters of SQL files: those asked for, else those pending."""
    generation = run_now(lease().look())[0].generation  # before the ledger is read: what is merged later, is later
    kept = ledger()
    params = context["params"]
    first, last = params.get("first_day"), params.get("last_day")
    if bool(first) != bool(last):
        raise AirflowFailException("give both first_day and last_day, or neither")
    if first and last:
        if first > last:
            raise AirflowFailException(f"first_day {first} is after last_day {last}")
        ranges = [DayRange(first, last)]
    else:
        pending = kept.pending()
        ranges = day_ranges(pending)
        log.info("%d pending order days in %d ranges: %s", len(pending), len(ranges), ", ".join(pending) or "none")
    windows = {
        day: found
        for day, found in kept.brought().items()
        if any(each.first_day <= day <= each.last_day for each in ranges)
    }
    context["ti"].xcom_push(key="windows", value=windows)
    context["ti"].xcom_push(key="generation", value=generation)
    return [{"first_day": each.first_day, "last_day": each.last_day} for each in ranges]


@task
def reconcile_days(
    windows: dict[str, dict[str, int]],
    counts: list[Any],
    generation: int,
    loads: list[Any] | None = None,
    **context: Any,
) -> dict[str, int]:
    """Compare lake, fact and marts day by day, and note the days as loaded. Fails at the first difference.

    A window may be merged while the load runs. A day that it touches is noted with the windows of the plan, so that it
    stays pending; where the lake has moved on from the fact already, the day is not noted at all. That the lake did
    move is read from the ledger: a window has been merged since the plan, or is being merged. Otherwise a difference is
    a loss; a run that failed between merge and balance, long ago, hides none.

    :param windows: order day → the windows that had brought its rows when the load was planned.
    :param generation: that of the lease when the load was planned.
    :param loads: the results of the loads, for the ledger.
    """
    kept = ledger()
    held, is_held = run_now(lease().look())
    merged = is_held or held.generation != generation
    brought = kept.brought()
    entries = [_day_entry(day, found, windows, context["run_id"]) for day, found in _by_day(counts).items()]
    loaded = {entry.order_day for entry in entries}
    for day in sorted(windows):
        if day not in loaded:
            raise CheckError(f"the ledger has rows of order day {day}, but the lake, the fact and the marts have none")
    settled = []
    for entry in entries:
        known = brought.get(entry.order_day, {})
        agrees = _check_day(entry, merged or known != entry.windows)
        # of a day that the plan had not, nothing is known of what the load saw: its entry is left as it was
        if agrees and (entry.windows or not known):
            settled.append(entry)
        else:
            log.warning("order day %s changed in the lake during the load: it stays pending", entry.order_day)
    kept.write_days(settled)
    if entries:
        kept.write_load(_load_entry(context["run_id"], entries, settled, loads or []))
    return {entry.order_day: entry.rows["fact"] for entry in settled}


def _load_entry(run_id: str, entries: list[DayEntry], settled: list[DayEntry], loads: list[Any]) -> LoadEntry:
    layers = ("lake", "fact", "marts")
    noted = {entry.order_day for entry in settled}
    return LoadEntry(
        run_id=run_id,
        ended=text(datetime.now(UTC)),
        days=[entry.order_day for entry in entries],
        rows={layer: sum(entry.rows[layer] for entry in entries) for layer in layers},
        revenue={layer: str(sum(Decimal(entry.revenue[layer]) for entry in entries)) for layer in layers},
        pending=[entry.order_day for entry in entries if entry.order_day not in noted],
        statements=[
            {name: part[name] for name in ("id", "name", "rows", "duration_ms")}
            for load in loads
            for part in load["statements"]
        ],
        duration_ms=sum(load["duration_ms"] for load in loads),
    )


def _by_day(counts: list[Any]) -> dict[str, dict[str, tuple[int, str]]]:
    """Order day → layer → (rows, revenue), of the results of `redshift/ledger/count_days.sql`."""
    layers: dict[str, dict[str, tuple[int, str]]] = {}
    for result in counts:
        for row in result["rows"]:
            layers.setdefault(row["order_day"], {})[row["layer"]] = int(row["line_count"]), str(row["revenue"])
    return dict(sorted(layers.items()))


def _day_entry(
    day: str, found: dict[str, tuple[int, str]], windows: dict[str, dict[str, int]], run_id: str
) -> DayEntry:
    rows = {layer: found.get(layer, (0, "0"))[0] for layer in ("lake", "fact", "marts")}
    revenue = {layer: _amount(found.get(layer, (0, "0"))[1]) for layer in ("lake", "fact", "marts")}
    return DayEntry(day, windows.get(day, {}), rows, revenue, run_id)


def _check_day(entry: DayEntry, moved: bool) -> bool:
    """Whether the day is loaded as the lake has it. :param moved: the lake may have changed since it was read."""
    try:
        entry.check(("fact", "marts"))
        if moved and (entry.rows["lake"], entry.revenue["lake"]) != (entry.rows["fact"], entry.revenue["fact"]):
            return False
        entry.check()
        if not moved and entry.rows["fact"] < (expected := at_least(entry.windows)):
            raise LedgerImbalanceError(
                f"order day {entry.order_day}: the ledger has {expected} rows, the fact {entry.rows['fact']}"
            )
    except LedgerImbalanceError as error:
        raise CheckError(str(error)) from error
    return True


def _amount(number: str) -> str:
    """`12.5000` and `12.50` are one amount."""
    return str(Decimal(number).normalize() + 0)


@task.sensor(mode="reschedule", poke_interval=6 * AWS["poll_interval"], timeout=86_400)
def wait_until_settled(**context: Any) -> bool:
    """Wait while windows are run or loaded, at most `settle_minutes`: their end would only ask for another refresh.

    What wakes this DAG meanwhile waits for one further run. A run by hand waits for nothing.
    """
    run = context["dag_run"]
    if run.run_type == "manual":
        return True
    busy = {
        dag_id: context["ti"].get_dr_count(dag_id=dag_id, states=["queued", "running"])
        for dag_id in ("order_lake", "order_warehouse")
    }
    waited = datetime.now(UTC) - run.start_date
    log.info("waited %s; at work: %s", waited, busy)
    return not any(busy.values()) or waited >= timedelta(minutes=SETTINGS.settle_minutes)


@task
def compare_spice(counts: dict[str, Any], refreshed: list[Any]) -> dict[str, int]:
    """Fail unless each data set holds as many rows as its table, and note the refreshes in the ledger."""
    expected = {row["data_set"]: int(row["row_count"]) for row in counts["rows"]}
    kept = ledger()
    held = {}
    for refresh in refreshed:
        data_set, rows = refresh["data_set_id"], int(refresh["rows_ingested"])
        # windows may end while the refreshes run: their set may hold more than was counted, never less
        if rows != expected[data_set] and not (data_set in GROWING and rows > expected[data_set]):
            raise CheckError(f"data set {data_set} holds {rows} rows in SPICE, its table {expected[data_set]}")
        kept.write_refresh(data_set, {**refresh, "table_rows": expected[data_set]})
        held[data_set] = rows
    return held


def _deployer() -> QuickSightDeployer:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    client = AwsBaseHook(aws_conn_id=SETTINGS.aws_conn_id, client_type="quicksight", region_name=SETTINGS.region).conn
    account = AwsBaseHook(aws_conn_id=SETTINGS.aws_conn_id, client_type="sts").conn.get_caller_identity()["Account"]
    return QuickSightDeployer(
        client,
        account,
        SETTINGS.region,
        SETTINGS.data_source,
        SETTINGS.quicksight_principal,
        SETTINGS.external_schema,
    )


@task
def deploy_data_sets() -> list[dict[str, Any]]:
    """Bring the data sets of `include/quicksight/data_sets` into QuickSight.

    :return: one `{"data_set_id", "ingestion_id"}` each, as parameters of the sensor that watches the first ingestions.
    """
    deployer = _deployer()
    found = [deployer.data_set(path) for path in sorted((INCLUDE / "quicksight" / "data_sets").glob("*.json"))]
    for each in found:
        log.info("data set %s: %s", each["data_set_id"], each.pop("done"))
    return found


@task
def deploy_dashboards() -> dict[str, str]:
    """Bring the dashboards of `include/quicksight/dashboards` into QuickSight and publish them; what was done."""
    deployer = _deployer()
    found = sorted((INCLUDE / "quicksight" / "dashboards").glob("*.json"))
    return {path.stem: deployer.dashboard(path) for path in found}
