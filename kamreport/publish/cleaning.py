"""HTML out of a notebook made harmless: what came from data or an analyst's cell can only be text and pictures."""

import base64
import hashlib
import re
from typing import Any

import nh3

__all__ = ["clean_html", "policy"]

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
# Whole, for every attribute that nh3 writes stands in double quotes.
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="[^"]*"')
_PICTURES = ("data:image/png;base64,", "data:image/svg+xml;base64,", "data:image/jpeg;base64,")


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Let pictures carry their own bytes and nothing else refer to anything."""
    if tag == "img" and attribute == "src":
        return value if value.startswith(_PICTURES) else None
    return value


def clean_html(html: str) -> str:
    """Keep text, tables and embedded pictures; drop scripts, styles, links, forms, frames and every address.

    A picture without a text is read out as nothing, and one without its own bytes is dropped.

    Examples
    --------
    >>> clean_html('<p onclick="x()">A <script>alert(1)</script><img src="http://e/x.png"></p>')
    '<p>A </p>'
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
    return _IMAGE.sub(_picture, cleaned)


def _picture(image: re.Match[str]) -> str:
    names = _ATTRIBUTE.findall(image[1])
    if "src" not in names:
        return ""
    return image[0] if "alt" in names else f'<img alt=""{image[1]}>'


def policy(style: str) -> str:
    """Content-security policy of a page with one style sheet: its own style and embedded pictures, nothing else.

    Examples
    --------
    >>> policy("p {}").startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    True
    """
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
