"""A Redshift Serverless workgroup and the Data API over it, as a client uses them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from local_aws.server import LocalAws
from tests.accounts import new_account


class SqlFailedError(Exception):
    """A statement that ended FAILED or ABORTED, with its error's text."""


class Warehouse:
    """An account with namespace and workgroup `orders`, database `dev`."""

    def __init__(self, local_aws: LocalAws) -> None:
        self.account_id = new_account()
        self._url = local_aws.url
        self.lake = local_aws.app.account(self.account_id, "us-east-1").lake
        self.data = self.client("redshift-data")
        serverless = self.client("redshift-serverless")
        serverless.create_namespace(namespaceName="orders", dbName="dev")
        serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
        self.place = {"WorkgroupName": "orders", "Database": "dev"}

    def client(self, service: str, connections: int = 10) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._url,
            region_name="us-east-1",
            aws_access_key_id=self.account_id,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=connections),
        )

    def ended(self, identifier: str) -> dict[str, Any]:
        """Wait for a statement's end and describe it."""
        for _ in range(3000):
            found: dict[str, Any] = self.data.describe_statement(Id=identifier)
            if found["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
                return found
            time.sleep(0.005)
        raise TimeoutError(identifier)

    def submit(self, sql: str, parameters: dict[str, str] | None = None, **options: Any) -> str:
        named = {"Parameters": [{"name": n, "value": v} for n, v in parameters.items()]} if parameters else {}
        place = {} if "SessionId" in options else self.place
        return str(self.data.execute_statement(Sql=sql, **place, **named, **options)["Id"])

    def run(self, sql: str, parameters: dict[str, str] | None = None, **options: Any) -> Any:
        """Rows of a query as lists of plain values, or the number of rows that a statement changed."""
        found = self.ended(self.submit(sql, parameters, **options))
        if found["Status"] != "FINISHED":
            raise SqlFailedError(found["Error"])
        return self.rows(found["Id"]) if found["HasResultSet"] else found["ResultRows"]

    def rows(self, identifier: str) -> list[list[Any]]:
        pages = self.data.get_paginator("get_statement_result").paginate(Id=identifier)
        return [[value(field) for field in row] for page in pages for row in page["Records"]]

    def batch(self, sqls: Sequence[str], parameters: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
        named = {"Parameters": [{"name": n, "value": v} for n, v in parameters.items()]} if parameters else {}
        answer = self.data.batch_execute_statement(Sqls=list(sqls), **self.place, **named, **options)
        return self.ended(answer["Id"])


def value(field: dict[str, Any]) -> Any:
    [(kind, found)] = field.items()
    return None if kind == "isNull" else found


@pytest.fixture(scope="module")
def warehouse(local_aws: LocalAws) -> Warehouse:
    """One warehouse for the tests of a module: their tables have names of their own."""
    return Warehouse(local_aws)


def error_of(call: Any, **params: Any) -> str:
    """Code and message of the error that a call is answered with."""
    with pytest.raises(botocore.exceptions.ClientError) as failed:
        call(**params)
    return f"{failed.value.response['Error']['Code']}: {failed.value.response['Error']['Message']}"
