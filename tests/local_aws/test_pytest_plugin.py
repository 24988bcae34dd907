"""The plugin as its users have it: in a pytest run of its own, which knows nothing of this project's fixtures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = """
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from datetime import UTC, datetime

ONCE = Config(retries={"total_max_attempts": 1})


def test_a_bucket_is_made(aws_client, local_aws_account):
    aws_client("s3").create_bucket(Bucket=f"lake-{local_aws_account}")
    assert len(aws_client("s3").list_buckets()["Buckets"]) == 1


def test_the_next_test_has_an_account_of_its_own(aws_client):
    assert aws_client("s3").list_buckets()["Buckets"] == []


def test_code_that_makes_its_own_clients_gets_there(local_aws_env, local_aws_account):
    assert boto3.client("sts").get_caller_identity()["Account"] == local_aws_account


def test_a_fault_is_set(aws_client, local_aws_faults):
    local_aws_faults.add("glue.GetDatabases=throttle")
    with pytest.raises(ClientError, match="ThrottlingException"):
        aws_client("glue", config=ONCE).get_databases()


def test_no_fault_is_left_behind(aws_client):
    aws_client("glue", config=ONCE).get_databases()


def test_the_clock_is_set(aws_client, local_aws_clock):
    local_aws_clock.set(datetime(2010, 12, 1, tzinfo=UTC))
    aws_client("glue").create_database(DatabaseInput={"Name": "d"})
    assert aws_client("glue").get_database(Name="d")["Database"]["CreateTime"].year == 2010


def test_the_clock_is_real_again(local_aws):
    assert local_aws.clock.now().year > 2010
"""


def test_a_users_own_tests_run_with_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "local_aws.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    run = subprocess.run(
        [*command, "test_mine.py"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "7 passed" in run.stdout, run.stdout + run.stderr
