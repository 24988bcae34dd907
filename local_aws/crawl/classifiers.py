"""The custom classifiers of an account.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html,
https://docs.aws.amazon.com/glue/latest/webapi/API_CsvClassifier.html
"""

from __future__ import annotations

import threading
from typing import Any

from local_aws.clock import Clock
from local_aws.crawl.classify import Classifier, JsonOptions
from local_aws.crawl.csv_text import CsvOptions
from local_aws.errors import AwsError, Unsupported

Shape = dict[str, Any]

ROWS_OF_ARRAY = "$[*]"
_TYPES = {
    "BINARY": "binary",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DECIMAL": "decimal",
    "DOUBLE": "double",
    "FLOAT": "float",
    "INT": "int",
    "LONG": "bigint",
    "SHORT": "smallint",
    "STRING": "string",
    "TIMESTAMP": "timestamp",
}


class Classifiers:
    """Classifiers by name, each kept as a `Classifier` shape (`{"CsvClassifier": {…}}`)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._shapes: dict[str, Shape] = {}

    @property
    def kept(self) -> dict[str, Shape]:
        """The map itself, for what writes it to disk."""
        return self._shapes

    def all(self) -> list[Shape]:
        with self._lock:
            return [self._shapes[name] for name in sorted(self._shapes)]

    def get(self, name: str) -> Shape:
        """:raises AwsError: `EntityNotFoundException`."""
        found = self._shapes.get(name)
        if found is None:
            raise AwsError("EntityNotFoundException", f"Classifier {name} was not found.")
        return found

    def create(self, request: Shape) -> None:
        kind, given = _only(request)
        now = self._clock.now()
        with self._lock:
            if given["Name"] in self._shapes:
                raise AwsError("AlreadyExistsException", f"Classifier {given['Name']} already exists.")
            self._shapes[given["Name"]] = self._checked(
                kind, {**given, "CreationTime": now, "LastUpdated": now, "Version": 1}
            )

    def update(self, request: Shape) -> None:
        kind, given = _only(request)
        found = self.get(given["Name"])
        if kind not in found:
            raise AwsError("InvalidInputException", f"Classifier {given['Name']} is no {kind}.")
        with self._lock:
            known = found[kind]
            changed = {**known, **given, "LastUpdated": self._clock.now(), "Version": known["Version"] + 1}
            self._shapes[given["Name"]] = self._checked(kind, changed)

    def delete(self, name: str) -> None:
        self.get(name)
        with self._lock:
            self._shapes.pop(name, None)

    @staticmethod
    def _checked(kind: str, shape: Shape) -> Shape:
        made = {kind: shape}
        _options(made)
        return made

    def options(self, names: list[str]) -> tuple[Classifier, ...]:
        """The classifiers of a crawler, in its order."""
        return tuple(_options(self.get(name)) for name in names)


def _only(request: Shape) -> tuple[str, Shape]:
    given = [(kind, shape) for kind, shape in request.items() if shape is not None]
    if len(given) != 1:
        raise AwsError("InvalidInputException", "Exactly one classifier must be given.")
    return given[0]


def _options(shape: Shape) -> Classifier:
    """What the classifiers of the crawl need to know. :raises: for what they cannot do."""
    kind, given = _only(shape)
    if kind == "JsonClassifier":
        if given["JsonPath"] != ROWS_OF_ARRAY:
            raise Unsupported(f"JSON classifiers with the path {given['JsonPath']} (only {ROWS_OF_ARRAY})")
        return JsonOptions()
    if kind != "CsvClassifier":
        raise Unsupported(f"{kind}s")
    return _csv_options(given)


def _csv_options(given: Shape) -> CsvOptions:
    quote, delimiter = given.get("QuoteSymbol") or '"', given.get("Delimiter")
    if quote == delimiter:
        raise AwsError("InvalidInputException", "QuoteSymbol must be different from Delimiter.")
    types = tuple(given.get("CustomDatatypes") or ()) if given.get("CustomDatatypeConfigured") else ()
    header = tuple(given.get("Header") or ())
    for each in types:
        if each.upper() not in _TYPES:
            raise AwsError("InvalidInputException", f"{each} is no custom datatype: {', '.join(_TYPES)}.")
    if header and types and len(header) != len(types):
        raise AwsError("InvalidInputException", "CustomDatatypes and Header must have the same length.")
    return CsvOptions(
        delimiter=delimiter,
        quote=quote,
        contains_header=given.get("ContainsHeader") or "UNKNOWN",
        header=header,
        single_column=bool(given.get("AllowSingleColumn")),
        trim=not given.get("DisableValueTrimming", False),
        types=tuple(_TYPES[each.upper()] for each in types),
        serde=given.get("Serde") or "None",
    )
