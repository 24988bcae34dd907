"""Airflow's REST API, as far as `make up` and its tests need it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

ENDED = frozenset({"success", "failed"})


class RestError(Exception):
    """Airflow did not do what it was asked; the message says what it answered."""


class Airflow:
    """One Airflow.

    :param url: its address, such as http://127.0.0.1:8080.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token = ""

    def health(self) -> dict[str, str]:
        """The state of each component; empty while the API does not answer."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", None, signed=False)
        except RestError:
            return {}
        return {name: str(found.get("status")) for name, found in answer.items()}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A call of `/api/v2`, logged in. :raises RestError:"""
        if not self._token:
            self._token = self._send("POST", "/auth/token", self._login, signed=False)["access_token"]
        return self._send(method, f"/api/v2{path}", body)

    def has_dags(self, *dag_ids: str) -> bool:
        known = {dag["dag_id"] for dag in self.call("GET", "/dags?limit=100")["dags"]}
        return known.issuperset(dag_ids)

    def import_errors(self) -> list[str]:
        found = self.call("GET", "/importErrors")["import_errors"]
        return [f"{each['filename']}: {each['stack_trace'].strip().splitlines()[-1]}" for each in found]

    def pause(self, dag_id: str, paused: bool) -> None:
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": paused})

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run by hand; its id."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return str(run["dag_run_id"])

    def clear(self, dag_id: str, run_id: str) -> None:
        """Have a run do all of its tasks again."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/clear"
        self.call("POST", path, {"dry_run": False, "only_failed": False})

    def backfill(self, dag_id: str, first: str, last: str, max_active_runs: int = 1) -> int:
        """Start a backfill of the runs whose logical dates are from `first` up to `last`; its id."""
        body = {"dag_id": dag_id, "from_date": first, "to_date": last, "max_active_runs": max_active_runs}
        return int(self.call("POST", "/backfills", body)["id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The newest runs first."""
        found: list[dict[str, Any]] = self.call("GET", f"/dags/{dag_id}/dagRuns?order_by=-run_after&limit=100")[
            "dag_runs"
        ]
        return found

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(
            "GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances?limit=200"
        )["task_instances"]
        return found

    def wait_for_run(self, dag_id: str, run_id: str, seconds: float) -> str:
        """The state that a run ends in. :raises RestError: when it is not over in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.call("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"]
            if state in ENDED:
                return str(state)
            time.sleep(0.5)
        raise RestError(f"the run {run_id} of {dag_id} is not over after {seconds:.0f} s")

    def _send(self, method: str, path: str, body: dict[str, Any] | None, signed: bool = True) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if signed:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = " ".join(error.read(1000).decode("utf-8", "replace").split())
            raise RestError(f"{method} {path}: HTTP {error.code} {said}") from error
        except (OSError, ValueError) as error:
            raise RestError(f"{method} {path}: {error}") from error
        return found
