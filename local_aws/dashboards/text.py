"""QuickSight's rich text (text boxes, titles) as safe HTML.

The content is XML of a few tags. Known tags and attributes are carried over, all else is plain text: nothing that a
Definition says can become script. Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SheetTextBox.html
"""

from __future__ import annotations

import re
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


def to_html(content: str) -> str:
    """Safe HTML of rich text; text that is no XML is shown as it is."""
    try:
        # the XML parser of the standard library reads no external entities; declarations are refused outright
        if "<!" in content:
            return escape(content)
        root = ElementTree.fromstring(f"<root>{content}</root>")
    except ElementTree.ParseError:
        return escape(re.sub(r"<[^>]*>", "", content)).replace("\n", "<br>")
    return _inner(root).strip()


def plain(content: str) -> str:
    """The text alone."""
    return " ".join(re.sub(r"<[^>]*>", " ", content).split())


def _inner(element: ElementTree.Element) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        parts.append(_one(child))
        parts.append(escape(child.tail or ""))
    return "".join(parts)


def _one(element: ElementTree.Element) -> str:
    inner = _inner(element)
    tag = element.tag.lower()
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
