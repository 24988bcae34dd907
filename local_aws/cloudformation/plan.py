"""Before anything is done: is the template acceptable, and what would it change?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api import Api
from local_aws.cloudformation import parameters
from local_aws.cloudformation.errors import invalid
from local_aws.cloudformation.intrinsics import SUPPORTED, Scope
from local_aws.cloudformation.resources import TYPES
from local_aws.cloudformation.resources.base import ResourceType, call, changed
from local_aws.cloudformation.stack import Change, Output, Stack, StackResource
from local_aws.cloudformation.template import Template, order
from local_aws.errors import AwsError

_DYNAMIC = re.compile(r"\{\{resolve:([^}]*)\}\}")
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


@dataclass(frozen=True)
class _Unknown:
    """A value that is known only once the resource exists."""

    name: str

    def __str__(self) -> str:
        return f"{{{{known after the change: {self.name}}}}}"


def check(template: Template) -> None:
    """Types, attributes and policies of a template. :raises AwsError: `ValidationError`."""
    unknown = sorted({each["Type"] for each in template.resources.values()} - set(TYPES))
    if unknown:
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    for logical_id, definition in template.resources.items():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if definition.get(policy, "Delete") not in {"Delete", "Retain", "RetainExceptOnCreate"}:
                raise invalid(f"local_aws does not support the {policy} {definition[policy]} (of {logical_id})")
    _check_functions([template.resources, template.outputs, template.conditions])
    _check_attributes(template, [template.resources, template.outputs])
    order(template, set(template.resources))


def _check_functions(node: Any) -> None:
    if isinstance(node, list):
        for each in node:
            _check_functions(each)
    elif isinstance(node, dict):
        for key, each in node.items():
            if key.startswith("Fn::") and key not in SUPPORTED:
                raise invalid(f"local_aws does not support the intrinsic function {key}")
            _check_functions(each)


def _check_attributes(template: Template, node: Any) -> None:
    if isinstance(node, list):
        for each in node:
            _check_attributes(template, each)
    elif isinstance(node, dict):
        if "Fn::GetAtt" in node:
            given = node["Fn::GetAtt"]
            logical_id, *rest = given.split(".") if isinstance(given, str) else given
            attribute = ".".join(rest) if all(isinstance(each, str) for each in rest) else None
            kind = TYPES[template.resources[logical_id]["Type"]]
            if attribute is not None and attribute not in kind.attributes:
                message = f"Template error: resource {logical_id} does not support attribute type {attribute}"
                raise invalid(f"{message} in Fn::GetAtt")
        for each in node.values():
            _check_attributes(template, each)


def check_capabilities(template: Template, acknowledged: list[str]) -> None:
    """IAM resources need the caller's word. :raises AwsError: `InsufficientCapabilitiesException`.

    Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities)
    """
    needed = capabilities(template)
    if needed and needed not in acknowledged and not (needed == _CAPABILITIES[0] and _CAPABILITIES[1] in acknowledged):
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def capabilities(template: Template) -> str | None:
    """The capability that a template needs: the stronger one when an IAM resource has a name of its own."""
    iam = [each for each in template.resources.values() if TYPES[each["Type"]].capability]
    named = [each for each in iam if TYPES[each["Type"]].name_property in each.get("Properties", {})]
    return _CAPABILITIES[1] if named else _CAPABILITIES[0] if iam else None


def scope(
    api: Api,
    stack: Stack,
    template: Template,
    values: dict[str, str],
    reference: Callable[[str], Any],
    attribute: Callable[[str, str], Any],
) -> Scope:
    """What the names in a template mean for a stack."""
    pseudo = {
        "AWS::AccountId": api.account_id,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": api.region,
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    own = {key: parameters.typed(template.parameters[key], text) for key, text in values.items()}
    return Scope({**pseudo, **own}, template.mappings, template.conditions, reference, attribute)


def present(template: Template, names: Scope) -> set[str]:
    """The resources whose condition holds."""
    definitions = template.resources.items()
    return {each for each, what in definitions if "Condition" not in what or names.holds(what["Condition"])}


def outputs(template: Template, names: Scope) -> list[Output]:
    found = []
    for key, definition in template.outputs.items():
        if "Condition" in definition and not names.holds(definition["Condition"]):
            continue
        export = names.resolve(definition["Export"]["Name"]) if "Export" in definition else None
        value = names.resolve(definition["Value"])
        if not isinstance(value, str | int | float | bool | _Unknown):
            raise invalid(f"Template format error: The Value field of the output {key} must evaluate to a string.")
        found.append(Output(key, str(value), definition.get("Description"), export))
    return found


def replaces(kind: ResourceType, existing: StackResource, desired: dict[str, Any]) -> bool:
    return existing.kind is not kind or bool(changed(existing.desired, desired) & kind.create_only)


def changes(api: Api, stack: Stack, template: Template, values: dict[str, str]) -> list[Change]:
    """What an update of the stack to this template would do, in order. Values that are not known yet count as new."""
    renewed: set[str] = set()

    def existing(logical_id: str) -> StackResource | None:
        return None if logical_id in renewed else stack.resources.get(logical_id)

    def reference(logical_id: str) -> Any:
        found = existing(logical_id)
        return found.kind.reference(found.physical_id) if found else _Unknown(logical_id)

    def attribute(logical_id: str, name: str) -> Any:
        found = existing(logical_id)
        return found.attributes.get(name) if found else _Unknown(f"{logical_id}.{name}")

    names = scope(api, stack, template, values, reference, attribute)
    found, here = [], present(template, names)
    for logical_id in order(template, here):
        kind = TYPES[template.resources[logical_id]["Type"]]
        desired = names.resolve(template.resources[logical_id].get("Properties", {}))
        old = stack.resources.get(logical_id)
        if old is None:
            found.append(Change("Add", logical_id, None, kind.type, False, ()))
        elif old.kind is not kind or old.desired != desired:
            again = replaces(kind, old, desired)
            renewed.update({logical_id} if again else ())
            found.append(Change("Modify", logical_id, old.physical_id, kind.type, again, ("Properties",)))
    for logical_id, old in stack.resources.items():
        if logical_id not in here:
            found.append(Change("Remove", logical_id, old.physical_id, old.kind.type, False, ()))
    if not found and outputs(template, names) != stack.outputs:
        return [Change("Modify", stack.name, stack.id, "AWS::CloudFormation::Stack", False, ("Outputs",))]
    return found


def reveal(api: Api, node: Any) -> Any:
    """Resolved properties with the values of their dynamic references: what a resource is made from.

    Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    if isinstance(node, dict):
        return {key: reveal(api, each) for key, each in node.items()}
    if isinstance(node, list):
        return [reveal(api, each) for each in node]
    return _DYNAMIC.sub(lambda found: _dynamic(api, found[1]), node) if isinstance(node, str) else node


def _dynamic(api: Api, text: str) -> str:
    """The value of `{{resolve:ssm:name}}` or `{{resolve:secretsmanager:name:SecretString:key}}`."""
    service, _, rest = text.partition(":")
    if service in {"ssm", "ssm-secure"}:
        answer = call(api, "ssm", "GetParameter", {"Name": rest, "WithDecryption": service == "ssm-secure"})
        return str(answer["Parameter"]["Value"])
    if service != "secretsmanager":
        raise invalid(f"local_aws does not support the dynamic reference {{{{resolve:{text}}}}}")
    parts = rest.split(":")
    name, fields = (":".join(parts[:7]), parts[7:]) if rest.startswith("arn:") else (parts[0], parts[1:])
    secret = str(call(api, "secretsmanager", "GetSecretValue", {"SecretId": name})["SecretString"])
    key = fields[1] if len(fields) > 1 else ""
    return str(json.loads(secret)[key]) if key else secret
