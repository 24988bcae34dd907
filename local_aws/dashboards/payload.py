"""A dashboard as the page gets it: its published version, drawn for a reader who has chosen something."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local_aws.dashboards import parameters
from local_aws.dashboards.definition import Definition, Shape
from local_aws.dashboards.draw import Canvas, Json
from local_aws.dashboards.drilling import ways
from local_aws.dashboards.readers import Reader
from local_aws.dashboards.state import State, applied
from local_aws.dashboards.tables import Tables
from local_aws.dashboards.themes import managed
from local_aws.errors import Unsupported
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.staging import Refused

if TYPE_CHECKING:
    from local_aws.services.quicksight import QuickSight
    from local_aws.services.quicksight.dashboards import Dashboard


@dataclass(frozen=True)
class Seen:
    """What is chosen on a dashboard, and by whom."""

    state: State = field(default_factory=State)
    reader: Reader = field(default_factory=lambda: Reader.of({}))


def payload(service: QuickSight, found: Dashboard, sheets: list[str] | None = None, seen: Seen | None = None) -> Json:
    """A dashboard's published version with its numbers.

    :param sheets: the ids of those to compute; the others are named only. None computes all.
    :raises BadState: where the reader's choices are none of this dashboard's.
    """
    version = found.version(found.published)
    seen = seen or Seen()
    with Tables(service, Definition(version.definition), seen.reader) as reading:
        body = _with_defaults(service, version.definition, seen.reader, reading)
        chosen = replace(seen.state, parameters={**version.parameters, **seen.state.parameters})
        definition = Definition(applied(body, chosen))
        for identifier, values in parameters.mapped(definition.body).items():
            reading.give(identifier, values)
        canvas = Canvas(definition, service.spice, service.lake.clock, reading, ways(body, chosen.drills))
        drawn = [
            canvas.sheet(each)
            if sheets is None or each["SheetId"] in sheets
            else {"id": each["SheetId"], "name": each.get("Name") or each.get("Title") or each["SheetId"]}
            for each in definition.sheets
        ]
        return {
            "dashboard": {
                "id": found.id,
                "name": found.name,
                "account": service.lake.account_id,
                "version": version.number,
                "theme": managed(version.theme_arn) if version.theme_arn else None,
                "published": found.published_at.isoformat() if found.published_at else None,
            },
            "drawn_at": service.lake.clock.now().isoformat(),
            "reader": _reader(seen.reader, reading),
            "data_sets": [each.shape() for each in reading.states()],
            "sheets": drawn,
        }


def _reader(reader: Reader, reading: Tables) -> str | None:
    """Whose view it is, where that makes a difference."""
    secured = [each for each in reading.seen() if each.hidden or each.sql.startswith("(")]
    return reader.user if secured else None


def _with_defaults(service: QuickSight, body: Shape, reader: Reader, reading: Tables) -> Shape:
    canvas = Canvas(Definition(body), service.spice, service.lake.clock, reading)

    def rolling(identifier: str | None, expression: str) -> Any:
        try:
            return canvas.value(identifier, expression)
        except (ExpressionError, Unsupported, Refused):  # said where the version was built
            return None

    def looked(identifier: str, column: str, condition: str) -> list[Any]:
        return canvas.listed(identifier, column, condition)

    return parameters.resolved(body, reader, rolling, looked)
