"""Intrinsic functions and conditions: a piece of a template becomes plain values.

Dynamic references (`{{resolve:…}}`) stay as they are written: they are looked up when a resource is made, so that no
secret is kept here and a rotated one is no change of the template.
Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_aws.cloudformation.errors import invalid

NO_VALUE = object()
_SUB = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass
class Scope:
    """What names mean: parameters (pseudo ones too), mappings, conditions, and resources by two functions.

    :param reference: what `Ref` gives for a resource.
    :param attribute: what `Fn::GetAtt` gives for a resource.
    """

    values: dict[str, Any]
    mappings: dict[str, Any]
    conditions: dict[str, Any]
    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    _known: dict[str, bool] = field(default_factory=dict)

    def holds(self, condition: str) -> bool:
        """Whether a named condition is true."""
        if condition not in self._known:
            if condition not in self.conditions:
                raise invalid(f"Template error: unresolved condition dependency {condition}")
            self._known[condition] = self._test(self.conditions[condition])
        return self._known[condition]

    def resolve(self, node: Any) -> Any:
        """The plain value of a piece of a template; `NO_VALUE` where it is to be left out."""
        if isinstance(node, list):
            return [value for value in map(self.resolve, node) if value is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(key, value)] = node.items()
            if key == "Ref":
                return self._reference(value)
            if key.startswith("Fn::"):
                return self._function(key, value)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not NO_VALUE}

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values[name] if name in self.values else self.reference(name)

    def _function(self, name: str, value: Any) -> Any:
        if name not in _FUNCTIONS:
            raise invalid(f"local_aws does not support {name} here")
        return _FUNCTIONS[name](self, value)

    def _test(self, node: Any) -> bool:
        if not isinstance(node, dict) or len(node) != 1:
            raise invalid(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions"
            )
        [(key, value)] = node.items()
        if key == "Condition":
            return self.holds(value)
        if key == "Fn::Equals":
            first, second = (self.resolve(each) for each in value)
            return str(first) == str(second)
        if key not in _TESTS:
            raise invalid(f"Template format error: {key} is not a condition function")
        results = [self._test(each) for each in value]
        return all(results) if key == "Fn::And" else any(results) if key == "Fn::Or" else not results[0]

    def _get_att(self, value: Any) -> Any:
        logical_id, attribute = value.split(".", 1) if isinstance(value, str) else (value[0], ".".join(value[1:]))
        return self.attribute(logical_id, self.resolve(attribute))

    def _sub(self, value: Any) -> str:
        text, local = (value, {}) if isinstance(value, str) else value

        def replace(found: re.Match[str]) -> str:
            literal, name = found[1], found[2].strip()
            if literal:
                return f"${{{name}}}"
            if name in local:
                return str(self.resolve(local[name]))
            known = name in self.values or "." not in name
            return str(self._reference(name) if known else self.attribute(*name.split(".", 1)))

        return _SUB.sub(replace, text)

    def _if(self, value: Any) -> Any:
        condition, when_true, when_false = value
        return self.resolve(when_true if self.holds(condition) else when_false)

    def _join(self, value: Any) -> str:
        delimiter, parts = value
        return str(delimiter).join(str(each) for each in self.resolve(parts))

    def _split(self, value: Any) -> list[str]:
        delimiter, text = value
        return str(self.resolve(text)).split(delimiter)

    def _select(self, value: Any) -> Any:
        index, choices = self.resolve(value[0]), self.resolve(value[1])
        try:
            return choices[int(index)]
        except IndexError as error:
            raise invalid(
                "Template error: Fn::Select cannot select nonexistent value at index " + str(index)
            ) from error

    def _find_in_map(self, value: Any) -> Any:
        name, first, second = (self.resolve(each) for each in value)
        try:
            return self.mappings[name][first][second]
        except KeyError as error:
            raise invalid(f"Template error: Unable to get mapping for {name}::{first}::{second}") from error

    def _base64(self, value: Any) -> str:
        return base64.b64encode(str(self.resolve(value)).encode()).decode()


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::GetAtt": Scope._get_att,
    "Fn::Sub": Scope._sub,
    "Fn::If": Scope._if,
    "Fn::Join": Scope._join,
    "Fn::Split": Scope._split,
    "Fn::Select": Scope._select,
    "Fn::FindInMap": Scope._find_in_map,
    "Fn::Base64": Scope._base64,
}
_TESTS = frozenset({"Fn::And", "Fn::Or", "Fn::Not"})
SUPPORTED = frozenset({*_FUNCTIONS, *_TESTS, "Fn::Equals"})
"""The functions that a template may use."""
