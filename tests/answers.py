"""Every answer of every LocalAws of this process, ours and the base's, held against botocore's output shapes.

Looked at are the bytes on the wire, not what a client makes of them: clients drop what they do not know and put up
with the rest. Checked are types, required members, enums, the forms of timestamps, members that the model does not
declare, and that nothing fails with a 500. `tests/conftest.py` makes the test fail during which a wrong answer left.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.etree import ElementTree as Xml

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from local_aws import cbor, cbor_requests
from local_aws.app import App
from local_aws.faults import identify
from local_aws.faults.identify import Call

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_HTTP_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_NUMBERS = {
    "integer": re.compile(r"-?\d+"),
    "long": re.compile(r"-?\d+"),
    "float": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "double": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "boolean": re.compile(r"true|false"),
}
_ON_AWS_TOO = frozenset(
    ("ResourceStatus", each) for each in ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "REVIEW_IN_PROGRESS")
)
"""Values that AWS gives although its model lacks them: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""
StartResponse = Callable[..., Any]


class Answers:
    """What was wrong with answers since the last `take`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[str] = []

    def take(self) -> list[str]:
        """What was found, each once, in order; from here on nothing is."""
        with self._lock:
            found, self._found = list(dict.fromkeys(self._found)), []
        return found

    def watch(self) -> None:
        """Look at whatever an `App` of this process answers."""
        original = App.answer

        @functools.wraps(original)
        def answer(app: App, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            if environ.get("CONTENT_TYPE") == cbor_requests.KIND:
                return original(app, environ, start_response)  # which asks again in JSON
            call = identify.call_of(environ)
            begun: list[Any] = []

            def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                begun[:] = [int(status[:3]), {name.lower(): text for name, text in headers}]
                return start_response(status, headers, *rest)

            body = list(original(app, environ, begin))
            if call is not None:
                self._look(call, begun[0], begun[1], body, environ["REQUEST_METHOD"])
            return body

        App.answer = answer  # type: ignore[method-assign]

    def _look(self, call: Call, status: int, headers: dict[str, str], body: list[bytes], method: str) -> None:
        operation = call.service.operation_model(call.action)
        try:
            found = list(problems(operation, call.protocol, status, headers, body, method))
        except Exception as error:
            found = [f"cannot be read: {type(error).__name__}: {error}: {b''.join(body)[:300]!r}"]
        if found:
            with self._lock:
                self._found += [f"{call.name}: {each}" for each in found[:20]]


def problems(
    operation: OperationModel, protocol: str, status: int, headers: dict[str, str], body: list[bytes], method: str
) -> Iterator[str]:
    """What is wrong with one answer, each with its path."""
    shape = operation.output_shape
    if status >= 500 and status != 501:
        yield f"fails with {status}: {b''.join(body)[:600]!r}"
    if status >= 300 or method == "HEAD":
        return
    rest = protocol.startswith("rest-")
    if rest and shape is not None:
        yield from _located(shape, headers)
    payload = shape.serialization.get("payload") if rest and shape is not None else None
    streamed = shape is not None and payload and shape.members[payload].type_name in {"blob", "string"}
    if streamed or operation.has_event_stream_output:
        return
    text = b"".join(body)
    if protocol == "smithy-rpc-v2-cbor":
        yield from _tree(_Cbor(), shape, cbor.decode(text) if text else {}, "")
    elif "json" in protocol:
        yield from _tree(_Json(), shape, json.loads(text) if text.strip() else {}, "")
    elif text.strip():
        yield from _document(operation, protocol, Xml.fromstring(text), payload)
    elif shape is not None and (payload or _inside(shape)) and status != 204:
        yield "has no document"


def _located(shape: StructureShape, headers: dict[str, str]) -> Iterator[str]:
    """The members that are headers."""
    for name, member in shape.members.items():
        if member.serialization.get("location") != "header":
            continue
        text = headers.get(member.serialization["name"].lower())
        if text is None:
            if name in shape.required_members:
                yield f"{name} is required, and no header has it"
        elif member.type_name == "timestamp" and member.serialization.get("timestampFormat") is None:
            if not _HTTP_DATE.fullmatch(text):
                yield f"{name} is no HTTP date: {text!r}"
        else:
            yield from _text(member, text, name)


def _inside(shape: StructureShape) -> dict[str, Shape]:
    """The members that the document holds."""
    return {name: each for name, each in shape.members.items() if "location" not in each.serialization}


# JSON, and CBOR as JSON
class _Json:
    def is_timestamp(self, shape: Shape, value: Any) -> bool:
        if shape.serialization.get("timestampFormat") == "iso8601":
            return isinstance(value, str) and _ISO.fullmatch(value) is not None
        return isinstance(value, int | float) and not isinstance(value, bool)


class _Cbor:
    def is_timestamp(self, shape: Shape, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (str,),
}


def _tree(form: _Json | _Cbor, shape: Shape | None, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _members(form, shape, value, path)
    elif shape is None:
        if value:
            yield f"there is no output, but {value!r:.200}"
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r:.200}"
            return
        for number, each in enumerate(value):
            yield from _tree(form, shape.member, each, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{path} is no map: {value!r:.200}"
            return
        for key, each in value.items():
            yield from _enum(shape.key, key, f"{path} key")
            yield from _tree(form, shape.value, each, f"{path}[{key!r}]")
    elif shape.type_name == "timestamp":
        if not form.is_timestamp(shape, value):
            yield f"{path} is no timestamp of its form: {value!r:.200}"
    elif not shape.serialization.get("jsonvalue"):
        yield from _plain(shape, value, path)


def _plain(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kinds = _KINDS.get(shape.type_name)
    if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        yield f"{path} is no {shape.type_name}: {value!r:.200}"
    elif shape.type_name == "blob" and not _is_base64(value):
        yield f"{path} is no Base64: {value!r:.200}"
    else:
        yield from _enum(shape, value, path)


def _members(form: _Json | _Cbor, shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no structure: {value!r:.200}"
        return
    if shape.is_document_type:
        return
    dot = f"{path}." if path else ""
    wire = {each.serialization.get("name", name): (name, each) for name, each in _inside(shape).items()}
    for key, each in value.items():
        if key not in wire:
            yield f"{dot}{key} is not declared"
        elif each is None:
            yield f"{dot}{key} is null"
        else:
            yield from _tree(form, wire[key][1], each, dot + wire[key][0])
    for key, (name, _) in wire.items():
        if name in shape.required_members and key not in value:
            yield f"{dot}{name} is required"
    if shape.is_tagged_union and len(value) != 1:
        yield f"{path} is a union of {sorted(value)}"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _enum(shape: Shape, value: Any, path: str) -> Iterator[str]:
    known = (shape.name, value) in _ON_AWS_TOO
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum and not known:
        yield f"{path} is none of {shape.enum}: {value!r}"


# XML
def _document(operation: OperationModel, protocol: str, root: Xml.Element, payload: str | None) -> Iterator[str]:
    shape = operation.output_shape
    if protocol == "query":
        if _name(root) != f"{operation.name}Response":
            yield f"the document is a {_name(root)}"
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
        for child in root:
            if _name(child) == wrapper:
                yield from _elements(shape, child, "")
            elif _name(child) != "ResponseMetadata":
                yield f"{_name(child)} is not declared"
        if wrapper and not any(_name(child) == wrapper for child in root):
            yield f"there is no {wrapper}"
    elif protocol == "ec2":
        for child in [each for each in root if _name(each) == "requestId"]:
            root.remove(child)
        yield from _elements(shape, root, "")
    elif payload and shape is not None:
        yield from _element(shape.members[payload], root, payload)
    else:
        yield from _elements(shape, root, "")


def _name(element: Xml.Element) -> str:
    return element.tag.rpartition("}")[2]


def _element(shape: Shape, element: Xml.Element, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _elements(shape, element, path)
    elif isinstance(shape, ListShape):
        wanted = shape.member.serialization.get("name", "member")
        for number, child in enumerate(element):
            if _name(child) != wanted:
                yield f"{path}.{_name(child)} is not declared: items are called {wanted}"
            else:
                yield from _element(shape.member, child, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for child in element:
            yield from _entry(shape, child, path)
    else:
        yield from _text(shape, element.text or "", path)


def _entry(shape: MapShape, element: Xml.Element, path: str) -> Iterator[str]:
    names = [shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")]
    if [_name(each) for each in element] != names:
        yield f"{path} has an entry of {[_name(each) for each in element]}"
        return
    yield from _element(shape.key, element[0], f"{path} key")
    yield from _element(shape.value, element[1], f"{path}[{element[0].text!r}]")


def _elements(shape: Shape | None, element: Xml.Element, path: str) -> Iterator[str]:
    if not isinstance(shape, StructureShape):
        if len(element):
            yield f"there is no output, but {[_name(each) for each in element]}"
        return
    dot = f"{path}." if path else ""
    wire = {_wire_name(name, member): (name, member) for name, member in _inside(shape).items()}
    seen: dict[str, int] = {}
    for child in element:
        tag = _name(child)
        if tag not in wire:
            yield f"{dot}{tag} is not declared"
            continue
        name, member = wire[tag]
        seen[tag] = seen.get(tag, 0) + 1
        if member.serialization.get("flattened"):
            inner = f"{dot}{name}[{seen[tag] - 1}]"
            each = member.member if isinstance(member, ListShape) else None
            yield from _element(each, child, inner) if each else _entry(member, child, inner)
        else:
            if seen[tag] == 2:
                yield f"{dot}{name} is there twice"
            yield from _element(member, child, f"{dot}{name}")
    attributes = {key.rpartition("}")[2] for key in element.attrib}
    for tag, (name, member) in wire.items():
        empty = member.type_name in {"list", "map"}
        if (
            name in shape.required_members
            and tag not in seen
            and tag.rpartition(":")[2] not in attributes
            and not empty
        ):
            yield f"{dot}{name} is required"


def _wire_name(name: str, member: Shape) -> str:
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return str(member.serialization.get("name") or member.member.serialization.get("name", name))
    return str(member.serialization.get("name", name))


def _text(shape: Shape, text: str, path: str) -> Iterator[str]:
    if shape.type_name == "timestamp":
        if not _ISO.fullmatch(text):
            yield f"{path} is no timestamp of its form: {text!r:.200}"
    elif shape.type_name in _NUMBERS:
        if not _NUMBERS[shape.type_name].fullmatch(text):
            yield f"{path} is no {shape.type_name}: {text!r:.200}"
    elif shape.type_name == "blob" and not _is_base64(text):
        yield f"{path} is no Base64: {text!r:.200}"
    else:
        yield from _enum(shape, text, path)
