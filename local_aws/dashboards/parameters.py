"""Default values that are not written in the Definition: rolling dates, values by user, values of a reader without one.

Each becomes a static value: what reads parameters after this knows no other kind. A value by user is the one in the
row of a data set that names the reader, or one of the reader's groups.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DateTimeDefaultValues.html (a rolling date is
an expression), API_DynamicDefaultValue.html, API_StringValueWhenUnsetConfiguration.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local_aws.dashboards.definition import Shape, only
from local_aws.dashboards.readers import Reader
from local_aws.spice.types import literal, quoted

Rolling = Callable[[str | None, str], Any]
"""The value of an expression over a data set (by identifier, if it names one)."""
Looked = Callable[[str, str, str], Sequence[Any]]
"""The values of a data set's column (identifier, column) in the rows where a condition holds."""


def resolved(body: Shape, reader: Reader, rolling: Rolling, looked: Looked) -> Shape:
    """The Definition with a static default for each parameter that has any."""
    declared = [_resolved(each, reader, rolling, looked) for each in body.get("ParameterDeclarations") or ()]
    return {**body, "ParameterDeclarations": declared} if declared else body


def _resolved(union: Shape, reader: Reader, rolling: Rolling, looked: Looked) -> Shape:
    kind, shape = only(union)
    given = shape.get("DefaultValues") or {}
    values: list[Any] = list(given.get("StaticValues") or ())
    dynamic = given.get("DynamicValue")
    if dynamic:
        values = _of_reader(dynamic, reader, looked) or values
    if given.get("RollingDate"):
        rolled = rolling(given["RollingDate"].get("DataSetIdentifier"), given["RollingDate"]["Expression"])
        values = [] if rolled is None else [rolled]
    unset = shape.get("ValueWhenUnset") or {}
    if not values and unset.get("CustomValue") is not None:
        values = [unset["CustomValue"]]
    if values == list(given.get("StaticValues") or ()):
        return union
    if shape.get("ParameterValueType") != "MULTI_VALUED":
        values = values[:1]
    return {kind: {**shape, "DefaultValues": {"StaticValues": values}}}


def _of_reader(shape: Shape, reader: Reader, looked: Looked) -> list[Any]:
    """The value in the row of the user; without one, in those of the user's groups."""
    at = shape["DefaultValueColumn"]
    for name, wanted in (("UserNameColumn", (reader.user,)), ("GroupNameColumn", reader.groups)):
        column = shape.get(name)
        if column and wanted:
            condition = f"{quoted(column['ColumnName'])} IN ({', '.join(map(literal, wanted))})"
            found = list(looked(at["DataSetIdentifier"], at["ColumnName"], condition))
            if found:
                return found
    return []


def mappings(body: Shape) -> Iterator[tuple[Shape, str, str]]:
    """Each declaration that stands for a data set's own parameter, with the data set's identifier and that one's name.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_MappedDataSetParameter.html
    """
    for union in body.get("ParameterDeclarations") or ():
        shape = only(union)[1]
        for each in shape.get("MappedDataSetParameters") or ():
            yield shape, each["DataSetIdentifier"], each["DataSetParameterName"]


def mapped(body: Shape) -> dict[str, dict[str, list[Any]]]:
    """Data set's identifier → its own parameters that the Definition's stand for → their values."""
    found: dict[str, dict[str, list[Any]]] = {}
    for shape, identifier, name in mappings(body):
        values = list((shape.get("DefaultValues") or {}).get("StaticValues") or ())
        if values:
            found.setdefault(identifier, {})[name] = values
    return found
