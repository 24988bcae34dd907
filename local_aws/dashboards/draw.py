"""A published dashboard as data: layout, and of each visual the fields, the rows, the options, or why there are none.

One visual that cannot be drawn says so in its own card; the others are drawn.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from local_aws.clock import Clock
from local_aws.dashboards import fields, filter_texts, filters, layouts, text
from local_aws.dashboards.conditions import Filtering
from local_aws.dashboards.controls import Choosing, controls
from local_aws.dashboards.definition import Definition, Shape, only
from local_aws.dashboards.kinds import KINDS, Asked, Picture
from local_aws.dashboards.kinds import table as table_kind
from local_aws.dashboards.kinds.picture import NotDrawn
from local_aws.dashboards.state import aims, operations
from local_aws.dashboards.tables import Table
from local_aws.errors import Unsupported
from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.windows import Windows
from local_aws.spice.staging import Refused
from local_aws.spice.storage import Spice
from local_aws.spice.types import quoted

log = logging.getLogger("local_aws")

Json = dict[str, Any]


class Empty(Exception):  # noqa: N818 - a state of a visual
    """There is nothing to draw, and why."""


@dataclass(frozen=True)
class Canvas:
    """What drawing needs.

    :param tables: of each data set that the Definition declares, by identifier.
    """

    definition: Definition
    spice: Spice
    clock: Clock
    tables: Mapping[str, Table]
    ways: Mapping[str, Json] = field(default_factory=dict)
    """Of each visual with levels the way taken down them."""

    def sheet(self, sheet: Shape) -> Json:
        """One sheet: its places, visuals, text boxes."""
        boxes, words = sheet.get("TextBoxes") or (), self.definition.words
        name = sheet.get("Name") or sheet.get("Title") or sheet["SheetId"]
        return {
            "id": sheet["SheetId"],
            "name": name,
            "note": None,
            "places": [asdict(place) for place in layouts.places(sheet)],
            "controls": [plain_all(each) for each in controls(sheet, self._choosing())],
            "visuals": [self.visual(sheet["SheetId"], each) for each in sheet.get("Visuals") or ()],
            "text_boxes": [
                {"id": each["SheetTextBoxId"], "html": text.to_html(each.get("Content") or "", words)} for each in boxes
            ],
        }

    def visual(self, sheet_id: str, union: Shape) -> Json:
        """One visual. `state` is `drawn`, `empty`, `failed` or `not_drawn`; never nothing."""
        kind, visual = only(union)
        made: Json = {
            "id": visual["VisualId"],
            "kind": kind.removesuffix("Visual"),
            "title": _label(visual.get("Title"), self.definition.words) or "",
            "subtitle": _label(visual.get("Subtitle"), self.definition.words),
            "alt": visual.get("VisualContentAltText"),
            "filters": aims(self._sheet(sheet_id), visual),
            "actions": actions(visual),
            "drill": self.ways.get(visual["VisualId"]),
        }
        try:
            picture, applied = self._picture(sheet_id, kind, visual)
            drawn = kind in KINDS and not picture.instead
            state = "empty" if not picture.rows else "drawn" if drawn else "not_drawn"
            note = picture.note
            if not drawn:
                what = f"{made['kind']} with {picture.instead}" if picture.instead else made["kind"]
                note = f"{what} is valid in QuickSight and not drawn by local_aws: here is its data"
            message = self.definition.no_data or "The data set and its filters leave no rows"
            return made | {
                "state": state,
                "message": message if state == "empty" else None,
                "note": note,
                "applied": applied,
                "columns": [each.describe() for each in picture.fields],
                "rows": [[plain(value) for value in row] for row in picture.rows],
                "options": plain_all(picture.options),
            }
        except Empty as error:
            return made | {"state": "empty", "message": str(error)}
        except (Unsupported, ExpressionError, Refused) as error:
            return made | {"state": "failed", "message": str(error)}
        except Exception as error:
            log.exception("defect in local_aws: visual %s", visual["VisualId"])
            return made | {"state": "failed", "message": f"defect in local_aws: {type(error).__name__}: {error}"}

    def _sheet(self, sheet_id: str) -> Shape:
        return next(each for each in self.definition.sheets if each["SheetId"] == sheet_id)

    def _choosing(self) -> Choosing:
        def column(identifier: str, name: str) -> tuple[str, str] | None:
            table = self.tables.get(identifier)
            if table is None or table.advice:
                return None
            return self.scope(identifier).column(name).text, table.sql

        return Choosing(self.definition, self.spice.cached, column)

    def scope(self, identifier: str) -> Scope:
        """What names mean over a data set."""
        table = self.tables.get(identifier)
        return Scope(
            table.columns if table else {},
            self.definition.calculated(identifier),
            self.definition.parameters,
            self.clock.now(),
            Windows(),
            table.hidden if table else frozenset(),
        )

    def value(self, identifier: str | None, expression: str) -> Any:
        """One value of an expression, such as a rolling date; None where it cannot be had."""
        table = self.tables.get(identifier or "")
        if identifier and (table is None or table.advice):
            return None
        found = compile_expression(expression, self.scope(identifier or ""))
        source = f" FROM {table.sql}" if table and found.level != "constant" else ""
        answer = self.spice.cached(f"SELECT {found.text}{source} LIMIT 1")
        return answer.rows[0][0] if answer.rows else None

    def listed(self, identifier: str, column: str, condition: str) -> list[Any]:
        """The values of a column in the rows where a condition holds."""
        table = self.tables.get(identifier)
        if table is None or table.advice or column not in table.columns:
            return []
        sql = f"SELECT DISTINCT {quoted(column)} AS v FROM {table.sql} WHERE {condition} AND v IS NOT NULL ORDER BY v"
        return [row[0] for row in self.spice.cached(sql).rows]

    def _picture(self, sheet_id: str, kind: str, visual: Shape) -> tuple[Picture, list[str]]:
        """The picture, and the filters on it in words."""
        configuration = visual.get("ChartConfiguration") or {}
        wells = configuration.get("FieldWells") or configuration or visual.get("InsightConfiguration") or {}
        about = visual.get("DataSetIdentifier") if kind == "InsightVisual" else None
        identifier = fields.data_set_of(wells) or about
        if kind == "InsightVisual" and not _says(visual.get("InsightConfiguration") or {}):
            raise Empty("This Insight has no computation and no narrative yet")
        if identifier is None:
            raise Empty(_without_data(kind, configuration))
        table = self.tables.get(identifier)
        if table is None:
            raise Empty(f"There is no data set {identifier!r}")
        if table.failure:
            raise Refused(table.failure)
        if table.advice:
            raise Empty(table.advice)
        scope = self.scope(identifier)
        windows = scope.windows or Windows()
        labels = fields.custom_labels(configuration)
        found = fields.dimensions_and_measures(configuration.get("FieldWells") or {})
        grouping = fields.Wells(self.definition, identifier, scope, labels)
        dimensions = [grouping.dimension(shape) for role, shape in found if role == "dimension"]
        scope = replace(scope, dimensions=tuple((each.column, each.sql.text) for each in dimensions))
        read = fields.Wells(self.definition, identifier, scope, labels)
        groups = tuple(each.sql.text for each in dimensions)
        filtering = Filtering(scope, table.sql, self.definition.week_start, groups)
        where = filters.where(self.definition, sheet_id, visual["VisualId"], identifier, filtering)
        asked = Asked(
            visual, read, table.sql, where,
            lambda sql: self.spice.cached(windows.around(sql, table.sql, where)),
        )  # fmt: skip
        names = {*scope.columns, *scope.calculated}
        applied = filter_texts.texts(self.definition, sheet_id, visual["VisualId"], identifier, names)
        try:
            return KINDS.get(kind, _as_table)(asked), applied
        except NotDrawn as part:
            return replace(_as_table(asked), instead=str(part)), applied


def _says(insight: Shape) -> bool:
    narrative = (insight.get("CustomNarrative") or {}).get("Narrative") or ""
    return bool(insight.get("Computations") or text.plain(narrative))


def _without_data(kind: str, configuration: Shape) -> str:
    """What stands in the card of a visual without fields."""
    if kind == "CustomContentVisual":
        address = configuration.get("ContentUrl") or "no address"
        return f"CustomContent is valid in QuickSight and not fetched by local_aws: {address}"
    if kind == "EmptyVisual":
        return "Empty: its author has chosen no kind of visual yet"
    return f"This {kind.removesuffix('Visual')} shows no fields of a data set"


def _as_table(asked: Asked) -> Picture:
    """The data of a visual whose kind is not drawn."""
    found = list(fields.dimensions_and_measures(asked.configuration.get("FieldWells") or asked.configuration))
    dimensions = [asked.wells.dimension(shape) for role, shape in found if role == "dimension"]
    measures = [asked.wells.measure(shape) for role, shape in found if role == "measure"]
    values = [asked.wells.value(shape) for role, shape in found if role == "value"]
    if values and not dimensions and not measures:
        return table_kind.rows(asked, values, ())
    dimensions = [replace(each, role="dimension") for each in values] + dimensions
    if not dimensions and not measures:
        raise Empty("It shows no fields of a data set")
    return table_kind.grouped(asked, dimensions, measures, ())


def actions(visual: Shape) -> list[Json]:
    """What a click does beside filtering: set parameters, go to a sheet, open an address."""
    found: list[Json] = []
    for operation in operations(visual):
        for each in (operation.get("SetParametersOperation") or {}).get("ParameterValueConfigurations") or ():
            value = each["Value"]
            if value.get("SourceField"):
                found.append({"parameter": each["DestinationParameterName"], "field": value["SourceField"]})
        local = (operation.get("NavigationOperation") or {}).get("LocalNavigationConfiguration")
        if local:
            found.append({"sheet": local["TargetSheetId"]})
        address = (operation.get("URLOperation") or {}).get("URLTemplate") or ""
        if address.startswith(("https://", "http://")):
            found.append({"url": address})
    return found


def _label(options: Shape | None, words: text.Values) -> str | None:
    """A title or subtitle as plain text; None if hidden."""
    if not options or options.get("Visibility") == "HIDDEN":
        return None
    shape = options.get("FormatText") or {}
    return shape.get("PlainText") or text.plain(shape.get("RichText") or "", words) or None


def plain_all(shape: Any) -> Any:
    """`plain` for every value in a nested shape."""
    if isinstance(shape, Mapping):
        return {key: plain_all(value) for key, value in shape.items()}
    return [plain_all(each) for each in shape] if isinstance(shape, list | tuple) else plain(shape)


def plain(value: Any) -> Any:
    """A value as JSON has it. A decimal is a number while that is exact, a string of its digits beyond."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    if isinstance(value, float) and not isfinite(value):  # JSON has neither NaN nor infinity
        return None
    return value
