"""What a resource type is: create, update, delete and read by the operations of its service.

Evidence for each type's properties, return values and what replaces it:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.api import Api
from local_aws.clock import Clock

Properties = dict[str, Any]
_GONE = ("NotFound", "NoSuch", "NonExistent", "does not exist")


class ResourceError(Exception):
    """A resource could not be made, changed or removed; the text is the reason as the stack's events show it."""


class ResourceType(ABC):
    """One resource type. Stateless: what it needs comes with the call."""

    type: ClassVar[str]
    name_property: ClassVar[str | None] = None
    """The property that names the resource; generated when the template leaves it out."""
    required: ClassVar[frozenset[str]] = frozenset()
    properties: ClassVar[frozenset[str]] = frozenset()
    """The properties that are carried out; any other one is refused by name."""
    create_only: ClassVar[frozenset[str]] = frozenset()
    """The properties whose change replaces the resource."""
    attributes: ClassVar[frozenset[str]] = frozenset()
    """What Fn::GetAtt gives."""
    capability: ClassVar[str | None] = None

    @abstractmethod
    def create(self, api: Api, properties: Properties) -> str:
        """Make the resource; returns its physical id."""

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        """Change what differs between the old and the new properties, none of them create-only."""
        raise ResourceError(
            f"local_aws does not support a change of {', '.join(sorted(changed(old, new)))} in {self.type}"
        )

    @abstractmethod
    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        """Remove the resource; one that is gone already is no error."""

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        """The attributes for Fn::GetAtt."""
        return {}

    def reference(self, physical_id: str) -> str:
        """What Ref gives."""
        return physical_id

    def check(self, properties: Iterable[str]) -> None:
        """:raises ResourceError: for a property that nobody would carry out."""
        for name in properties:
            if name not in self.properties:
                raise ResourceError(f"Encountered unsupported property {name} (of {self.type})")
        for name in sorted(self.required - set(properties)):
            raise ResourceError(f"Property {name} cannot be empty.")


def call(api: Api, service: str, operation: str, params: Properties) -> Properties:
    """One API operation; the parameters are fitted to its input shape first.

    :raises ResourceError: with the service's own error.
    """
    client = api.client(service)
    method = next(name for name, api_name in client.meta.method_to_api_mapping.items() if api_name == operation)
    shape = client.meta.service_model.operation_model(operation).input_shape
    try:
        answer: Properties = getattr(client, method)(**(fit(params, shape) if shape is not None else {}))
        return answer
    except ClientError as error:
        raise ResourceError(_reason(error, client.meta.service_model.service_id)) from error
    except ParamValidationError as error:
        raise ResourceError(f"Properties validation failed: {error}") from error


def delete(api: Api, service: str, operation: str, params: Properties) -> None:
    """A deleting operation; what is gone already is no failure."""
    try:
        call(api, service, operation, params)
    except ResourceError as failure:
        if not any(word in str(failure) for word in _GONE):
            raise


def settle(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `ready()` is true, for services that work asynchronously. :raises ResourceError: when it is not."""
    for _ in range(int(seconds / 0.1)):
        if ready():
            return
        Clock.sleep(0.1)
    raise ResourceError(f"Exceeded attempts to wait: not ready within {seconds} s")


def fit(value: Any, shape: Shape, path: str = "") -> Any:
    """A value from a template in the types and member names of an API: "5" becomes 5, `Id` becomes `ID`.

    :raises ResourceError: for a member that the API does not have.
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        fitted = {}
        for key, each in value.items():
            member = members.get(key.lower())
            if member is None:
                raise ResourceError(f"Encountered unsupported property {f'{path}/{key}'.lstrip('/')}")
            fitted[member] = fit(each, shape.members[member], f"{path}/{key}")
        return fitted
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [fit(each, shape.member, path) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: fit(each, shape.value, path) for key, each in value.items()}
    return _scalar(value, shape)


def _scalar(value: Any, shape: Shape) -> Any:
    if shape.type_name in {"integer", "long"} and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if shape.type_name in {"float", "double"} and isinstance(value, str | int):
        return float(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if shape.type_name == "string" and not isinstance(value, str | dict | list):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _reason(error: ClientError, service: str) -> str:
    body, meta = error.response["Error"], error.response["ResponseMetadata"]
    status, request = meta.get("HTTPStatusCode"), meta.get("RequestId")
    details = f"Service: {service}, Status Code: {status}, Error Code: {body['Code']}, Request ID: {request}"
    return f'Resource handler returned message: "{body.get("Message", "")} ({details})"'


def picked(properties: Properties, *names: str) -> Properties:
    """The named properties, as far as they are given."""
    return {name: properties[name] for name in names if name in properties}


def changed(old: Properties, new: Properties) -> set[str]:
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}
