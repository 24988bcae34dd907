"""What moto answers otherwise than AWS, mended in moto: encrypted transport, metrics, the root, objects' parts."""

from __future__ import annotations

import importlib
from typing import Any

from local_aws import object_parts


def mend() -> None:
    """Change what is told of below; once or more often."""
    count_transport_as_encrypted()
    list_each_metric_once()
    name_the_root()
    object_parts.tell_of_parts()


def count_transport_as_encrypted() -> None:
    """Have policy statements that refuse unencrypted transport not apply: loopback needs no TLS.

    The base does not know the condition key and takes such a statement, which every well-kept bucket has, for a denial
    of everything.
    Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    Deviates: `aws:SecureTransport` is true for requests over plain HTTP.
    """
    control: Any = importlib.import_module("moto.iam.access_control")
    statement_class, original = control.IAMPolicyStatement, control.IAMPolicyStatement.is_action_permitted
    if getattr(original, "knows_transport", False):
        return

    def judged(statement: Any, *arguments: Any, **named: Any) -> Any:
        condition = statement._statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
        if str(condition).lower() == "false":
            return control.PermissionResult.NEUTRAL
        return original(statement, *arguments, **named)

    judged.knows_transport = True  # type: ignore[attr-defined]
    statement_class.is_action_permitted = judged


def list_each_metric_once() -> None:
    """Have ListMetrics name a metric once, however many data points it has: the base does so for dimensions alone.

    Evidence: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
    """
    models: Any = importlib.import_module("moto.cloudwatch.models")

    def filtered(self: Any, metric_name: str, namespace: str, dimensions: list[dict[str, str]]) -> list[Any]:
        found: dict[tuple[str, str, frozenset[tuple[str, str]]], Any] = {}
        for each in self.get_all_metrics():
            if each.filter(namespace=namespace, name=metric_name, dimensions=dimensions):
                named = frozenset((one.name, one.value) for one in each.dimensions)
                found.setdefault((each.namespace, each.name, named), each)
        return list(found.values())

    models.CloudWatchBackend.get_filtered_metrics = filtered


def name_the_root() -> None:
    """Have STS name who signs with a key that IAM did not give out: the root of the account, who may do everything.

    Evidence: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable (the root's ids)
    """
    backend: Any = importlib.import_module("moto.sts.models").STSBackend
    original = backend.get_caller_identity
    if getattr(original, "knows_the_root", False):
        return

    def named(self: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        user, arn, account = original(self, access_key_id, region)
        nobody = arn.endswith(f":sts::{account}:user/moto")
        return (account, f"arn:aws:iam::{account}:root", account) if nobody else (user, arn, account)

    named.knows_the_root = True  # type: ignore[attr-defined]
    backend.get_caller_identity = named
