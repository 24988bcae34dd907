"""The README's three ways to use local_aws, taken from its text and done; and the package that it says there is."""

from __future__ import annotations

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "local_aws"
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", (PACKAGE / "README.md").read_text(), re.DOTALL)
ENVIRONMENT = {key: text for key, text in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
ENVIRONMENT["PYTHONPATH"] = str(ROOT)
AS_A_CLIENT = """
import boto3, time
boto3.client("s3").create_bucket(Bucket="results")
athena = boto3.client("athena")
where = {"OutputLocation": "s3://results/"}
started = athena.start_query_execution(QueryString="SELECT 1", ResultConfiguration=where)["QueryExecutionId"]
state = "QUEUED"
while state in {"QUEUED", "RUNNING"}:
    time.sleep(0.05)
    state = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"]
assert state == "SUCCEEDED"
"""
"""What the README has the AWS CLI do; the CLI itself is run by the project's conformance targets."""


def _block(containing: str) -> str:
    [found] = [text for _, text in BLOCKS if containing in text]
    return str(found)


def _run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    run = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_as_a_server(tmp_path: Path) -> None:
    start, export, *_ = _block("aws athena start-query-execution").splitlines()
    command = shlex.split(start.replace("4580", "0"))
    log = tmp_path / "log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, *command[1:], "--log-sql"],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=0,  # what is read ahead would be lost to `communicate`
        )
    try:
        assert server.stdout is not None
        ready = server.stdout.readline().decode()
        url = ready.removeprefix("local_aws is ready: ").strip()
        variables = dict(each.split("=", 1) for each in shlex.split(export)[1:])
        assert variables.pop("AWS_ENDPOINT_URL") == "http://127.0.0.1:4580"
        _run(sys.executable, "-c", AS_A_CLIENT, AWS_ENDPOINT_URL=url, **variables)
    finally:
        server.send_signal(signal.SIGTERM)
        rest = server.communicate(timeout=30)[0].decode()
    assert server.returncode == 0
    assert f"export AWS_ENDPOINT_URL={url} " in rest
    assert re.search(r"athena: asked:\nSELECT 1\n.*athena: executed:\nCOPY \(SELECT ", log.read_text(), re.DOTALL)


def test_in_tests(tmp_path: Path) -> None:
    plugin, test = _block("pytest_plugins").split("# test_mine.py\n")
    (tmp_path / "conftest.py").write_text(plugin)
    (tmp_path / "test_mine.py").write_text(test)
    assert "1 passed" in _run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)


def test_in_process() -> None:
    code = _block("with LocalAws() as aws:")
    _run(sys.executable, "-c", f"{code}    s3.create_bucket(Bucket='lake')\n")


def test_help_names_every_option() -> None:
    shown = _run(sys.executable, "-m", "local_aws", "--help")
    for option in ("--port", "--host", "--data-dir", "--fresh", "--clock", "--fault", "--log-sql", "--version"):
        assert option in shown


PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
NAMES = {"yaml": "pyyaml", "botocore": "boto3"}
"""Imported name → the distribution that brings it, where they differ."""


def _imported() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return {NAMES.get(each, each) for each in found - sys.stdlib_module_names - {"local_aws"}}


def test_the_package_asks_for_what_it_imports() -> None:
    asked = {re.match(r"[\w-]+", each)[0] for each in PROJECT["dependencies"]}  # type: ignore[index]
    assert _imported() - {"pytest"} <= asked


@pytest.mark.parametrize("dependency", PROJECT["dependencies"])
def test_the_package_takes_the_versions_that_are_tested(dependency: str) -> None:
    from packaging.requirements import Requirement

    asked = Requirement(dependency)
    assert asked.specifier.contains(version(asked.name))


def test_the_command_is_there() -> None:
    module, _, name = PROJECT["scripts"]["local-aws"].partition(":")
    assert module == "local_aws.__main__"
    assert f"def {name}(" in (PACKAGE / "__main__.py").read_text()
