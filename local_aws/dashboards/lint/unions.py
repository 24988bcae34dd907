"""Unions that hold one member: what is of no kind cannot be read any further.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Visual.html, API_Filter.html and their like
("one of the following").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_aws.dashboards.definition import Definition, only
from local_aws.dashboards.lint.finding import INVALID, Finding


def findings(definition: Definition) -> Iterator[Finding]:
    """The unions without a member. Those that name a member twice over are in `identities`."""
    for path, union in _unions(definition):
        if not only(union)[0]:
            message = f"A member of {path.split('/')[-2]} is of no kind: give it one, or remove it"
            yield Finding(INVALID, path, message)


def _unions(definition: Definition) -> Iterator[tuple[str, Any]]:
    body = definition.body
    for number, each in enumerate(body.get("ParameterDeclarations") or ()):
        yield f"ParameterDeclarations/{number}", each
    for sheet in definition.sheets:
        for name in ("Visuals", "ParameterControls", "FilterControls"):
            for number, each in enumerate(sheet.get(name) or ()):
                yield f"sheet/{sheet['SheetId']}/{name}/{number}", each
    for group in body.get("FilterGroups") or ():
        for number, each in enumerate(group["Filters"]):
            path = f"filterGroup/{group['FilterGroupId']}/Filters/{number}"
            yield path, each
            if only(each)[0] == "CategoryFilter":
                yield f"{path}/Configuration/0", only(each)[1]["Configuration"]
