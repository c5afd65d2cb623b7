"""How a chart looks: the notation of the reports, set around each drawing and nowhere else."""

import base64
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from kamreport.errors import PrintError
from kamreport.present.fonts import families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "ACTUAL",
    "BETTER",
    "HATCH",
    "MUTED",
    "PAST",
    "WORSE",
    "bare",
    "chart_style",
    "figure",
    "made_safe",
    "png",
    "sparkline",
]

ACTUAL = "#3b3b3b"
PAST = "#b9b9b9"
ACCENT = "#0b5cad"
BETTER = "#1b7f3b"
WORSE = "#c0262d"
MUTED = "#767676"
HATCH = "////"
WIDTH_INCHES = 6.85
_DPI = 160


@contextmanager
def chart_style() -> Iterator[None]:
    """Set typeface, sizes and colours for the drawing inside; what a user has set stays outside."""
    import matplotlib as mpl

    settings: Any = {
        "font.family": list(families()),
        "font.size": 8.5,
        "text.parse_math": False,
        "text.usetex": False,
        "axes.unicode_minus": True,
        "axes.edgecolor": "#8a8a8a",
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.labelcolor": "#4a4a4a",
        "axes.labelsize": 8,
        "xtick.color": "#4a4a4a",
        "ytick.color": "#4a4a4a",
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "xtick.major.size": 2.5,
        "ytick.major.size": 0,
        "text.color": "#222222",
        "lines.linewidth": 1.6,
        "hatch.linewidth": 0.6,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "legend.frameon": False,
    }
    with mpl.rc_context(settings):
        yield


def figure(height: float, width: float = WIDTH_INCHES, columns: int = 1) -> "tuple[Figure, list[Axes]]":
    """Make a figure of the page's width, outside pyplot, so that nothing has to be closed.

    Parameters
    ----------
    height, width
        In inches.
    columns
        Number of charts side by side.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    axes = made.subplots(1, columns, squeeze=False)
    return made, list(axes[0])


def made_safe(drawn: "Figure") -> "Figure":
    """Treat a figure that was drawn outside `chart_style`: our typefaces, and no formula where a name holds a $."""
    from matplotlib.text import Text

    for one in drawn.findobj(Text):
        one.set_fontfamily(list(families()))
        one.set_parse_math(False)
    return drawn


def bare(axes: "Axes", *, x: bool = False, y: bool = False) -> None:
    """Take away an axis whose values are written on the chart."""
    for hidden, axis, spine in ((x, axes.xaxis, "bottom"), (y, axes.yaxis, "left")):
        if hidden:
            axis.set_visible(False)
            axes.spines[spine].set_visible(False)


def png(drawn: "Figure") -> str:
    """Write a figure as an opaque PNG in base64.

    Raises
    ------
    PrintError
        If a character has no glyph: our own text lacks a typeface, or data came in uncleaned.
    """
    import warnings

    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    # Drawn by ourselves, once: savefig lays out and draws a figure twice. What an analyst goes on with stays as it was.
    found, canvas = drawn.canvas, FigureCanvasAgg(drawn)
    kept: dict[str, Any] = {"dpi": drawn.get_dpi(), "facecolor": drawn.get_facecolor()}
    drawn.set(dpi=_DPI, facecolor="white")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*missing from font.*")
        try:
            canvas.draw()  # type: ignore[no-untyped-call]
        except UserWarning as warning:
            raise PrintError(f"a chart holds a character without a glyph: {warning}") from None
        finally:
            drawn.set(**kept)
            drawn.set_canvas(found)
    buffer = BytesIO()
    # Without the channel of opacity, which a PDF keeps as a second picture.
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    Image.fromarray(pixels).convert("RGB").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def sparkline(values: Sequence[float], *, width: int = 74, height: int = 18) -> str:
    """Draw a small line as an SVG in base64; gaps where a value is unknown, a dot at the end.

    Examples
    --------
    >>> import base64
    >>> "polyline" in base64.b64decode(sparkline([1.0, 2.0, 3.0])).decode()
    True
    """
    pieces = _pieces(values, width, height)
    lines = "".join(
        f'<polyline points="{" ".join(piece)}" fill="none" stroke="{ACTUAL}" stroke-width="1.1"/>' for piece in pieces
    )
    x, _, y = pieces[-1][-1].partition(",") if pieces else ("", "", "")
    dot = f'<circle cx="{x}" cy="{y}" r="2" fill="{ACCENT}"/>' if pieces else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"{lines}{dot}</svg>"
    )
    return base64.b64encode(svg.encode()).decode("ascii")


def _pieces(values: Sequence[float], width: int, height: int) -> list[list[str]]:
    """Points of a small line as x,y, in a piece for each run of known values."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    low = min(low, 0.0) if low > 0 and low < 0.4 * high else low
    scale = (height - 5) / (high - low) if high > low else 0.0
    step = (width - 6) / max(len(values) - 1, 1)
    pieces: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if math.isfinite(value):
            y = height - 2.5 - (value - low) * scale if scale else height / 2
            pieces[-1].append(f"{2 + place * step:.1f},{y:.1f}")
        else:
            pieces.append([])
    return [piece for piece in pieces if piece]
