"""Where things lie on this machine, and what Airflow is told so that the DAGs find them.

Production differs by the AWS connection alone: here it names the endpoint of local_aws.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATE = Path(os.environ.get("LAPTOP_STATE") or ROOT / ".local").absolute()
"""What a run leaves: local_aws' files, Airflow's metadata, logs. The environment may name another place."""
AIRFLOW_HOME = STATE / "airflow"
REGION = "us-east-1"


def endpoint_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def aws_connection(url: str) -> str:
    """The AWS connection to local_aws, as Airflow reads it from AIRFLOW_CONN_AWS_DEFAULT."""
    extra = {"endpoint_url": url, "region_name": REGION}
    return json.dumps({"conn_type": "aws", "login": "test", "password": "test", "extra": extra})


def airflow_variables(url: str, home: Path = AIRFLOW_HOME) -> dict[str, str]:
    """The environment of an Airflow that runs the DAGs of this checkout against local_aws."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW_CONN_AWS_DEFAULT": aws_connection(url),
        "AIRFLOW__AWS_WAREHOUSE__RETRIES": "0",
        "AIRFLOW__AWS_WAREHOUSE__POLL_INTERVAL_SECONDS": "0.2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def use_aws() -> None:
    """Have this process's own AWS clients sign as local_aws' account does, whatever the caller's shell says."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=REGION,
        AWS_EC2_METADATA_DISABLED="true",
    )


def use(url: str, home: Path = AIRFLOW_HOME) -> None:
    """Have this process be such an Airflow. Call it before anything of Airflow is imported."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.environ.update(airflow_variables(url, home))
    home.mkdir(parents=True, exist_ok=True)
