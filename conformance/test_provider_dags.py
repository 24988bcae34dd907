"""The Amazon provider's own system tests: its example DAGs, each run whole by `dag.test()`, unedited.

The values that they fetch from outside are set as their README says, by environment variables of these names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = "import importlib, sys; importlib.import_module(sys.argv[1]).test_run()"
DAGS = [
    "example_athena",
    "example_glue_catalog",
    "example_s3",
    "example_redshift",
    "example_redshift_s3_transfers",
    "example_quicksight",
    "example_cloudformation",
    "example_sqs",
    "example_sns",
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An Airflow home with a database, and the variables that the examples fetch."""
    home = tmp_path_factory.mktemp("airflow")
    made = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        "PYTHONPATH": os.environ["CONFORMANCE_SOURCES"],
        "SYSTEM_TESTS_ENV_ID": "env1conformance",
        "ROLE_ARN": "arn:aws:iam::111122223333:role/any",
        "SECURITY_GROUP": "sg-1",
        "CLUSTER_SUBNET_GROUP": "default",
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=made, check=True, capture_output=True)
    return made


@pytest.mark.parametrize("name", DAGS)
def test_example_dag_runs(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    """The DAG's file is alone in its folder: `dag.test()` reads all of it."""
    source = Path(environment["PYTHONPATH"]) / "system" / "amazon" / "aws" / f"{name}.py"
    shutil.copy(source, tmp_path)
    command = [sys.executable, "-c", RUN, f"system.amazon.aws.{name}"]
    made = environment | {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path)}
    ended = subprocess.run(command, env=made, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-6000:]
