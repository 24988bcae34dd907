"""The services of docker-compose.yaml as processes of this machine: their own commands and environment.

What a container changes is put back: names of hosts become this machine's address with a free port, paths in the
container become what is mounted there, and each service has ports and a host name of its own. Nothing else differs,
but for what `TUNING` says.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from laptop.environment import ROOT
from laptop.postgres import Postgres, ask_to_stop
from laptop.processes import Processes, wait_until
from laptop.rest import Airflow
from laptop.stack import HEALTHY, free_port

FILE = ROOT / "docker-compose.yaml"
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")
COMPONENTS = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
STOP_SECONDS = 15.0
TUNING = {
    # what two cores can carry, and a dead worker's tasks found in seconds instead of minutes
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
    "AIRFLOW__AWS_WAREHOUSE__INLINE_WAIT_SECONDS": "1",
    "AIRFLOW__AWS_WAREHOUSE__POLL_INTERVAL_SECONDS": "1",
    "AIRFLOW__AWS_WAREHOUSE__RETRY_DELAY_SECONDS": "2",
    "SPT_NOENV": "1",
}


def interpolate(text: str, variables: dict[str, str]) -> str:
    """`${NAME:-default}` and `${NAME:?error}` filled in, `$$` a dollar: as the compose specification has it.

    :raises KeyError: for a variable that has to be set.
    """

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = variables.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return given or (found["rest"] if found["kind"] == "-" and found["rest"] else "")

    return _VARIABLE.sub(value, text)


def filled(variables: dict[str, str]) -> dict[str, Any]:
    """The compose file with its variables filled in and its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())

    def fill(node: Any) -> Any:
        if isinstance(node, str):
            return interpolate(node, variables)
        if isinstance(node, list):
            return [fill(each) for each in node]
        return {name: fill(each) for name, each in node.items()} if isinstance(node, dict) else node

    resolved: dict[str, Any] = fill(found)
    return resolved


def secrets_for(connection: str) -> dict[str, str]:
    """A filled-in `.env`."""
    return {
        "AIRFLOW_FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        **{name: secrets.token_urlsafe(48) for name in ("AIRFLOW_JWT_SECRET", "AIRFLOW_SECRET_KEY")},
        **{name: secrets.token_hex(12) for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "AIRFLOW_ADMIN_PASSWORD")},
        "AIRFLOW_CONN_AWS_DEFAULT": connection,
        "AIRFLOW_UID": str(os.geteuid()),
    }


class ComposeServices:
    """One deployment.

    :param state: where all of its files go.
    :param connection: AIRFLOW_CONN_AWS_DEFAULT, with `http://local-aws:4580` as its endpoint.
    """

    def __init__(self, state: Path, connection: str) -> None:
        self.state = state
        self.variables = secrets_for(connection)
        self.services: dict[str, Any] = filled(self.variables)["services"]
        self.processes = Processes(state)
        self.ports = {name: free_port() for name in ("postgres", "redis", "airflow-apiserver", "local-aws")}
        self.endpoint_url = f"http://127.0.0.1:{self.ports['local-aws']}"
        self._database = Postgres(self.processes, state, self.ports["postgres"])
        url = f"http://127.0.0.1:{self.ports['airflow-apiserver']}"
        self.airflow = Airflow(url, "admin", self.variables["AIRFLOW_ADMIN_PASSWORD"])

    def start_local_aws(self) -> None:
        """The command of its Dockerfile."""
        command = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile.local_aws").read_text(), re.MULTILINE)
        assert command is not None
        words = [self._here(word) for word in yaml.safe_load(command[1])]
        words[words.index("--host") + 1] = "127.0.0.1"
        words[words.index("--port") + 1] = str(self.ports["local-aws"])
        self.processes.start("local-aws", [sys.executable, *words[1:]], self._base())
        self._until_healthy("local-aws", 60)

    def start(self, workers: int) -> None:
        """Database, broker, the one-off `airflow-init`, and the components; workers as many as asked for."""
        self._start_postgres()
        self._start_redis()
        self._init()
        for name in COMPONENTS:
            self._start_airflow(name)
        for number in range(1, workers + 1):
            self.start_worker(number)
        wait_until(lambda: self._is_healthy() or bool(self.processes.dead()), 180, pause=1)
        assert self._is_healthy() and not self.processes.dead(), (self.processes.dead(), self.last_words())

    def start_worker(self, number: int) -> None:
        name = f"airflow-worker-{number}"
        # the name that a container's host name would give it
        self._start_airflow(name, "--celery-hostname", f"celery@{name}")

    def is_healthy(self, name: str) -> bool:
        """Whether the health check of a service says so, run as it stands in the file."""
        service = self.services["airflow-worker" if name.startswith("airflow-worker") else name]
        kind, *words = service["healthcheck"]["test"]
        command = ["/bin/sh", "-c", words[0]] if kind == "CMD-SHELL" else words
        command = [str(self._programs() / word) if word == "python" else self._here(word) for word in command]
        ended = subprocess.run(command, env=self._environment(name), capture_output=True, text=True, check=False)
        return ended.returncode == 0

    def kill(self, name: str) -> None:
        """`kill -9` of a service and all that it started."""
        self.processes.stop([name], 0)

    def stop(self) -> list[int]:
        """Stop all of it; the pids that had to be killed without having been asked."""
        running = self.processes.running()
        for ending in ("airflow-", "redis", "local-aws"):
            self.processes.stop([name for name in running if name.startswith(ending)], STOP_SECONDS)
        self.processes.stop(["postgres"], STOP_SECONDS, ask=ask_to_stop)
        self._database.remove()
        return self.processes.sweep()

    def last_words(self) -> str:
        logs = sorted((self.state / "logs").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-800:]}" for log in logs)

    def _start_postgres(self) -> None:
        self._database.start()
        given = self.services["postgres"]["environment"]
        import psycopg2

        with closing(psycopg2.connect(self._database.url.replace("+psycopg2", ""))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"ALTER ROLE {given['POSTGRES_USER']} PASSWORD '{given['POSTGRES_PASSWORD']}'")
            cursor.execute(f"CREATE DATABASE {given['POSTGRES_DB']}")

    def _start_redis(self) -> None:
        command = list(self.services["redis"]["command"])
        command[-1] += f" --port {self.ports['redis']} --bind 127.0.0.1 --dir {self.state}"
        self.processes.start("redis", command, self._base() | self.services["redis"]["environment"])
        self._until_healthy("redis", 20)

    def _init(self) -> None:
        service = self.services["airflow-init"]
        script = self._here(service["command"][-1])
        if os.geteuid():  # nobody to hand over to: this user owns it all
            script = re.sub("(?m)^chown .*$|setpriv .*--clear-groups ", "", script)
        ended = subprocess.run(
            [service["entrypoint"], service["command"][0], script],
            env=self._environment("airflow-init"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-2000:]

    def _start_airflow(self, name: str, *more: str) -> None:
        service = self.services["airflow-worker" if name.startswith("airflow-worker") else name]
        command = ["airflow", *service["command"].split(), *more]
        self.processes.start(name, command, self._environment(name))

    def _is_healthy(self) -> bool:
        states = self.airflow.health()
        return bool(states) and all(states.get(name) == "healthy" for name in HEALTHY)

    def _until_healthy(self, name: str, seconds: float) -> None:
        assert wait_until(lambda: self.is_healthy(name), seconds, pause=0.3), self.last_words()

    def _base(self) -> dict[str, str]:
        kept = ("HOME", "LANG", "LC_ALL", "TMPDIR", "USER")
        path = f"{self._programs()}:{os.environ.get('PATH', '')}"
        return {name: os.environ[name] for name in kept if name in os.environ} | {"PATH": path}

    def _programs(self) -> Path:
        """The image's programs, run by this interpreter and no other."""
        folder = self.state / "bin"
        if not folder.exists():
            folder.mkdir()
            for name in ("airflow", "celery", "python"):
                module = "" if name == "python" else f" -m {name}"
                program = folder / name
                program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
                program.chmod(0o755)
        return folder

    def _environment(self, name: str) -> dict[str, str]:
        service = self.services["airflow-worker" if name.startswith("airflow-worker") else name]
        given = {key: self._here(str(value)) for key, value in service.get("environment", {}).items()}
        if not name.startswith("airflow-"):
            return self._base() | given
        home = self.state / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        own = {
            # what the image sets, and what the container's own address space keeps apart
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": self._here("/opt/airflow/dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": self._here("/opt/airflow/plugins"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": self._here("/opt/airflow/logs"),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.ports["airflow-apiserver"]),
            "AIRFLOW__API__BASE_URL": self.airflow.url,
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self._port_of(name, "health")),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self._port_of(name, "logs")),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self._port_of(name, "logs")),
            "HOSTNAME": name if name.startswith("airflow-worker") else os.uname().nodename,
        }
        return self._base() | given | own | TUNING

    def _port_of(self, name: str, what: str) -> int:
        return self.ports.setdefault(f"{name}:{what}", free_port())

    def _here(self, text: str) -> str:
        """A value or a word of a command, without its container."""
        for host, port in (("airflow-apiserver", 8080), ("local-aws", 4580), ("redis", 6379)):
            text = text.replace(f"{host}:{port}", f"127.0.0.1:{self.ports[host]}")
        text = text.replace("localhost:8974", f"127.0.0.1:{self._port_of('airflow-scheduler', 'health')}")
        text = text.replace("localhost:8080", f"127.0.0.1:{self.ports['airflow-apiserver']}")
        text = text.replace("localhost:4580", f"127.0.0.1:{self.ports['local-aws']}")
        text = text.replace("redis-cli ping", f"redis-cli -p {self.ports['redis']} ping")
        text = text.replace("@postgres/", f"@127.0.0.1:{self.ports['postgres']}/")
        for folder in ("dags", "plugins", "include"):
            text = text.replace(f"/opt/airflow/{folder}", str(ROOT / folder))
        for folder in ("/opt/airflow/config", "/opt/airflow/logs"):
            place = self.state / "volumes" / Path(folder).name
            place.mkdir(parents=True, exist_ok=True)
            text = text.replace(folder, str(place))
        return str(self.state / "volumes" / "data") if text == "/data" else text


def missing() -> str:
    """What this machine lacks, as a line for a person; empty if nothing."""
    wanted = {"redis-server": "redis-server", "redis-cli": "redis-tools", "curl": "curl"}
    lacking = {package for program, package in wanted.items() if shutil.which(program) is None}
    return f"needs {', '.join(sorted(lacking))}: apt-get install {' '.join(sorted(lacking))}" if lacking else ""
