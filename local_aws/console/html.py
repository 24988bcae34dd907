"""HTML from values: everything is escaped unless it is `Html` already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any


class Html(str):
    """Text that is HTML."""

    __slots__ = ()


def text(value: Any) -> Html:
    """A value as people read it: times in UTC, nothing as a dash."""
    if isinstance(value, Html):
        return value
    if value is None or value == "":
        return Html('<span class="none">–</span>')
    if isinstance(value, datetime):
        return Html(f"<time>{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}</time>")
    if isinstance(value, bool):
        return Html("yes" if value else "no")
    if isinstance(value, int):
        return Html(f'<span class="number">{value:,}</span>')
    return Html(escape(str(value)))


def join(parts: Iterable[Any]) -> Html:
    return Html("".join(text(part) for part in parts))


def size(octets: int | None) -> Html:
    """Bytes in the largest unit that leaves a number above one."""
    if octets is None:
        return text(None)
    amount, units = float(octets), ["B", "KB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    shown = f"{amount:.0f}" if units[0] == "B" else f"{amount:.1f}"
    return Html(f'<span class="number" title="{octets:,} bytes">{shown} {units[0]}</span>')


def seconds(milliseconds: float | None) -> Html:
    if milliseconds is None:
        return text(None)
    return Html(f'<span class="number">{milliseconds / 1000:.2f} s</span>')


_MOODS = {
    "good": {"SUCCEEDED", "FINISHED", "COMPLETED", "ACTIVE", "READY", "AVAILABLE", "CREATION_SUCCESSFUL"},
    "bad": {"FAILED", "ABORTED", "CREATION_FAILED", "UPDATE_FAILED"},
    "odd": {"CANCELLED", "STOPPED"},
}


def state(name: str | None) -> Html:
    """A state as a badge."""
    if not name:
        return text(None)
    mood = next((mood for mood, names in _MOODS.items() if name in names), "busy")
    return Html(f'<span class="state {mood}">{escape(name)}</span>')


def link(address: str, label: Any) -> Html:
    return Html(f'<a href="{escape(address)}">{text(label)}</a>')


def code(sql: str, most: int | None = None) -> Html:
    """SQL or another text in fixed width; cut at `most` characters, on one line then."""
    if most is None:
        return Html(f"<pre>{escape(sql)}</pre>")
    flat = " ".join(sql.split())
    cut = flat if len(flat) <= most else flat[:most] + "…"
    return Html(f'<code title="{escape(sql[:2000])}">{escape(cut)}</code>')


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> Html:
    """A table, or what to do to get something into it.

    Each cell knows its column's name: on a narrow screen a row is a list of them. The roles say that it is a table all
    the same, for browsers tell it by how it is laid out.
    """
    labels = [escape(each) for each in heads]
    lines = [
        "".join(
            f'<td role="cell" data-label="{label}">{text(cell)}</td>' for label, cell in zip(labels, row, strict=True)
        )
        for row in rows
    ]
    if not lines:
        return Html(f'<p class="empty">{escape(empty)}</p>')
    head = "".join(f'<th scope="col" role="columnheader">{each}</th>' for each in labels)
    body = "".join(f'<tr role="row">{line}</tr>' for line in lines)
    return Html(
        '<div class="scroll" tabindex="0"><table class="stacked" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
    )


def facts(pairs: dict[str, Any]) -> Html:
    """Names and values; those that are None are left out."""
    rows = (f"<dt>{escape(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs.items() if value is not None)
    return Html(f"<dl>{''.join(rows)}</dl>")


def section(title: str, *parts: Any) -> Html:
    return Html(f"<section><h2>{escape(title)}</h2>{join(parts)}</section>")


def problem(message: str) -> Html:
    return Html(f'<p class="problem" role="alert">{escape(message)}</p>')
