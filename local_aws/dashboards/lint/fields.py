"""Columns and expressions: every field is a column or a calculated field of a declared data set, and can be computed.

Expressions are read by the viewer's parser. A function that QuickSight has and the viewer has not is no fault of the
Definition, and no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.dashboards.definition import Definition, Shape, only
from local_aws.dashboards.fields import dimensions_and_measures
from local_aws.dashboards.lint.finding import INVALID, Finding, filters, visuals, walked
from local_aws.errors import Unsupported
from local_aws.spice.expressions.dates import NAMED
from local_aws.spice.expressions.syntax import Call, ExpressionError, Field, Node, parse
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, Column

Columns = Mapping[str, Mapping[str, Column] | None]


def findings(definition: Definition, columns: Columns) -> Iterator[Finding]:
    yield from _expressions(definition, columns)
    for _, _, visual, path in visuals(definition.body):
        live = visual.get("ChartConfiguration") or visual.get("InsightConfiguration") or {}
        for at in _columns(live):
            yield from _known(definition, columns, at, path, dead=False)
        yield from _types(definition, columns, live, path)
    for group, _, shape, path in filters(definition.body):
        dead = group.get("Status") == "DISABLED"
        for at in _columns(shape):
            yield from _known(definition, columns, at, path, dead)


def _columns(shape: Any) -> Iterator[Shape]:
    """Each column named in a shape, once."""
    seen = set()
    for at in walked(shape, "Column"):
        if isinstance(at, dict) and "ColumnName" in at:
            key = (at.get("DataSetIdentifier"), at["ColumnName"])
            if key not in seen:
                seen.add(key)
                yield at


def _known(definition: Definition, columns: Columns, at: Shape, path: str, dead: bool) -> Iterator[Finding]:
    identifier, name = at.get("DataSetIdentifier") or "", at["ColumnName"]
    if identifier not in definition.data_sets:
        message = (
            f"The column {name!r} is of the data set {identifier!r}, which is not declared: declare it or remove it"
        )
        yield Finding("DATA_SET_NOT_FOUND", f"{path}/column/{name}", message, warning=True)
        return
    known = columns.get(identifier)
    if known is None or name in known or name in definition.calculated(identifier):
        return
    likely = next((each for each in known if each.lower() == name.lower()), None)
    cure = f"did you mean {likely!r}?" if likely else f"it has {', '.join(sorted(known))}"
    message = f"The data set {identifier!r} has no column {name!r}: {cure}"
    yield Finding("COLUMN_REPLACEMENT_MISSING", f"{path}/column/{name}", message, warning=dead)


def _types(definition: Definition, columns: Columns, shape: Any, path: str) -> Iterator[Finding]:
    """A date field over a text column, a sum over a text column: QuickSight's COLUMN_TYPE_MISMATCH."""
    for role, union in dimensions_and_measures(shape):
        if role == "value":
            continue
        kind, field = only(union)
        at = field.get("Column") or {}
        known = columns.get(at.get("DataSetIdentifier") or "") or {}
        column = known.get(at.get("ColumnName") or "")
        if column is None:
            continue
        if kind.startswith("Date") and column.type != DATETIME:
            message = f"{column.name!r} is a {column.type}, not a date: use a CategoricalDimensionField"
            yield Finding("COLUMN_TYPE_MISMATCH", f"{path}/field/{field['FieldId']}", message)
        function = (field.get("AggregationFunction") or {}) if kind == "NumericalMeasureField" else {}
        if function.get("SimpleNumericalAggregation") in {"SUM", "AVERAGE"} and column.type not in {INTEGER, DECIMAL}:
            message = f"{column.name!r} is a {column.type}; {function['SimpleNumericalAggregation']} takes numbers"
            yield Finding("COLUMN_TYPE_MISMATCH", f"{path}/field/{field['FieldId']}", message)


def _expressions(definition: Definition, columns: Columns) -> Iterator[Finding]:
    for at, expression in _rolling(definition.body):
        try:
            parse(expression)
        except (ExpressionError, Unsupported) as error:
            yield Finding(INVALID, at, f"The rolling date cannot be read: {error}")
    for each in definition.body.get("CalculatedFields") or ():
        identifier, path = each["DataSetIdentifier"], f"calculatedField/{each['Name']}"
        try:
            tree = parse(each["Expression"])
        except (ExpressionError, Unsupported) as error:
            yield Finding(INVALID, path, f"The expression of {each['Name']!r} cannot be read: {error}")
            continue
        known = columns.get(identifier)
        if identifier not in definition.data_sets:
            message = f"The calculated field is of the data set {identifier!r}, which is not declared"
            yield Finding("DATA_SET_NOT_FOUND", path, message, warning=True)
        if known is None:
            continue
        names = {*known, *definition.calculated(identifier), "true", "false", "null", "NULL", "TRUE", "FALSE"}
        for name in sorted(set(_names(tree)) - names - _WORDS):
            message = f"The expression names the field {name!r}, which the data set {identifier!r} has not"
            yield Finding("COLUMN_REPLACEMENT_MISSING", path, message)


def _rolling(body: Shape) -> Iterator[tuple[str, str]]:
    """Each rolling date: (where, its expression)."""
    for union in body.get("ParameterDeclarations") or ():
        shape = only(union)[1]
        for each in walked(shape, "RollingDate"):
            if each:
                yield f"parameter/{shape['Name']}", each["Expression"]
    for _, _, shape, path in filters(body):
        for each in walked(shape, "RollingDate"):
            if each:
                yield path, each["Expression"]


_WORDS = {"PRE_FILTER", "PRE_AGG", "POST_AGG_FILTER", "CASE_SENSITIVE", "CASE_INSENSITIVE", *NAMED}


def _names(node: Node | Any) -> Iterator[str]:
    """The names of the fields in an expression's tree."""
    if isinstance(node, Field):
        yield node.name
    elif isinstance(node, Call):
        for each in node.arguments:
            yield from _names(each)
    else:
        for name in ("operand", "left", "right"):
            if hasattr(node, name):
                yield from _names(getattr(node, name))
        for each in getattr(node, "items", ()):
            yield from _names(each)
