"""The environments that clients run in, and others' sources: fetched from the package registry when they are needed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".venv-conformance"
LOCKS = {"dbt": "dbt", "tpcds": "tpcds"}
"""The lock of a client that cannot share the others'."""
OWN = {"provider_dags"}
"""Clients that run in this project's own environment: Airflow is locked there. Their checks are others' sources."""


class UnreachableError(Exception):
    """The packages could not be fetched."""


def clients() -> list[str]:
    """Those with an environment of their own first: they take longest."""
    names = sorted(path.stem.removeprefix("test_") for path in HERE.glob("test_*.py"))
    return sorted(names, key=lambda name: name not in OWN | set(LOCKS))


def lock_of(client: str) -> Path:
    return HERE / ("sources.txt" if client in OWN else f"{LOCKS.get(client, 'clients')}.txt")


def files_of(client: str) -> list[Path]:
    """What a client's checks depend on: local_aws, its lock, its checks."""
    shared = [HERE / "conftest.py", *([HERE / "dag_run.py"] if client in OWN else [])]
    return [HERE.parent / "local_aws", lock_of(client), HERE / f"test_{client}.py", *shared]


def interpreter(client: str) -> Path:
    """The Python of a client's environment, installed from its lock if that has changed.

    :raises UnreachableError:
    """
    if client in OWN:
        return Path(sys.executable)
    lock = lock_of(client)
    place = ENVIRONMENTS / lock.stem
    python = place / "bin" / "python"
    if _is_ready(place, lock):
        return python
    print(f"installing {lock.name}", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", place])
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        pip = [uv, "pip", "install", "--python", python]
    _run([*pip, "-q", "--require-hashes", "-r", lock])
    _make_ready(place, lock)
    return python


def sources() -> Path:
    """The folder of `sources.txt`'s packages: `system` of the provider's tests, `tests_common` of Airflow's.

    :raises UnreachableError:
    """
    lock = HERE / "sources.txt"
    place = ENVIRONMENTS / "sources"
    if _is_ready(place, lock):
        return place
    python = interpreter("awscli")
    print(f"fetching {lock.name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch = [python, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        only = ["--no-binary", "apache-airflow-providers-amazon"]
        _run([*fetch, *only, "-r", lock, "-d", folder])
        for path in Path(folder).iterdir():
            _unpack(path, place)
    _make_ready(place, lock)
    return place


def _run(command: list[str | Path]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = [line.strip() for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
        raise UnreachableError("; ".join(said[-3:]))


def _is_ready(place: Path, lock: Path) -> bool:
    mark = place / ".ready"
    return mark.exists() and mark.read_text() == _state(lock)


def _make_ready(place: Path, lock: Path) -> None:
    (place / ".ready").write_text(_state(lock))


def _state(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _unpack(path: Path, place: Path) -> None:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            wheel.extractall(place, [name for name in wheel.namelist() if name.startswith("tests_common/")])
        return
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            _, _, inner = member.name.partition("/tests/")
            if inner.startswith("system/"):
                member.name = inner
                archive.extract(member, place, filter="data")
