"""Hostile HTML, what two real parsers find wrong with a page, and a port that counts who comes."""

import http.server
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import tinyhtml5

from tests.publish.desk import png

PNG = f"data:image/png;base64,{png()}"
PAYLOADS = [
    "<script>document.title='owned'</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>document.title='owned'</scr</script>ipt>",
    "<img src=x onerror=document.title='owned'>",
    "<img src='http://127.0.0.1:9/beacon.png'>",
    '<img src="data:image/png;base64,AA==" onload="document.title=\'owned\'">',
    "<img srcset='http://127.0.0.1:9/a.png 2x'>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='file:///etc/hostname'>",
    "<img src='../secret.png'>",
    "<svg onload=document.title='owned'></svg>",
    "<svg><script>document.title='owned'</script></svg>",
    "<svg><image href='http://127.0.0.1:9/svg.png'/></svg>",
    "<svg><style><img src=x onerror=document.title='owned'></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">',
    "<noscript><p title=\"</noscript><img src=x onerror=document.title='owned'>\"></noscript>",
    "<template><script>document.title='owned'</script></template>",
    "<iframe src='file:///etc/hostname'></iframe>",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    "<object data='file:///etc/hostname'></object>",
    "<embed src='http://127.0.0.1:9/x.swf'>",
    "<a href=\"javascript:document.title='owned'\">x</a>",
    "<a href='http://127.0.0.1:9/'>x</a>",
    "<a href='data:text/html,<script>1</script>' target=_blank ping='http://127.0.0.1:9/'>x</a>",
    "<form action='http://127.0.0.1:9/'><input name=a autofocus onfocus=alert(1)><button>x</button></form>",
    "<style>body { background: url(http://127.0.0.1:9/css) }</style>",
    "<style>@import 'http://127.0.0.1:9/css';</style>",
    "<p style='background: url(http://127.0.0.1:9/css)'>x</p>",
    "<link rel=stylesheet href='http://127.0.0.1:9/css'>",
    "<link rel=prefetch href='http://127.0.0.1:9/pre'>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<base href='http://127.0.0.1:9/'>",
    "<body onload=document.title='owned' background='http://127.0.0.1:9/'>",
    "<video src='http://127.0.0.1:9/v' poster='http://127.0.0.1:9/p'></video><audio src='http://127.0.0.1:9/a'>",
    "<table background='http://127.0.0.1:9/t'><tr><td onmouseover=alert(1)>x</td></tr></table>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<title>owned</title>",
    "</title><script>document.title='owned'</script>",
    "</style><script>document.title='owned'</script>",
    "</section></main></body></html><script>document.title='owned'</script>",
    "<!--><script>document.title='owned'</script>-->",
    "<![CDATA[<script>document.title='owned'</script>]]>",
    "<xmp><script>document.title='owned'</script></xmp>",
    "<p id=x name=y contenteditable tabindex=1 accesskey=a>x",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    "{{ report.policy }}{% raw %}${7*7}{0}%(a)s",
    "\N{RIGHT-TO-LEFT OVERRIDE}exe.fdp",
]

_ADDRESSES = {"src", "href", "srcset", "action", "data", "poster", "background", "ping", "cite", "formaction"}
# fmt: off
_TAGS = {
    "html", "head", "body", "section", "figure", "figcaption", "div", "span", "p", "h2", "h3", "h4", "a", "b", "bdi",
    "br", "caption", "code", "col", "colgroup", "em", "hr", "i", "img", "li", "ol", "pre", "small", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}
_FRAME = {"meta", "title", "style", "header", "main", "nav", "footer", "article", "h1"}
# fmt: on


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """All elements with their attributes, as the parser of Python sees them."""
    seen = _Seen()
    seen.feed(html)
    seen.close()
    return seen.elements


def _as_a_browser(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in tinyhtml5.parse(html, namespace_html_elements=False).iter():
        if isinstance(element.tag, str):
            yield element.tag, dict(element.attrib)


def offences(html: str, *, page: bool = False) -> list[str]:
    """Every tag, attribute and address that may not be in a section of ours, or in a whole page, by two parsers."""
    allowed = _TAGS | _FRAME if page else _TAGS
    return [
        said
        for found in (elements(html), list(_as_a_browser(html)))
        for tag, attributes in found
        for said in _wrong(tag, attributes, allowed)
    ]


def _wrong(tag: str, attributes: dict[str, str], allowed: set[str]) -> Iterator[str]:
    if tag not in allowed:
        yield f"<{tag}>"
    if tag == "img" and "alt" not in attributes:
        yield "<img> without alt"
    for name, value in attributes.items():
        if name.startswith("on") or name in {"style", "target", "contenteditable", "srcdoc"}:
            yield f"<{tag} {name}>"
        inner = tag == "a" and re.fullmatch(r"#\w+", value)
        picture = tag == "img" and re.match(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]*$", value)
        if name in _ADDRESSES and not (inner or picture):
            yield f"<{tag} {name}={value[:40]}>"
        if name == "http-equiv" and value != "Content-Security-Policy":
            yield f"<meta {name}={value}>"


class Listener:
    """Counts requests on a port of its own; ``/away`` leads to a file of this machine."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(302 if self.path == "/away" else 404)
                self.send_header("Location", "file:///etc/hostname")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
