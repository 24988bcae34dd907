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
LOCKS = {"dbt": "dbt", "dbt_functional": "dbt", "dlt": "dlt", "sqlmesh": "sqlmesh", "tpcds": "tpcds"}
"""The lock of a client that cannot share the others'."""
OWN = {"provider_dags"}
"""Clients that run in this project's own environment: Airflow is locked there."""
SOURCES = {"dbt_functional": "dbt_sources", "provider_dags": "sources"}
"""Clients whose checks are others' sources, and the lock of these."""
LIMITS = {"dbt_functional": 3600, "provider_dags": 5400, "tpcds": 5400}
LIMIT = 1200
"""Seconds after which a client's checks are ended, where `LIMITS` says nothing."""
_KEPT = {
    "apache_airflow_devel_common": ("tests_common/", ""),
    "apache_airflow_providers_amazon": ("system/", "/tests/"),
    "dbt_athena": ("tests/", "/"),
}
"""Of each package of sources the folder that is kept, and what stands before it in the archive for the first time."""


class UnreachableError(Exception):
    """The packages could not be fetched."""


def clients() -> list[str]:
    """Those that take longest first, then those with an environment of their own."""
    names = sorted(path.stem.removeprefix("test_") for path in HERE.glob("test_*.py"))
    return sorted(names, key=lambda name: (-LIMITS.get(name, 0), name not in OWN | set(LOCKS)))


def locks_of(client: str) -> list[Path]:
    """The locks of a client's environment and of its sources."""
    names = [
        *([] if client in OWN else [LOCKS.get(client, "clients")]),
        *([SOURCES[client]] if client in SOURCES else []),
    ]
    return [HERE / f"{name}.txt" for name in names]


def files_of(client: str) -> list[Path]:
    """What a client's checks depend on: local_aws, its lock, its checks."""
    shared = [HERE / "conftest.py", *([HERE / "dag_run.py"] if client in OWN else [])]
    return [HERE.parent / "local_aws", *locks_of(client), HERE / f"test_{client}.py", *shared]


def interpreter(client: str) -> Path:
    """The Python of a client's environment, installed from its lock if that has changed.

    :raises UnreachableError:
    """
    if client in OWN:
        return Path(sys.executable)
    lock = locks_of(client)[0]
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


def sources(client: str) -> Path:
    """The folder of a client's sources: `system` and `tests_common` of Airflow's, `tests` of dbt-athena's.

    :raises UnreachableError:
    """
    lock = HERE / f"{SOURCES[client]}.txt"
    place = ENVIRONMENTS / lock.stem
    if _is_ready(place, lock):
        return place
    python = interpreter("awscli")
    print(f"fetching {lock.name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch = [python, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        only = ["--no-binary", "apache-airflow-providers-amazon,dbt-athena"]
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
    """What is kept of an archive, without what stands before it."""
    kept, before = next(each for name, each in _KEPT.items() if path.name.replace("-", "_").startswith(name))
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            wheel.extractall(place, [name for name in wheel.namelist() if name.startswith(kept)])
        return
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            _, _, inner = member.name.partition(before)
            if inner.startswith(kept):
                member.name = inner
                archive.extract(member, place, filter="data")
