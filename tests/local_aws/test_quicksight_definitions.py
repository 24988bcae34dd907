"""The project's own data sets and dashboard, held against the service model: offline, as a deployment checks them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from local_aws import validate, wire

HOME = Path(__file__).parents[2] / "include/quicksight"
OPERATIONS = {"data_sources": "CreateDataSource", "data_sets": "CreateDataSet", "dashboards": "CreateDashboard"}
VALUES = {"AwsAccountId": "123456789012", "RedshiftHost": "orders.example.local"}
FILES = sorted(HOME.glob("*/*.json"))


def body(path: Path) -> dict[str, Any]:
    """The request body with its placeholders filled."""

    def value(found: re.Match[str]) -> str:
        secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-AbCdEf"
        resource = "arn:aws:quicksight:us-east-1:123456789012:x/y"
        return VALUES.get(found[1], secret if found[1] == "RedshiftSecretArn" else resource)

    filled: dict[str, Any] = json.loads(re.sub(r"\$\{([\w:]+)\}", value, path.read_text()))
    return filled


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_request_body_satisfies_the_service_model(path: Path) -> None:
    shape = wire.model("quicksight").operation_model(OPERATIONS[path.parent.name]).input_shape
    assert not ParamValidator().validate(body(path), shape).has_errors()
    assert list(validate.problems(shape, body(path))) == []


def test_every_kind_of_resource_is_there() -> None:
    assert {f"{path.parent.name}/{path.stem}" for path in FILES} >= {
        "data_sources/orders-redshift",
        "data_sets/order_lines",
        "data_sets/sales_by_day",
        "dashboards/retail_sales",
    }
