"""Starts local_aws, runs each client's checks in that client's own environment, prints a table, keeps the counts."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from local_aws.server import LocalAws

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".venv-conformance"
RESULTS = HERE / "results.json"
COUNTS = ("passed", "failed", "refused")
LOCKS = {"dbt": "dbt", "tpcds": "tpcds"}
"""The lock of a client that cannot share the others'."""
OWN = {"provider_dags"}
"""Clients that run in this project's own environment: Airflow is locked there. Their checks are others' sources."""


def clients() -> list[str]:
    return sorted(path.stem.removeprefix("test_") for path in HERE.glob("test_*.py"))


def interpreter(client: str) -> Path:
    """The Python of a client's environment, installed from its lock if that has changed."""
    if client in OWN:
        return Path(sys.executable)
    lock = HERE / f"{LOCKS.get(client, 'clients')}.txt"
    place = ENVIRONMENTS / lock.stem
    mark, state = place / ".ready", hashlib.sha256(lock.read_bytes()).hexdigest()
    python = place / "bin" / "python"
    if not mark.exists() or mark.read_text() != state:
        print(f"installing {lock.name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
        if uv := shutil.which("uv"):
            pip = [uv, "pip", "install", "--python", python]
        subprocess.run([*pip, "-q", "--require-hashes", "-r", lock], check=True)
        mark.write_text(state)
    return python


def sources() -> Path:
    """The folder of `sources.txt`'s packages: `system` of the provider's tests, `tests_common` of Airflow's."""
    lock = HERE / "sources.txt"
    place = ENVIRONMENTS / "sources"
    mark, state = place / ".ready", hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == state:
        return place
    python = interpreter("awscli")
    print(f"fetching {lock.name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch = [python, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        only = ["--no-binary", "apache-airflow-providers-amazon"]
        subprocess.run([*fetch, *only, "-r", lock, "-d", folder], check=True)
        for path in Path(folder).iterdir():
            _unpack(path, place)
    mark.write_text(state)
    return place


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


def run(client: str, url: str) -> dict[str, int]:
    """The counts of one client's checks; one that cannot even start counts as failed."""
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "counts.json"
        environment = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "111122223333",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CONFORMANCE_RESULTS": str(answer),
            "HOME": place,
        }
        if client in OWN:
            environment["CONFORMANCE_SOURCES"] = str(sources())
        options = ["-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore", "-c", os.devnull]
        command = [interpreter(client), "-m", "pytest", *options, "--rootdir", HERE, HERE / f"test_{client}.py"]
        ended = subprocess.run(command, env=environment, cwd=place, check=False)
        found = json.loads(answer.read_text()) if answer.exists() else dict.fromkeys(COUNTS, 0)
        if ended.returncode and not found["failed"]:
            found["failed"] = 1
        return {name: found[name] for name in COUNTS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make conformance")
    parser.add_argument("only", nargs="*", metavar="CLIENT", help=f"some of: {', '.join(clients())}")
    options = parser.parse_args()
    if unknown := set(options.only) - set(clients()):
        parser.error(f"no such client: {', '.join(sorted(unknown))}")
    found = {}
    with LocalAws() as aws:
        for client in options.only or clients():
            print(f"== {client}", flush=True)
            found[client] = run(client, aws.url)
    print(f"{'client':18}{'checks':>8}" + "".join(f"{name:>9}" for name in COUNTS))
    for client, counts in found.items():
        print(f"{client:18}{sum(counts.values()):>8}" + "".join(f"{counts[name]:>9}" for name in COUNTS))
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept = {client: (known | found)[client] for client in clients() if client in known | found}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
    return 1 if any(counts["failed"] for counts in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
