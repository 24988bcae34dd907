"""Data sets and dashboards from `include/quicksight` into QuickSight: created, or updated, or found as they should be.

The files hold API-shaped request bodies, passed through untouched but for these placeholders: `${AwsAccountId}`,
`${DataSourceArn}`, `${DataSetArn:<id>}`, and `${ExternalSchema}`, the schema under which Redshift sees the lake.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException

log = logging.getLogger(__name__)

COMPARED = ("Name", "PhysicalTableMap", "LogicalTableMap", "ImportMode")
SHOWN = 50
"""Differences that the log tells of a dashboard that is updated."""
POLL_SECONDS = 0.5
VERSION_SECONDS = 120


def differences(live: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """Where two Definitions differ: the path, and the values if they are short."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        for name in (*wanted, *(name for name in live if name not in wanted)):
            yield from differences(live.get(name), wanted.get(name), f"{path}/{name}")
    elif isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        for at, (old, new) in enumerate(zip(live, wanted, strict=True)):
            yield from differences(old, new, f"{path}/{at}")
    elif live != wanted:
        yield f"{path}: {str(live)[:60]} → {str(wanted)[:60]}"


class QuickSightDeployer:
    """Brings one account's data sets and dashboards to what the files say.

    :param client: a boto3 QuickSight client.
    :param data_source: the id of the data source that the data sets read, which the stack made.
    :param principal: the ARN of a QuickSight user or group that is to own what is made; empty: nobody but the account.
    """

    def __init__(
        self,
        client: Any,
        account_id: str,
        region: str,
        data_source: str,
        principal: str = "",
        external_schema: str = "orderlogs_schema",
    ) -> None:
        self._client = client
        self._account_id = account_id
        self._region = region
        self._data_source = data_source
        self._principal = principal
        self._external_schema = external_schema

    def body(self, path: Path) -> dict[str, Any]:
        """A request body with its placeholders filled in; every other `${…}` is QuickSight's own, a parameter."""
        known = {"AwsAccountId": self._account_id, "DataSourceArn": self._arn("datasource", self._data_source)}
        known["ExternalSchema"] = self._external_schema

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            return known[name] if name in known else self._arn("dataset", name.partition(":")[2])

        filled = re.sub(r"\$\{(AwsAccountId|DataSourceArn|ExternalSchema|DataSetArn:[\w-]+)\}", fill, path.read_text())
        found: dict[str, Any] = json.loads(filled)
        return found

    def data_set(self, path: Path) -> dict[str, Any]:
        """Create or update a data set.

        :return: `{"data_set_id", "ingestion_id", "done"}`: the ingestion that QuickSight starts by itself for a new or
            changed one (None for none), and what was done: `created`, `updated` or `unchanged`.
        """
        body = self.body(path)
        found: dict[str, Any] = {"data_set_id": body["DataSetId"], "ingestion_id": None}
        try:
            key = {"AwsAccountId": self._account_id, "DataSetId": body["DataSetId"]}
            live = self._client.describe_data_set(**key)["DataSet"]
        except self._client.exceptions.ResourceNotFoundException:
            answer = self._client.create_data_set(**body, **self._permissions("dataset"))
            return found | {"ingestion_id": answer.get("IngestionId"), "done": "created"}
        differs = [name for name in COMPARED if live.get(name) != body.get(name)]
        if not differs:
            return found | {"done": "unchanged"}
        log.info("%s differs in %s", path, differs)
        answer = self._client.update_data_set(**body)
        return found | {"ingestion_id": answer.get("IngestionId"), "done": "updated"}

    def dashboard(self, path: Path) -> str:
        """Create or update a dashboard and publish the new version; what was done."""
        body = self.body(path)
        key = {"AwsAccountId": self._account_id, "DashboardId": body["DashboardId"]}
        try:
            live = self._client.describe_dashboard_definition(**key)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_dashboard(**body, **self._permissions("dashboard"))
            self._wait_for_version(key, 1)
            return "created"
        if live["Definition"] == body["Definition"] and live["Name"] == body["Name"]:
            return "unchanged"
        for line in itertools.islice(differences(live["Definition"], body["Definition"]), SHOWN):
            log.info("%s: %s", path.name, line)
        arn = self._client.update_dashboard(**{name: body[name] for name in body if name != "Permissions"})[
            "VersionArn"
        ]
        version = int(arn.rpartition("/")[2])
        self._wait_for_version(key, version)
        self._client.update_dashboard_published_version(**key, VersionNumber=version)
        return "updated"

    def _wait_for_version(self, key: dict[str, str], version: int) -> None:
        """A version is made in seconds: not worth a deferral."""
        deadline = time.monotonic() + VERSION_SECONDS
        while True:
            found = self._client.describe_dashboard(**key, VersionNumber=version)["Dashboard"]["Version"]
            if not found["Status"].endswith("_IN_PROGRESS"):
                break
            if time.monotonic() > deadline:
                raise AirflowException(f"dashboard {key['DashboardId']} is {found['Status']} after {VERSION_SECONDS} s")
            time.sleep(POLL_SECONDS)
        if found.get("Errors") or found["Status"].endswith("_FAILED"):
            said = "; ".join(
                f"{each['Type']}: {each['Message']} {[one.get('Path') for one in each.get('ViolatedEntities', [])]}"
                for each in found.get("Errors", [])
            )
            raise AirflowFailException(
                f"QuickSight refuses the dashboard {key['DashboardId']}: {said or found['Status']}"
            )

    def _permissions(self, kind: str) -> dict[str, Any]:
        if not self._principal:
            return {}
        return {"Permissions": [{"Principal": self._principal, "Actions": OWNER_ACTIONS[kind]}]}

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:quicksight:{self._region}:{self._account_id}:{kind}/{name}"


OWNER_ACTIONS = {
    "dataset": [
        f"quicksight:{action}"
        for action in (
            "DescribeDataSet",
            "DescribeDataSetPermissions",
            "PassDataSet",
            "DescribeIngestion",
            "ListIngestions",
            "UpdateDataSet",
            "DeleteDataSet",
            "CreateIngestion",
            "CancelIngestion",
            "UpdateDataSetPermissions",
        )
    ],
    "dashboard": [
        f"quicksight:{action}"
        for action in (
            "DescribeDashboard",
            "ListDashboardVersions",
            "UpdateDashboardPermissions",
            "QueryDashboard",
            "UpdateDashboard",
            "DeleteDashboard",
            "DescribeDashboardPermissions",
            "UpdateDashboardPublishedVersion",
        )
    ],
}
"""What an owner may do.

Source: https://docs.aws.amazon.com/quicksuite/latest/userguide/manage-assets-api.html
"""
