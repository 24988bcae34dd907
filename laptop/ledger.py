"""`make ledger`: the ledger of the local_aws that runs here, or with `--aws` that of the account behind the shell.

It is read from the bucket alone; no Airflow has to run.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from laptop import endpoint, environment


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make ledger", description="Print the ledger.")
    parser.add_argument("--port", type=int, default=4580, help="local_aws' port")
    parser.add_argument("--aws", action="store_true", help="ask AWS, by the credentials of this shell")
    parser.add_argument("--stack", default="order-warehouse", help="the CloudFormation stack of the warehouse")
    options = parser.parse_args(arguments)
    url = None if options.aws else environment.endpoint_url(options.port)
    if url is not None and not endpoint.is_ready(url):
        print(f"no local_aws answers at {url}: `make run` or `make up` first", file=sys.stderr)
        return 1
    try:
        bucket = _bucket(_client("cloudformation", url), options.stack)
    except Exception as error:
        print(f"no ledger: {error}; has the DAG warehouse_deploy been run?", file=sys.stderr)
        return 1
    sys.path.insert(0, str(environment.ROOT / "plugins"))
    from aws_warehouse.ledger import Ledger
    from laptop.report import print_ledger

    print_ledger(Ledger(_client("s3", url), bucket))
    return 0


def _client(service: str, url: str | None) -> Any:
    import boto3

    if url is not None:
        environment.use_aws()
    return boto3.client(service, endpoint_url=url)


def _bucket(client: Any, stack: str) -> str:
    [found] = client.describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    if "BucketName" not in outputs:
        raise LookupError(f"stack {stack} has no output BucketName yet, it is {found['StackStatus']}")
    return str(outputs["BucketName"])


if __name__ == "__main__":
    sys.exit(main())
