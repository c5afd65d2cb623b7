"""The notation around a drawing, the picture's bytes, and the small lines."""

import base64
import re
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from kamreport.errors import PrintError
from kamreport.present.style import bare, chart_style, figure, made_safe, png, sparkline

from . import frames as f


def _svg(*values: float) -> str:
    return base64.b64decode(sparkline(values)).decode()


def _lines(svg: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (point.split(",") for point in points.split())]
        for points in re.findall(r'<polyline points="([^"]*)"', svg)
    ]


# The style


def test_the_style_is_gone_after_the_drawing_even_if_it_failed() -> None:
    before = dict(mpl.rcParams)
    with chart_style():
        assert mpl.rcParams["text.parse_math"] is False
        assert mpl.rcParams["text.usetex"] is False
        assert dict(mpl.rcParams) != before
    assert dict(mpl.rcParams) == before
    with pytest.raises(ZeroDivisionError), chart_style():
        1 / 0  # noqa: B018 - the failure is the test
    assert dict(mpl.rcParams) == before


def test_figures_are_made_outside_pyplot_so_that_nothing_has_to_be_closed() -> None:
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    with chart_style():
        made, axes = figure(2.0, columns=2)
    assert (len(axes), made.get_figheight(), plt.get_fignums()) == (2, 2.0, before)


def test_bare_hides_an_axis_and_its_line() -> None:
    _, (axes,) = figure(1.0)
    bare(axes, y=True)
    assert (axes.yaxis.get_visible(), axes.spines["left"].get_visible()) == (False, False)
    assert (axes.xaxis.get_visible(), axes.spines["bottom"].get_visible()) == (True, True)


# The picture


def test_a_picture_is_an_opaque_png_and_the_same_every_time() -> None:
    def drawn() -> str:
        with chart_style():
            made, (axes,) = figure(1.0)
            axes.plot([1, 2])
            return png(made)

    first = drawn()
    assert first == drawn()
    pixels = image.imread(BytesIO(base64.b64decode(first)))
    assert pixels.shape[1] == round(6.85 * 160)
    assert pixels.shape[2] == 3


def test_a_picture_is_what_savefig_draws_and_leaves_the_figure_as_it_was() -> None:
    def drawn() -> Figure:
        made, (left, right) = figure(1.5, columns=2)
        made.set_facecolor("yellow")
        left.set_ylabel("a long label")
        right.annotate("beside the chart", (1.02, 0.5), xycoords="axes fraction")
        return made

    with chart_style():
        ours, theirs, saved = drawn(), drawn(), BytesIO()
        canvas, dpi = ours.canvas, ours.get_dpi()
        pixels = image.imread(BytesIO(base64.b64decode(png(ours))))
        theirs.savefig(saved, format="png", dpi=160, facecolor="white")
    saved.seek(0)
    np.testing.assert_array_equal(pixels, image.imread(saved)[..., :3])
    assert (ours.canvas is canvas, ours.get_dpi(), ours.get_facecolor()) == (True, dpi, (1.0, 1.0, 0.0, 1.0))


def test_a_missing_glyph_is_an_error() -> None:
    with chart_style():
        made, (axes,) = figure(1.0)
        axes.set_title("\U00100001")
        with pytest.raises(PrintError, match=r"^a chart holds a character without a glyph: Glyph 1048577 "):
            png(made)


@pytest.mark.parametrize("name", [r"$\frac$ Inc", "A$B$", r"^_{}\\", r"$\sqrt{$"])
def test_a_figure_drawn_outside_our_style_is_made_safe(name: str) -> None:
    made, (axes,) = figure(1.0)
    axes.set_title(f"{name} 瑞丰")
    axes.set_xlabel(name)
    axes.plot([1, 2], label=name)
    axes.legend()
    axes.set_yticks([1, 2], [name, "瑞丰"])
    with chart_style():
        assert base64.b64decode(png(made_safe(made))).startswith(b"\x89PNG")


def test_a_figure_that_is_not_made_safe_fails_on_such_a_name() -> None:
    """The fault that `made_safe` is for (S7)."""
    made, (axes,) = figure(1.0)
    axes.set_title(r"$\frac$ Inc")
    with chart_style(), pytest.raises(ValueError, match="frac"):
        png(made)


# Small lines


def test_a_line_rises_to_the_right_and_ends_in_a_dot() -> None:
    svg = _svg(1.0, 2.0, 3.0)
    (line,) = _lines(svg)
    assert [x for x, _ in line] == [2.0, 36.0, 70.0]
    assert line[0][1] > line[1][1] > line[2][1]
    assert '<circle cx="70.0" cy="2.5" r="2"' in svg


def test_nothing_known_draws_nothing() -> None:
    for values in ((), (f.NAN,), (f.NAN, float("inf"))):
        svg = _svg(*values)
        assert (_lines(svg), "<circle" in svg) == ([], False)
        assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="74" height="18"')


def test_one_value_is_a_dot_in_the_middle() -> None:
    svg = _svg(5.0)
    assert _lines(svg) == [[(2.0, 9.0)]]
    assert '<circle cx="2.0" cy="9.0"' in svg


def test_a_constant_is_a_level_line() -> None:
    assert {y for (line,) in [_lines(_svg(7.0, 7.0, 7.0))] for _, y in line} == {9.0}


def test_an_unknown_value_leaves_a_gap() -> None:
    first, second = _lines(_svg(1.0, 2.0, f.NAN, 4.0, 5.0))
    assert ([x for x, _ in first], [x for x, _ in second]) == ([2.0, 19.0], [53.0, 70.0])


def test_values_far_from_zero_are_drawn_from_their_least_and_others_from_zero() -> None:
    (near,), (far,) = _lines(_svg(1.0, 10.0)), _lines(_svg(9.0, 10.0))
    assert [y for _, y in near] == [14.2, 2.5]
    assert [y for _, y in far] == [15.5, 2.5]


def test_negative_values_stay_inside_the_picture() -> None:
    (line,) = _lines(_svg(-5.0, 3.0, -8.0))
    assert all(2.5 <= y <= 15.5 for _, y in line)
