"""The Amazon provider's own system tests: its example DAGs, each run whole by `dag.test()`, unedited.

The values that they fetch from outside are set as their README says, by environment variables of these names; the
security group and the subnet group that these name are made first, as whoever runs the tests on AWS makes them.
They mostly sleep between looks at what they wait for, so that some run at a time, each with a database of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

PACKAGES = ("apache-airflow", "apache-airflow-providers-amazon")
RUN = Path(__file__).parent / "dag_run.py"
WHOLE = [
    "example_athena",
    "example_glue_catalog",
    "example_quicksight",
    "example_redshift",
    "example_redshift_s3_transfers",
    "example_s3",
    "example_sns",
    "example_sqs",
]
PARTS = ["example_glue", "example_cloudformation"]
"""Those of which single tasks are checked."""
LONGEST = 1200
AT_A_TIME = 4


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, account: str) -> dict[str, str]:
    """An Airflow home with a database, and the variables that the examples fetch."""
    home = tmp_path_factory.mktemp("airflow")
    made = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        "PYTHONPATH": os.environ["CONFORMANCE_SOURCES"],
        "ROLE_ARN": f"arn:aws:iam::{account}:role/conformance",
        **network(),
    }
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, env=made, check=True, capture_output=True, timeout=LONGEST)
    return made


def network() -> dict[str, str]:
    """A subnet group and a security group, and the role that Glue is to take."""
    ec2, redshift = boto3.client("ec2"), boto3.client("redshift")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="conformance", Description="any", VpcId=vpc)["GroupId"]
    redshift.create_cluster_subnet_group(ClusterSubnetGroupName="conformance", Description="any", SubnetIds=[subnet])
    boto3.client("iam").create_role(RoleName="conformance", AssumeRolePolicyDocument="{}")
    return {"SECURITY_GROUP": group, "CLUSTER_SUBNET_GROUP": "conformance"}


def run(environment: dict[str, str], folder: Path, name: str) -> tuple[dict[str, str], str]:
    """The state of each task, and the log. The DAG's file is alone in its folder: `dag.test()` reads all of it."""
    home, dags = folder / "home", folder / "dags"
    home.mkdir()
    dags.mkdir()
    shutil.copy(Path(environment["AIRFLOW_HOME"]) / "airflow.db", home)
    shutil.copy(Path(environment["PYTHONPATH"]) / "system" / "amazon" / "aws" / f"{name}.py", dags)
    made = environment | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "SYSTEM_TESTS_ENV_ID": f"env{zlib.crc32(name.encode()):x}",
    }
    command = [sys.executable, RUN, f"system.amazon.aws.{name}"]
    ended = subprocess.run(command, env=made, capture_output=True, text=True, timeout=LONGEST, check=False)
    log = ended.stdout + ended.stderr
    assert ended.returncode == 0, log[-4000:]
    states: dict[str, str] = json.loads(ended.stdout.splitlines()[-1])
    return states, log


def reasons(log: str) -> str:
    """What the log says of failures."""
    found = [line for line in log.splitlines() if re.search(r"\[error|Error:|Exception:|An error occurred", line)]
    return "\n".join(line[:400] for line in found[-40:])


Runs = dict[str, Future[tuple[dict[str, str], str]]]


@pytest.fixture(scope="module")
def runs(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All of them, those that take longest first; a check waits for its own."""
    names = sorted([*WHOLE, *PARTS], key=lambda name: "redshift" not in name)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield {name: pool.submit(run, environment, tmp_path_factory.mktemp(name), name) for name in names}


@pytest.mark.parametrize("name", WHOLE)
def test_example_dag_succeeds(runs: Runs, name: str) -> None:
    states, log = runs[name].result()
    states.pop("watcher", None)  # it runs where a task fails, and is skipped where none does
    assert set(states.values()) == {"success"}, f"{states}\n{reasons(log)}"


CRAWLER = ["create_crawler", "update_crawler", "verify_crawler_description", "run_crawler", "wait_for_crawl"]


@pytest.mark.parametrize("task", [*CRAWLER, "wait_for_catalog_partition", "delete_crawler", "delete_bucket"])
def test_example_glue_crawls(runs: Runs, task: str) -> None:
    states, log = runs["example_glue"].result()
    assert states[task] == "success", reasons(log)


@pytest.mark.refused("Glue's StartJobRun")
def test_example_glue_job_is_refused(runs: Runs) -> None:
    states, log = runs["example_glue"].result()
    assert states["submit_glue_job"] == "success", reasons(log)


@pytest.mark.refused("AWS::SQS::Queue")
def test_example_cloudformation_queue_is_refused(runs: Runs) -> None:
    states, log = runs["example_cloudformation"].result()
    assert states["create_stack"] == "success", reasons(log)
