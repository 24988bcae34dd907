"""Table: grouped with measures, or the rows themselves.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/tabular.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.conditional import Rules, rules_of
from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.query import Order, orders
from local_aws.spice.expressions.windows import MARK, resolved
from local_aws.spice.staging import Refused
from local_aws.spice.storage import Answer

SHOWN = 500
"""Rows that the page gets; the note tells how many there are."""


def draw(asked: Asked) -> Picture:
    sort = (asked.configuration.get("SortConfiguration") or {}).get("RowSort")
    values = [asked.wells.value(each) for each in asked.well("TableUnaggregatedFieldWells", "Values")]
    if values:
        return _dressed(asked, rows(asked, _arranged(asked, values), orders(sort, values, asked.wells)))
    groups = asked.dimensions("TableAggregatedFieldWells", "GroupBy")
    measures = asked.measures("TableAggregatedFieldWells", "Values")
    picture = grouped(asked, groups, measures, orders(sort, [*groups, *measures], asked.wells))
    return _dressed(asked, _columns(picture, _arranged(asked, [*groups, *measures])))


def _dressed(asked: Asked, picture: Picture) -> Picture:
    """The picture with what stands in its cells beside the values: links, and bars as long as the values.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_TableFieldURLConfiguration.html and
    API_DataBarsOptions.html. Deviates: a picture's address is a link, nothing is fetched.
    """
    made: dict[str, dict[str, Any]] = {"links": {}, "bars": {}}
    for option in (asked.configuration.get("FieldOptions") or {}).get("SelectedFieldOptions") or ():
        style = option.get("URLStyling") or {}
        if style:
            content = (style.get("LinkConfiguration") or {}).get("Content") or {}
            icon = "↗" if content.get("CustomIconContent") else ""
            made["links"][option["FieldId"]] = (content.get("CustomTextContent") or {}).get("Value") or icon
    for each in asked.configuration.get("TableInlineVisualizations") or ():
        bars = each.get("DataBars")
        if bars:
            made["bars"][bars["FieldId"]] = [bars.get("PositiveColor"), bars.get("NegativeColor")]
    return replace(picture, options={**picture.options, **{key: value for key, value in made.items() if value}})


def rows(asked: Asked, values: Sequence[Field], keys: Sequence[Order]) -> Picture:
    """The rows of the data set, unaggregated."""
    rules = rules_of(asked.visual, asked.wells)
    order = f" ORDER BY {', '.join(_sorted(keys, [each.sql.text for each in values]))}" if keys else ""
    source = f"{asked.table} WHERE {asked.where}"
    texts = [each.sql.text for each in values]
    answer, rules, unformatted = _formatted(
        rules, lambda columns: asked.run(f"SELECT {', '.join([*texts, *columns])} FROM {source}{order} LIMIT {SHOWN}")
    )
    total = asked.run(f"SELECT count(*) FROM {source}").rows[0][0] if len(answer.rows) == SHOWN else len(answer.rows)
    width = len(values)
    options = {"total": total, "styles": rules.styles(answer.rows, width), "gradients": rules.gradients}
    return Picture(values, [list(row[:width]) for row in answer.rows], options, _note(total, unformatted))


def _formatted(rules: Rules, ask: Callable[[Sequence[str]], Answer]) -> tuple[Answer, Rules, str | None]:
    """The rows with their conditional formats; without them, and why, where a condition is on what is not shown."""
    try:
        return ask(rules.columns()), rules, None
    except Refused:
        if not rules.rules:
            raise
        return ask(()), replace(rules, rules=()), "its conditional formats are on values that it does not show"


def grouped(asked: Asked, groups: Sequence[Field], measures: Sequence[Field], keys: Sequence[Order]) -> Picture:
    """One row a group."""
    texts = [each.sql.text for each in (*groups, *measures)]
    numbers = ", ".join(str(number) for number in range(1, len(groups) + 1))
    order = _sorted(keys, texts)
    order += [f"{number} NULLS LAST" for number in range(1, len(groups) + 1)]  # ties in a fixed order
    grouping = f" GROUP BY {numbers} ORDER BY {', '.join(order)}" if groups else ""
    source = f"FROM {asked.table} WHERE {asked.where}"
    rules = rules_of(asked.visual, asked.wells)
    places = {each.column: each.sql.text for each in groups}

    def ask(columns: Sequence[str]) -> Answer:
        statement = f"SELECT {', '.join([*texts, *columns])} {source}{grouping} LIMIT {SHOWN}"
        return asked.run(resolved(statement, places))

    answer, rules, unformatted = _formatted(rules, ask)
    total = len(answer.rows)
    if total == SHOWN:
        listed = ", ".join(each.sql.text for each in groups)
        total = asked.run(f"SELECT count(*) FROM (SELECT {listed} {source} GROUP BY {numbers})").rows[0][0]
    width = len(texts)
    options = {"total": total, "styles": rules.styles(answer.rows, width), "gradients": rules.gradients}
    shown = asked.configuration.get("TotalOptions") or {}
    if groups and measures and shown.get("TotalsVisibility") == "VISIBLE":
        # a table calculation has no total: it is of the groups
        texts = ["NULL" if MARK in each.sql.text else each.sql.text for each in measures]
        [sums] = asked.run(f"SELECT {', '.join(texts)} {source}").rows
        options["totals"] = {"label": shown.get("CustomLabel") or "Total", "values": list(sums)}
        options["totalsFirst"] = shown.get("Placement") == "START"
    return Picture([*groups, *measures], [list(row[:width]) for row in answer.rows], options, _note(total, unformatted))


def _sorted(keys: Sequence[Order], texts: Sequence[str]) -> list[str]:
    """The sort keys; a selected one by its position, since one that is constant cannot stand there itself."""
    places = (texts.index(key.text) + 1 if key.text in texts else key.text for key in keys)
    return [f"{place} {key.direction} NULLS LAST" for place, key in zip(places, keys, strict=True)]


def _note(total: int, unformatted: str | None) -> str | None:
    cut = f"the first {SHOWN:,} of {total:,} rows" if total > SHOWN else None
    return "; ".join(each for each in (unformatted, cut) if each) or None


def _columns(picture: Picture, fields: Sequence[Field]) -> Picture:
    """The picture's columns that are shown, in their order; the rows stay those of all its groups."""
    places = [list(picture.fields).index(each) for each in fields]
    rows = [[row[place] for place in places] for row in picture.rows]
    options, totals = dict(picture.options), picture.options.get("totals")
    if totals:
        measures = [each for each in picture.fields if each.role == "measure"]
        sums = [totals["values"][measures.index(each)] for each in fields if each.role == "measure"]
        options["totals"] = {**totals, "values": sums}
    return replace(picture, fields=list(fields), rows=rows, options=options)


def _arranged(asked: Asked, values: list[Field]) -> list[Field]:
    """The columns in the order that the field options give, without those that they hide."""
    options = asked.configuration.get("FieldOptions") or {}
    order = {field_id: place for place, field_id in enumerate(options.get("Order") or ())}
    selected = options.get("SelectedFieldOptions") or ()
    hidden = {each["FieldId"] for each in selected if each.get("Visibility") == "HIDDEN"}
    kept = [each for each in values if each.id not in hidden] or values
    return sorted(kept, key=lambda each: order.get(each.id, len(order)))
