"""A template as text becomes a template as data: YAML with its short tags, or JSON; its sections checked.

Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from local_aws.cloudformation.errors import invalid

MAX_BODY_BYTES = 51_200
SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Rules",
        "Mappings",
        "Conditions",
        "Transform",
        "Resources",
        "Outputs",
    }
)
PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
_RESOURCE_MEMBERS = frozenset(
    {"Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}
)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML as CloudFormation reads it: dates stay text, `!Sub` is `Fn::Sub`."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True)
class Template:
    """The sections of a template. `resources` maps logical ids to their definitions as written."""

    body: str
    description: str | None
    parameters: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


def parse(body: str, limited: bool = True) -> Template:
    """Read a template. :raises AwsError: `ValidationError` that says what is wrong with it.

    :param limited: whether it came in the request itself, which holds 51,200 bytes; S3 gives larger ones.
    """
    if limited and len(body.encode()) > MAX_BODY_BYTES:
        raise invalid(
            f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY_BYTES}"
        )
    try:
        data = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(f"Template format error: YAML not well-formed. {error}") from error
    if not isinstance(data, dict):
        raise invalid("Template format error: unsupported structure.")
    unknown = sorted(set(data) - SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    for section in ("Transform", "Rules"):
        if data.get(section):
            raise invalid(f"local_aws does not support the {section} section of templates")
    if not data.get("Resources"):
        raise invalid("Template format error: At least one Resources member must be defined.")
    named = {
        key.lower(): data.get(key) or {} for key in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
    }
    template = Template(body, data.get("Description"), **named)
    _check_resources(template)
    _check_references(template)
    return template


def _check_resources(template: Template) -> None:
    for logical_id, resource in template.resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise invalid(f"Template format error: [/Resources/{logical_id}] Every Resources member must have a Type.")
        unknown = sorted(set(resource) - _RESOURCE_MEMBERS)
        if unknown:
            message = f"local_aws does not support the resource attribute {unknown[0]} (of {logical_id})"
            raise invalid(
                message if unknown[0].endswith("Policy") else f"Invalid template resource property '{unknown[0]}'"
            )
        condition = resource.get("Condition")
        if condition is not None and condition not in template.conditions:
            raise invalid(f"Template format error: Unresolved condition {condition} of resource {logical_id}")


def _check_references(template: Template) -> None:
    known = {*template.parameters, *template.resources, *PSEUDO_PARAMETERS}
    for block in ("resources", "outputs", "conditions"):
        missing = sorted({each for each in references(getattr(template, block)) if each not in known})
        if missing:
            where = f"in the {block.capitalize()} block of the template"
            raise invalid(f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] {where}")


def references(node: Any) -> Iterator[str]:
    """The logical names that a piece of a template refers to, by Ref, GetAtt and Sub."""
    if isinstance(node, list):
        for each in node:
            yield from references(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value.split(".")[0] if isinstance(value, str) else value[0]
            elif key == "Fn::Sub":
                text, local = (value, {}) if isinstance(value, str) else value
                yield from (each.split(".")[0] for each in placeholders(text) if each not in local)
                yield from references(local)
            else:
                yield from references(value)


def placeholders(text: str) -> list[str]:
    """The names in `${…}` of a Fn::Sub text; `${!Literal}` is none."""
    found, rest = [], text
    while "${" in rest:
        name, _, rest = rest.partition("${")[2].partition("}")
        if not name.startswith("!"):
            found.append(name.strip())
    return found


def order(template: Template, present: set[str]) -> list[str]:
    """Logical ids so that each comes after what it needs. :raises AwsError: for a circle.

    :param present: the ids whose condition holds.
    """
    needs = {
        logical_id: sorted(
            {*references(template.resources[logical_id].get("Properties")), *_depends_on(template, logical_id)}
            & present
        )
        for logical_id in template.resources
        if logical_id in present
    }
    done: list[str] = []
    while len(done) < len(needs):
        ready = [each for each, needed in needs.items() if each not in done and set(needed) <= set(done)]
        if not ready:
            circle = ", ".join(each for each in needs if each not in done)
            raise invalid(f"Circular dependency between resources: [{circle}]")
        done += ready
    return done


def _depends_on(template: Template, logical_id: str) -> list[str]:
    given = template.resources[logical_id].get("DependsOn", [])
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if name not in template.resources:
            where = "in the Resources block of the template"
            raise invalid(f"Template format error: Unresolved resource dependencies [{name}] {where}")
    return names
