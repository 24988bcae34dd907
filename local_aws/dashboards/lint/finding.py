"""One fault of a Definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.dashboards.definition import Shape, only


@dataclass(frozen=True)
class Finding:
    """:param type: a `DashboardErrorType`, or `INVALID_DEFINITION` for what the service refuses before it builds.

    :param path: where, as QuickSight writes paths: `sheet/s/visual/v/field/f`.
    :param warning: QuickSight takes it; the author should know.
    """

    type: str
    path: str
    message: str
    warning: bool = False

    def error(self) -> dict[str, Any]:
        """The API's `DashboardError`."""
        return {"Type": self.type, "Message": self.message, "ViolatedEntities": [{"Path": self.path}]}


INVALID = "INVALID_DEFINITION"


def visuals(body: Shape) -> Iterator[tuple[Shape, str, Shape, str]]:
    """Each visual: (its sheet, its kind, its shape, its path)."""
    for sheet in body.get("Sheets") or ():
        for union in sheet.get("Visuals") or ():
            kind, visual = only(union)
            yield sheet, kind, visual, f"sheet/{sheet['SheetId']}/visual/{visual.get('VisualId')}"


def filters(body: Shape) -> Iterator[tuple[Shape, str, Shape, str]]:
    """Each filter: (its group, its kind, its shape, its path)."""
    for group in body.get("FilterGroups") or ():
        for union in group.get("Filters") or ():
            kind, shape = only(union)
            yield group, kind, shape, f"filterGroup/{group['FilterGroupId']}/filter/{shape.get('FilterId')}"


def walked(shape: Any, name: str) -> Iterator[Any]:
    """The values of every member of this name, however deep."""
    if isinstance(shape, dict):
        for key, inner in shape.items():
            if key == name:
                yield inner
            yield from walked(inner, name)
    elif isinstance(shape, list):
        for each in shape:
            yield from walked(each, name)
