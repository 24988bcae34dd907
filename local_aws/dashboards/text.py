"""QuickSight's rich text (text boxes, titles) as safe HTML.

The content is XML of a few tags. Known tags and attributes are carried over, all else is plain text: nothing that a
Definition says can become script. `<parameter>${Name}</parameter>` is the parameter's value. White space that holds a
line break lays the XML out and is no text.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SheetTextBox.html and
API_VisualTitleLabelOptions.html (the text of a title has the same tags).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from xml.etree import ElementTree

_TAGS = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "u": "u",
    "s": "s",
    "ul": "ul",
    "ol": "ol",
    "li": "li",
}
_SIZE = re.compile(r"\d{1,3}(?:\.\d+)?(?:px|pt|em|rem)?")
_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}")
_ALIGNMENTS = {"left", "right", "center", "justify"}


Values = Mapping[str, str]
"""The parameters' values in words, by name."""
_LAID_OUT = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_PARAMETER = re.compile(r"\$\{([^}]*)\}")


def to_html(content: str, values: Values | None = None) -> str:
    """Safe HTML of rich text; text that is no XML is shown as it is."""
    root = _read(content)
    if root is None:
        return escape(content if "<!" in content else re.sub(r"<[^>]*>", "", content)).replace("\n", "<br>")
    return _inner(root, values or {}).strip()


def plain(content: str, values: Values | None = None) -> str:
    """The text alone."""
    root = _read(content)
    if root is None:
        return " ".join(re.sub(r"<[^>]*>", " ", content).split())
    return " ".join("".join(_texts(root, values or {})).split())


def _read(content: str) -> ElementTree.Element | None:
    """The XML; None where it is none. The parser reads no external entities; declarations are refused outright."""
    if "<!" in content:
        return None
    try:
        return ElementTree.fromstring(f"<root>{content}</root>")
    except ElementTree.ParseError:
        return None


def _texts(element: ElementTree.Element, values: Values) -> Iterator[str]:
    if element.tag.lower() == "parameter":
        yield _value(element, values)
        return
    yield _text(element.text)
    for child in element:
        yield " " if child.tag.lower() in _BREAKS else ""
        yield from _texts(child, values)
        yield " " if child.tag.lower() in _BREAKS else ""
        yield _text(child.tail)


_BREAKS = {"br", "block", "li", "ul", "ol"}


def _text(text: str | None) -> str:
    """A piece of text without the line breaks that lay the XML out: at its ends they are nothing, within a space."""
    pieces = _LAID_OUT.split(text or "")
    return " ".join(each for each in pieces if each)


def _value(element: ElementTree.Element, values: Values) -> str:
    written = _text("".join(element.itertext())).strip()
    found = _PARAMETER.fullmatch(written)
    return values.get(found[1], written) if found else written


def _inner(element: ElementTree.Element, values: Values) -> str:
    parts = [escape(_text(element.text))]
    for child in element:
        parts.append(_one(child, values))
        parts.append(escape(_text(child.tail)))
    return "".join(parts)


def _one(element: ElementTree.Element, values: Values) -> str:
    tag = element.tag.lower()
    if tag == "parameter":
        return escape(_value(element, values))
    inner = _inner(element, values)
    if tag == "br":
        return "<br>"
    if tag in _TAGS:
        return f"<{_TAGS[tag]}>{inner}</{_TAGS[tag]}>"
    if tag == "block":
        align = element.get("align", "")
        return f'<p style="text-align:{align}">{inner}</p>' if align in _ALIGNMENTS else f"<p>{inner}</p>"
    if tag == "a" and re.match(r"https?://", element.get("href", "")):
        return f'<a href="{escape(element.get("href", ""))}" rel="noopener noreferrer" target="_blank">{inner}</a>'
    if tag == "inline":
        return f'<span style="{_style(element)}">{inner}</span>' if _style(element) else inner
    return inner


def _style(element: ElementTree.Element) -> str:
    size, color, ground = (element.get(name, "") for name in ("font-size", "color", "background-color"))
    parts = []
    if _SIZE.fullmatch(size):
        parts.append(f"font-size:{size}")
    if _COLOR.fullmatch(color):
        parts.append(f"color:{color}")
    if _COLOR.fullmatch(ground):
        parts.append(f"background-color:{ground}")
    return ";".join(parts)
