"""The Amazon provider's own system tests: its example DAGs, each run whole by `dag.test()`, unedited.

The values that they fetch from outside are set as their README says, by environment variables of these names; the
security group and the subnet group that these name are made first, as whoever runs the tests on AWS makes them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
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
LONGEST = 1200


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
        "SYSTEM_TESTS_ENV_ID": "env1conformance",
        "ROLE_ARN": f"arn:aws:iam::{account}:role/conformance",
        **network(),
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=made, check=True, capture_output=True)
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
    shutil.copy(Path(environment["PYTHONPATH"]) / "system" / "amazon" / "aws" / f"{name}.py", folder)
    made = environment | {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}
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


@pytest.mark.parametrize("name", WHOLE)
def test_example_dag_succeeds(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    states, log = run(environment, tmp_path, name)
    states.pop("watcher", None)  # it runs where a task fails, and is skipped where none does
    assert set(states.values()) == {"success"}, f"{states}\n{reasons(log)}"


@pytest.fixture(scope="module")
def glue(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    return run(environment, tmp_path_factory.mktemp("glue"), "example_glue")


CRAWLER = ["create_crawler", "update_crawler", "verify_crawler_description", "run_crawler", "wait_for_crawl"]


@pytest.mark.parametrize("task", [*CRAWLER, "wait_for_catalog_partition", "delete_crawler", "delete_bucket"])
def test_example_glue_crawls(glue: tuple[dict[str, str], str], task: str) -> None:
    assert glue[0][task] == "success", reasons(glue[1])


@pytest.mark.refused("Glue's StartJobRun")
def test_example_glue_job_is_refused(glue: tuple[dict[str, str], str]) -> None:
    assert glue[0]["submit_glue_job"] == "success", reasons(glue[1])


@pytest.mark.refused("AWS::SQS::Queue")
def test_example_cloudformation_queue_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    states, log = run(environment, tmp_path, "example_cloudformation")
    assert states["create_stack"] == "success", reasons(log)
