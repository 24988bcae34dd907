"""A template's parameters: defaults, previous values, types and constraints.

Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import Any

from local_aws.cloudformation.errors import invalid
from local_aws.cloudformation.template import Template

HIDDEN = "****"


def given(parameters: list[dict[str, Any]], previous: dict[str, str]) -> dict[str, str]:
    """The request's parameters as text by key, with `UsePreviousValue` looked up."""
    found = {}
    for each in parameters:
        key = each["ParameterKey"]
        if each.get("UsePreviousValue"):
            if key not in previous:
                raise invalid(
                    f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            found[key] = previous[key]
        elif "ParameterValue" in each:
            found[key] = each["ParameterValue"]
    return found


def resolve(template: Template, values: dict[str, str]) -> dict[str, str]:
    """Every parameter's value as text. :raises AwsError: for missing, unknown or forbidden ones."""
    unknown = sorted(set(values) - set(template.parameters))
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    resolved, missing = {}, []
    for key, definition in template.parameters.items():
        value = values.get(key, definition.get("Default"))
        if value is None:
            missing.append(key)
        else:
            resolved[key] = _text(value)
            _check(key, definition, resolved[key])
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return resolved


def typed(definition: dict[str, Any], text: str) -> str | list[str]:
    """The value that `Ref` gives: a list for the list types."""
    kind = definition["Type"]
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [each.strip() for each in text.split(",")] if text else []
    return text


def shown(template: Template, values: dict[str, str]) -> list[dict[str, str]]:
    """The parameters as DescribeStacks shows them: those with NoEcho hidden."""
    return [
        {
            "ParameterKey": key,
            "ParameterValue": HIDDEN if str(template.parameters[key].get("NoEcho", "")).lower() == "true" else text,
        }
        for key, text in values.items()
    ]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(key: str, definition: dict[str, Any], text: str) -> None:
    kind = definition.get("Type")
    if not isinstance(kind, str):
        raise invalid(f"Template format error: Parameter {key} must have a Type")
    if kind.startswith("AWS::SSM::"):
        raise invalid(f"local_aws does not support the parameter type {kind} (of {key})")
    reason = definition.get("ConstraintDescription")
    problem = _number(definition, text) if kind == "Number" else _string(definition, text, kind)
    if problem:
        raise invalid(
            f"Parameter '{key}' must {reason or problem}"
            if not reason
            else f"Parameter {key} failed to satisfy constraint: {reason}"
        )


def _number(definition: dict[str, Any], text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return "be a number."
    least, most = definition.get("MinValue"), definition.get("MaxValue")
    if least is not None and value < float(least):
        return f"be a number not less than {least}"
    if most is not None and value > float(most):
        return f"be a number not greater than {most}"
    return _allowed(definition, [text])


def _string(definition: dict[str, Any], text: str, kind: str) -> str | None:
    least, most, pattern = (definition.get(each) for each in ("MinLength", "MaxLength", "AllowedPattern"))
    if least is not None and len(text) < int(least):
        return f"contain at least {least} characters"
    if most is not None and len(text) > int(most):
        return f"contain at most {most} characters"
    if pattern is not None and not re.fullmatch(pattern, text):
        return f"match pattern {pattern}"
    values = typed({"Type": kind}, text)
    return _allowed(definition, [values] if isinstance(values, str) else values)


def _allowed(definition: dict[str, Any], values: list[str]) -> str | None:
    allowed = [_text(each) for each in definition.get("AllowedValues", [])]
    if allowed and not set(values) <= set(allowed):
        return f"be one of AllowedValues: [{', '.join(allowed)}]"
    return None
