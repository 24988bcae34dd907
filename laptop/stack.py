"""The real Airflow as processes: api-server, scheduler, dag-processor, triggerer, a database, and local_aws beside it.

Everything listens on this machine alone. Keys and the password are made anew with each start.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from laptop import endpoint, environment
from laptop.postgres import NAME as DATABASE
from laptop.postgres import Postgres, ask_to_stop
from laptop.processes import Processes, wait_until
from laptop.rest import Airflow

USER = "admin"
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
"""In the order they are started in. Logs are read where they lie, so that nobody has to serve them."""
STOP_ORDER = (("starter",), ("scheduler",), ("triggerer", "dag-processor", "api-server"), (DATABASE,))
"""First who would start others again, last what the others need."""
STOP_SECONDS = {"starter": 60.0, "scheduler": 10.0}
HEALTHY = {"metadatabase", "scheduler", "triggerer", "dag_processor"}
START_SECONDS = 180


class StackError(Exception):
    """The stack cannot go on; the message is one line and says what to do or where to look."""


class Stack:
    """One Airflow with local_aws.

    :param state: where all of its files go.
    :param say: is told of progress, a line at a time.
    :param variables: for Airflow's environment, beside and above those that it is given here.
    """

    def __init__(
        self,
        state: Path | None = None,
        say: Callable[[str], None] = print,
        variables: dict[str, str] | None = None,
    ) -> None:
        self.state = state or environment.STATE / "up"
        self.processes = Processes(self.state)
        self._say = say
        self._given = variables or {}
        self._variables: dict[str, str] = {}
        self.password = secrets.token_urlsafe(12)
        self.endpoint_url = ""
        self.airflow = Airflow("", USER, self.password)

    def start(self, port: int, airflow_port: int, schedule: str) -> None:
        """Start all of it, and wait until it is healthy.

        :param port: local_aws' port.
        :raises StackError, endpoint.EndpointError: when something does not come up.
        """
        if self.processes.running():
            raise StackError("it runs already: `make down` stops it")
        if not _is_free(airflow_port):
            raise StackError(
                f"port {airflow_port} is taken by another program: stop it, or choose another, as in "
                "`make up AIRFLOW_PORT=8090`"
            )
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir(parents=True)
        self.processes.note("starter", os.getpid())
        self.endpoint_url = endpoint.start(port)
        self._say(f"local_aws      {self.endpoint_url}")
        database = Postgres(self.processes, self.state, free_port())
        database.start()
        self._variables = self._environment(database.url, airflow_port, schedule)
        self._migrate()
        for name in COMPONENTS:
            self._start_component(name)
        self.airflow = Airflow(f"http://127.0.0.1:{airflow_port}", USER, self.password)
        self._wait_until_healthy()

    def stop(self) -> list[str]:
        """Stop all of it in order, whoever started it; the names of what ran."""
        ran = [name for name in self.processes.running() if self.processes.find(name).pid != os.getpid()]  # type: ignore[union-attr]
        for together in STOP_ORDER:
            names = [name for name in together if name in ran]
            if names:
                ask = {"ask": ask_to_stop} if DATABASE in names else {}
                self.processes.stop(names, STOP_SECONDS.get(names[0], 5.0), **ask)
        self.processes.sweep()
        Postgres(self.processes, self.state).remove()
        self.processes.forget()
        if endpoint.stop():
            ran.append("local_aws")
        return ran

    def revive(self, name: str) -> None:
        """Start a component again that has ended."""
        if name == DATABASE:
            raise StackError(f"the database has ended; its last words are in {self.processes.log(name)}")
        self.processes.stop([name], 0)
        self._start_component(name)

    def _start_component(self, name: str) -> None:
        command = [sys.executable, "-m", "airflow", *COMPONENTS[name]]
        self.processes.start(name, command, self._variables)

    def _environment(self, database: str, airflow_port: int, schedule: str) -> dict[str, str]:
        home = self.state / "airflow"
        home.mkdir(parents=True)
        passwords = home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({USER: self.password}))
        inherited = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
        variables = environment.airflow_variables(self.endpoint_url, home) | {
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{airflow_port}",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(airflow_port),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{airflow_port}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            # half a second a task instead of two: what a laptop's database can be asked
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
            "AIRFLOW__AWS_WAREHOUSE__POLL_INTERVAL_SECONDS": "2",
            "AIRFLOW__AWS_WAREHOUSE__RETRIES": "2",
            "AIRFLOW__AWS_WAREHOUSE__RETRY_DELAY_SECONDS": "5",
            "AIRFLOW__AWS_WAREHOUSE__SCHEDULE": schedule,
            "PYTHONPATH": str(environment.ROOT),
        }
        return inherited | variables | self._given

    def _migrate(self) -> None:
        log = self.processes.log("database")
        with log.open("wb") as sink:
            made = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env=self._variables,
                stdout=sink,
                stderr=sink,
                check=False,
            )
        if made.returncode:
            raise StackError(f"Airflow's database cannot be set up; its last words are in {log}")

    def _wait_until_healthy(self) -> None:
        began, missing = time.monotonic(), set[str]()

        def healthy() -> bool:
            self.check()
            nonlocal missing
            states = self.airflow.health()
            now = {name for name in HEALTHY if states.get(name) != "healthy"} if states else {"api_server", *HEALTHY}
            if now != missing and now:
                seconds = time.monotonic() - began
                self._say(f"waiting for    {', '.join(sorted(now)).replace('_', '-')}  ({seconds:.0f} s)")
            missing = now
            return not now

        if not wait_until(healthy, START_SECONDS, pause=0.5):
            raise StackError(
                f"not healthy after {START_SECONDS} s: {', '.join(sorted(missing))}; the logs are in"
                f" {self.state / 'logs'}"
            )

    def check(self) -> None:
        """:raises StackError: when one of the processes has ended."""
        for name, status in self.processes.dead().items():
            raise StackError(f"{name} has ended (status {status}); its last words are in {self.processes.log(name)}")


def _is_foreign(name: str) -> bool:
    """Whether a variable of the caller's would reach into this Airflow or its AWS."""
    kept_out = ("AIRFLOW", "AWS_")
    return name.startswith(kept_out) or name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "_AIRFLOW__AS_LIBRARY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
