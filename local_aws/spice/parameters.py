"""A data set's own parameters: put into its custom SQL and expressions, a pure function from definition to definition.

In custom SQL `<<$Name>>` becomes the value, text and dates in quotes, several values with commas between; in an
expression `${Name}` becomes the value as the language writes it.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/dataset-parameters.html, API_DatasetParameter.html,
API_MappedDataSetParameter.html. Deviates: SPICE holds the rows of the default values; those of a dashboard reach data
sets that are queried directly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from local_aws.spice.expressions.syntax import ExpressionError, tokens
from local_aws.spice.transforms import invalid
from local_aws.spice.types import literal

Given = Mapping[str, Sequence[Any]]
"""Values in the place of the defaults, by the parameter's name."""
_EXPRESSIONS = {"Expression", "ConditionExpression", "OnClause"}
_PLACE = re.compile(r"<<\$([A-Za-z0-9]+)>>")


def declared(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Name → declaration, with its kind. :raises AwsError: for a name declared twice, and a value too many."""
    found: dict[str, Mapping[str, Any]] = {}
    for union in definition.get("DatasetParameters") or ():
        given = [(kind, shape) for kind, shape in union.items() if shape]
        if len(given) != 1:
            raise invalid("a data set's parameter is of one kind")
        [(kind, shape)] = given
        if shape["Name"] in found:
            raise invalid(f"the parameter {shape['Name']!r} is declared twice")
        if shape["ValueType"] == "SINGLE_VALUED" and len(_defaults(shape)) > 1:
            raise invalid(f"the parameter {shape['Name']!r} is single-valued and has {len(_defaults(shape))} defaults")
        found[shape["Name"]] = {**shape, "kind": kind.removesuffix("DatasetParameter")}
    return found


def bound(definition: Mapping[str, Any], given: Given | None = None) -> Mapping[str, Any]:
    """The definition with values where it names parameters.

    :raises AwsError: `InvalidParameterValueException` for a parameter without a value, or of custom SQL undeclared.
    """
    parameters = declared(definition)
    values = {name: list((given or {}).get(name) or _defaults(shape)) for name, shape in parameters.items()}
    maps = ("PhysicalTableMap", "LogicalTableMap", "DataPrepConfiguration")
    return {**definition, **{name: _bound(definition[name], parameters, values) for name in maps if name in definition}}


def _defaults(shape: Mapping[str, Any]) -> list[Any]:
    return list((shape.get("DefaultValues") or {}).get("StaticValues") or ())


def _bound(shape: Any, parameters: Mapping[str, Mapping[str, Any]], values: Mapping[str, list[Any]]) -> Any:
    if isinstance(shape, list):
        return [_bound(each, parameters, values) for each in shape]
    if not isinstance(shape, dict):
        return shape
    made = {}
    for key, inner in shape.items():
        if key == "SqlQuery":
            made[key] = _sql(inner, parameters, values)
        elif key in _EXPRESSIONS and isinstance(inner, str):
            made[key] = _expression(inner, parameters, values)
        else:
            made[key] = _bound(inner, parameters, values)
    return made


def _sql(text: str, parameters: Mapping[str, Mapping[str, Any]], values: Mapping[str, list[Any]]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in parameters:
            raise invalid(f"the custom SQL names a parameter {name!r} that the data set does not declare")
        return ", ".join(_as_sql(each, parameters[name]["kind"]) for each in _given(name, values))

    return _PLACE.sub(value, text)


def _given(name: str, values: Mapping[str, list[Any]]) -> list[Any]:
    if not values[name]:
        raise invalid(f"the parameter {name!r} has no default value")
    return values[name]


def _as_sql(value: Any, kind: str) -> str:
    if kind == "DateTime":
        return f"'{_moment(value)}'"
    return literal(str(value)) if kind == "String" else str(value)


def _expression(text: str, parameters: Mapping[str, Mapping[str, Any]], values: Mapping[str, list[Any]]) -> str:
    """Only names that are declared are replaced: the compiler says what any other one is."""
    made, done = "", 0
    try:
        found = [each for each in tokens(text) if each.kind == "parameter" and each.text in parameters]
    except ExpressionError:
        return text  # said where the expression is compiled
    for token in found:
        shape = parameters[token.text]
        items = [_as_expression(each, shape["kind"]) for each in _given(token.text, values)]
        written = f"[{', '.join(items)}]" if shape["ValueType"] == "MULTI_VALUED" else items[0]
        made += text[done : token.position] + written
        done = text.index("}", token.position) + 1
    return made + text[done:]


def _as_expression(value: Any, kind: str) -> str:
    if kind == "DateTime":
        return f"parseDate('{_moment(value)}', 'yyyy-MM-dd HH:mm:ss')"
    if kind == "String":
        escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(value)


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}"
