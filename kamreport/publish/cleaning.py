"""HTML out of a notebook made harmless: what came from data or an analyst's cell can only be text and pictures."""

from typing import Any

import nh3

__all__ = ["clean_html"]

_TAGS = {
    "a", "b", "bdi", "br", "caption", "code", "col", "colgroup", "div", "em", "figcaption", "figure", "h2", "h3", "h4",
    "hr", "i", "img", "li", "ol", "p", "pre", "section", "small", "span", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "lang", "title", "dir"},
    "h2": {"id"},
    "section": {"id"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
}
_PICTURES = ("data:image/png;base64,", "data:image/svg+xml;base64,", "data:image/jpeg;base64,")


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Let pictures carry their own bytes and nothing else refer to anything."""
    if tag == "img" and attribute == "src":
        return value if value.startswith(_PICTURES) else None
    return value


def clean_html(html: str) -> str:
    """Keep text, tables and embedded pictures; drop scripts, styles, links, forms, frames and every address.

    Examples
    --------
    >>> clean_html('<p onclick="x()">A <script>alert(1)</script><img src="http://e/x.png"></p>')
    '<p>A <img></p>'
    """
    cleaned: Any = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"data"},
        link_rel=None,
        clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template", "noscript"},
    )
    return str(cleaned)
