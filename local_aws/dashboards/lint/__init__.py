"""What is wrong with a Definition, found without drawing it: each fault with its path and its cure.

Errors are what QuickSight refuses, or what cannot be meant: an id twice, a layout that names no visual, a broken
expression, an unknown column. Warnings are what QuickSight accepts and live dashboards hold, such as leftovers of a
data set that is gone.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardError.html and
https://docs.aws.amazon.com/quicksight/latest/user/calculated-field-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local_aws.dashboards.definition import Definition, Shape
from local_aws.dashboards.lint import fields, identities, layouts, references, unions
from local_aws.dashboards.lint.finding import Finding
from local_aws.spice.types import Column

Columns = Mapping[str, Mapping[str, Column] | None]


def findings(body: Shape, columns: Columns) -> list[Finding]:
    """All faults of a Definition, errors first; where something is of no kind, that alone.

    :param columns: for each declared data set identifier its columns by name; None where they are not known.
    """
    definition = Definition(body)
    found = [*unions.findings(definition)] or [*_all(definition, columns)]
    return sorted(found, key=lambda each: each.warning)


def _all(definition: Definition, columns: Columns) -> Iterator[Finding]:
    yield from identities.findings(definition)
    yield from layouts.findings(definition)
    yield from references.findings(definition)
    yield from fields.findings(definition, columns)


__all__ = ["Finding", "findings"]
