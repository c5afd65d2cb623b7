"""Cleaned HTML holds text, tables and pictures, whatever went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.publish.cleaning import clean_html
from tests.publish.payloads import PAYLOADS, PNG, elements, offences


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_hostile_is_left(payload: str) -> None:
    for html in (payload, f"<table><tr><td>{payload}</td></tr></table>", f'<p title="{payload}">x</p>'):
        cleaned = clean_html(html)
        assert offences(cleaned) == []
        assert clean_html(cleaned) == cleaned


@given(st.lists(st.sampled_from([*PAYLOADS, "<table>", "</table>", "<td>", "<!--", "-->", "'", '"', ">", "<p "])))
def test_no_mixture_of_hostile_pieces_gets_through(pieces: list[str]) -> None:
    assert offences(clean_html("".join(pieces))) == []


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "object", "svg", "math", "template", "noscript"])
def test_what_is_inside_a_dropped_element_goes_with_it(tag: str) -> None:
    assert clean_html(f"before<{tag}>inside</{tag}>after") == "beforeafter"


def test_a_section_of_ours_passes_unchanged() -> None:
    html = (
        '<div class="kam" lang="en">\n<section class="kam-section realised" id="churn">\n'
        '<h3>Three accounts <span class="stake">¥1.2M lost</span></h3>\n'
        f'<figure><img class="chart" src="{PNG}" alt="A &gt; B"></figure>\n'
        '<table><thead><tr><th scope="col" class="n">Revenue</th></tr></thead>'
        '<tbody><tr class="marked"><td class="n" title="1,000" colspan="2"><bdi>1</bdi></td></tr></tbody></table>\n'
        '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="" width="74" height="18">'
        "</section>\n</div>"
    )
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        (f'<img src="{PNG}">', f'<img alt="" src="{PNG}">'),
        (f'<img title=" alt=" src="{PNG}">', f'<img alt="" title=" alt=" src="{PNG}">'),
        (f"<img title='a\"b>' alt='c' src={PNG}>", f'<img title="a&quot;b&gt;" alt="c" src="{PNG}">'),
        ('<img alt="nothing to see">', ""),
        ("<img title=' src=' alt=x>", ""),
        ('<img src=" data:image/png;base64,AA==" alt="x">', ""),
    ],
)
def test_every_picture_has_its_own_bytes_and_a_text(html: str, cleaned: str) -> None:
    assert clean_html(html) == cleaned


def test_text_stays_what_it_is() -> None:
    assert clean_html("1 < 2 & 3 > 2") == "1 &lt; 2 &amp; 3 &gt; 2"
    assert elements(clean_html("&lt;script&gt;")) == []
