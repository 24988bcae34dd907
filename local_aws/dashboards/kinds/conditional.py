"""Conditional formatting: colours and icons of cells, decided by expressions in the same statement as the values.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/conditional-formatting.html, API_TextConditionalFormat.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.fields import Wells
from local_aws.spice.expressions.compiler import compile_expression

_PARTS = {"BackgroundColor": "background", "TextColor": "color", "ForegroundColor": "color"}


@dataclass(frozen=True)
class Rule:
    """One rule: where its condition holds, the part of the field's cell gets the value. A field of None is the row."""

    field_id: str | None
    part: str
    value: str
    condition: str


@dataclass(frozen=True)
class Rules:
    """A visual's conditional formats.

    :param gradients: field → part → stops, which the page reads off the values.
    """

    rules: Sequence[Rule]
    gradients: dict[str, dict[str, list[Any]]]

    def columns(self) -> list[str]:
        """SQL to select beside the values."""
        return [f"coalesce({each.condition}, false)" for each in self.rules]

    def styles(self, rows: Iterable[Sequence[Any]], width: int) -> list[dict[str, dict[str, str]]]:
        """For each row: field (or `*`, the row) → part → value; of several rules that hold, the first counts.

        :param rows: the answer's rows, in which the conditions begin at `width`.
        """
        found = []
        for row in rows:
            made: dict[str, dict[str, str]] = {}
            for rule, holds in zip(self.rules, row[width:], strict=False):
                if holds:
                    made.setdefault(rule.field_id or "*", {}).setdefault(rule.part, rule.value)
            found.append(made)
        return found


def rules_of(visual: Shape, wells: Wells) -> Rules:
    """The rules of a table's or pivot table's cells and rows."""
    options = (visual.get("ConditionalFormatting") or {}).get("ConditionalFormattingOptions") or ()
    rules: list[Rule] = []
    gradients: dict[str, dict[str, list[Any]]] = {}
    for option in options:
        cell, row = option.get("Cell"), option.get("Row")
        if cell:
            field_id, formats = cell["FieldId"], cell.get("TextFormat") or {}
            for part, shape in formats.items():
                _add(rules, gradients, field_id, part, shape, wells)
        for part in ("BackgroundColor", "TextColor"):
            if row and row.get(part):
                _add(rules, gradients, None, part, row[part], wells)
    return Rules(rules, gradients)


def primary_colour(visual: Shape, wells: Wells) -> list[Rule]:
    """The rules of a KPI's number."""
    rules: list[Rule] = []
    options = (visual.get("ConditionalFormatting") or {}).get("ConditionalFormattingOptions") or ()
    for option in options:
        for name in ("PrimaryValue", "ActualValue"):
            shape = (option.get(name) or {}).get("TextColor")
            if shape:
                _add(rules, {}, None, "TextColor", shape, wells)
    return rules


def _add(
    rules: list[Rule],
    gradients: dict[str, dict[str, list[Any]]],
    field_id: str | None,
    part: str,
    shape: Shape,
    wells: Wells,
) -> None:
    solid, gradient, icon = shape.get("Solid"), shape.get("Gradient"), shape.get("CustomCondition")
    if solid and solid.get("Color"):
        rules.append(Rule(field_id, _PARTS[part], solid["Color"], _condition(solid["Expression"], wells)))
    elif gradient and field_id and part in _PARTS:
        stops = (gradient.get("Color") or {}).get("Stops") or ()
        gradients.setdefault(field_id, {})[_PARTS[part]] = [dict(each) for each in stops]
    elif icon:
        mark = icon["IconOptions"]
        text = mark.get("UnicodeIcon") or _ICONS.get(mark.get("Icon") or "", "●")
        rules.append(Rule(field_id, "icon", text, _condition(icon["Expression"], wells)))
        if icon.get("Color"):
            rules.append(Rule(field_id, "iconColor", icon["Color"], rules[-1].condition))


_ICONS = {
    "ARROW_UP": "▲",
    "CARET_UP": "▲",
    "ARROW_DOWN": "▼",
    "CARET_DOWN": "▼",
    "ARROW_LEFT": "◀",
    "ARROW_RIGHT": "▶",
    "CHECKMARK": "✓",
    "X": "✕",
    "FLAG": "⚑",
    "TRIANGLE": "▲",
    "SQUARE": "■",
}


def _condition(expression: str, wells: Wells) -> str:
    return compile_expression(expression, wells.scope).text
