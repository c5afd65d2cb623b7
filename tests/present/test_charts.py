"""Charts on nothing, one, two and many rows, on extreme values and hostile names: they draw, and nothing overlaps."""

import base64
from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from kamreport.language import Language
from kamreport.present.charts.battles import win_rate_chart
from kamreport.present.charts.churn import bridge_chart
from kamreport.present.charts.growth import delivery_chart, outlook_chart, revenue_bridge_chart
from kamreport.present.charts.lifetime import multiple_chart
from kamreport.present.charts.parts import name_points
from kamreport.present.charts.pocket import price_and_service_chart, waterfall_chart
from kamreport.present.charts.profile import strengths_chart, value_map_chart
from kamreport.present.charts.rival_prices import price_attack_chart, price_index_chart
from kamreport.present.charts.scoring import portfolio_chart, trend_chart
from kamreport.present.charts.value import (
    concentration_chart,
    fake_big_accounts_chart,
    plan_chart,
    whale_curve_chart,
)
from kamreport.present.style import ACCENT, ACTUAL, BETTER, HATCH, PAST, WORSE, chart_style, figure, png

from . import frames as f
from . import kept, of_profile
from .variants import LOSERS, MANY, NOBODY, ONE, RETURNERS, STEPS, UNKNOWN_COST

EN, ZH = Language("en"), Language("zh")
Draw = Callable[[Language], Figure]
MOST_BYTES = 150_000

NAMES = [f"Hengtai Agricultural Supplies {n:02d}" for n in range(30)]
CROWD = f.profit(NAMES, [1e6 / (n + 1) for n in range(30)], [2e5 / (n + 1) * (n % 3 > 0) for n in range(30)])
FALLING = f.profit(NAMES, [1e6] * 30, [2e5 - 2e4 * n for n in range(30)])
BRIDGE = [
    ("start", 9.87e8), ("new", 1e5), ("expansion", 2e8), ("moved_in", 1e7), ("pool", -3e4), ("moved_out", -5e6),
    ("contraction", -3e8), ("stopped", -1e8), ("end", 7.9207e8),
]  # fmt: skip


def _fakes(frame: object, **more: float) -> Draw:
    return lambda language: fake_big_accounts_chart(f.fakes(frame, **more), language)  # type: ignore[arg-type]


def _whale(frame: object) -> Draw:
    return lambda language: whale_curve_chart(f.whale(frame), language)  # type: ignore[arg-type]


def _concentration(frame: object, *, by_margin: bool = True) -> Draw:
    return lambda language: concentration_chart(f.concentrated(frame, by_margin=by_margin), language)  # type: ignore[arg-type]


def _plan(**more: float) -> Draw:
    return lambda language: plan_chart(f.plan(**more), language)  # type: ignore[arg-type]


def _bridge(steps: list[tuple[str, float]]) -> Draw:
    return lambda language: bridge_chart(f.retained(steps), language)


def _won(rows: list[tuple[str, int, int]], accent: str = "") -> Draw:
    return lambda language: win_rate_chart(f.deals(rows), {}, accent, language)


def _index(rows: list[tuple[str, float]]) -> Draw:
    return lambda language: price_index_chart(f.prices(rows), {}, language)


def _attack(*levels: float, rival: str = "瑞丰") -> Draw:
    return lambda language: price_attack_chart(f.attacks(levels=levels), rival, language)


def _outlook(**more: float) -> Draw:
    return lambda language: outlook_chart(f.outlook(**more), language)  # type: ignore[arg-type]


def _parts(*amounts: float) -> Draw:
    return lambda language: revenue_bridge_chart(f.revenue_bridge([("F", 1e8, *amounts)]), language)  # type: ignore[arg-type]


def _served(rows: list[tuple[str, int, int, bool]]) -> Draw:
    return lambda language: delivery_chart(f.served(rows), language)


def _multiple(**more: object) -> Draw:
    return lambda language: multiple_chart(kept.values(**more), language)  # type: ignore[arg-type]


def _strengths(*rows: tuple[str, float, float, str], rival: str = NAMES[0]) -> Draw:
    found = of_profile.strengths(*rows, rival=rival)
    quadrants = {"concentrate": "concentrate here", "overkill": "possible overkill"}
    return lambda language: strengths_chart(found, {}, dict(zip(NAMES, NAMES, strict=True)), quadrants, language)


def _map(*rows: tuple[str, float, float, str], **more: float) -> Draw:
    return lambda language: value_map_chart(of_profile.mapped(*rows, **more), {}, language)  # type: ignore[arg-type]


def _portfolio(n: int) -> Draw:
    return lambda language: portfolio_chart(f.sorted_by_potential(n), language)


def _trend(*shares: float) -> Draw:
    return lambda language: trend_chart(f.trend(*shares), language)


def _steps(frame: pd.DataFrame, **more: float) -> Draw:
    return lambda language: waterfall_chart(f.waterfall(frame, **more), language)  # type: ignore[arg-type]


def _placed(frame: pd.DataFrame) -> Draw:
    return lambda language: price_and_service_chart(f.placed(f.with_service(frame, discount=0.03)), language)


# The largest case of each chart, tried in both languages and as a picture.
LARGEST: dict[str, Draw] = {
    "plan": _plan(scale=1e11),
    "fakes": _fakes(CROWD),
    "whale": _whale(FALLING),
    "concentration": _concentration(MANY),
    "bridge": _bridge(BRIDGE),
    "win rates": _won([(name, n, 12 - n) for n, name in enumerate(NAMES[:12])], NAMES[0]),
    "price index": _index([(name, 91.5 + n) for n, name in enumerate(NAMES[:12])]),
    "price attack": _attack(*(100 + 5 * (n % 3) - n for n in range(36)), rival=NAMES[0]),
    "multiple": _multiple(segments=NAMES[:6]),
    "portfolio": _portfolio(300),
    "trend": _trend(*(0.30 + 0.01 * n for n in range(9))),
    "waterfall": _steps(f.profit(["A"], [1e12], [1e11]), uncosted=1e10),
    "price and service": _placed(CROWD),
    "strengths": _strengths(*((name, 90.0 - n, 1.0 - n / 5, "weakness") for n, name in enumerate(NAMES[:12]))),
    "value map": _map(*((name, 90.0 + n, 104.0 - n, "more") for n, name in enumerate(NAMES[:8]))),
    "outlook": _outlook(expected=9e11, half=3e11),
    "revenue bridge": _parts(9.87e8, -3e8, -1.2e8, 4e8, -2e8, -3e6),
    "deliveries": _served([(name, 120, n, n < 2) for n, name in enumerate(NAMES[:12])]),
}
ENDS: dict[str, Draw] = {
    "plan: negative": _plan(to_date=-90.0, past=-10.0, landing=-200.0),
    "plan: nothing sold": _plan(scale=0.0),
    "plan: no target, no landing": _plan(target=f.NAN, landing=f.NAN, target_year=f.NAN),
    "fakes: one": _fakes(ONE),
    "fakes: none": _fakes(NOBODY),
    "fakes: returns only": _fakes(RETURNERS),
    "fakes: all alike": _fakes(f.profit(["A", "B", "C"], [1e6] * 3, [0.0] * 3)),
    "fakes: far apart": _fakes(f.profit(["A", "B", "C"], [1e9, 1e6, 1.0], [-9e9, 1e5, 1e3])),
    "fakes: no median": _fakes(ONE, median_rate=f.NAN),
    "whale: one": _whale(ONE),
    "whale: none": _whale(NOBODY),
    "whale: two": _whale(LOSERS.head(2)),
    "whale: all alike": _whale(f.profit(["A", "B"], [1e6] * 2, [1e5] * 2)),
    "whale: far apart": _whale(f.profit(["A", "B"], [1e6] * 2, [1e12, -1e-3])),
    "concentration: one": _concentration(ONE),
    "concentration: two": _concentration(UNKNOWN_COST, by_margin=False),
    "concentration: no margin": _concentration(UNKNOWN_COST),
    "concentration: a loss at the end": _concentration(LOSERS),
    "bridge: below zero": _bridge([("start", 1e6), ("stopped", -1.5e6), ("end", -5e5)]),
    "bridge: no step": _bridge([("start", 1e6), ("end", 1e6)]),
    "bridge: nothing": _bridge([("start", 0.0), ("end", 0.0)]),
    "win rates: one": _won([("ruifeng", 1, 0)]),
    "win rates: all alike": _won([("ruifeng", 2, 2), ("zhongnong", 2, 2)]),
    "price index: one, as ours": _index([("ruifeng", 100.0)]),
    "price index: far apart": _index([("ruifeng", 1.0), ("zhongnong", 1e4)]),
    "price attack: one month": _attack(100.0),
    "price attack: still dearer": _attack(120.0, 110.0, rival=NAMES[0]),
    "price attack: close to ours": _attack(104.0, 103.0, 99.9),
    "strengths: one": _strengths(("price", 50.0, 0.0, "level")),
    "strengths: no rival": _strengths(*((name, 50.0 + n, 0.0, "level") for n, name in enumerate(NAMES[:3])), rival=""),
    "value map: one, as we": _map(("ruifeng", 100.0, 100.0, "fair")),
    "value map: too few": _map(("ruifeng", 130.0, 100.0, "too_few"), slope=0.1),
    "value map: far apart": _map(("ruifeng", 30.0, 300.0, "less"), ("zhongnong", 101.0, 99.0, "fair"), slope=9.0),
    "outlook: nothing": _outlook(expected=0.0, half=0.0),
    "outlook: below zero": _outlook(expected=1e5, half=9e5),
    "revenue bridge: nothing changed": _parts(0, 0, 0, 0, 0, 0),
    "revenue bridge: one part": _parts(0, 0, -5e5, 0, 0, 0),
    "deliveries: one": _served([("Acme", 1, 0, False)]),
    "deliveries: all on time": _served([("Acme", 5, 5, False), ("Zeta", 9, 9, False)]),
    "multiple: nobody lost": _multiple(lost=()),
    "multiple: most lost": _multiple(lost=[1.0] * 40),
    "multiple: one account": _multiple(margins=[1e5], lost=()),
    "portfolio: one": _portfolio(1),
    "portfolio: two": _portfolio(2),
    "trend: two": _trend(1.0, 0.999),
    "trend: unknown ends": _trend(f.NAN, 0.4, f.NAN),
    "trend: nothing known": _trend(f.NAN, f.NAN),
    "waterfall: returns": _steps(RETURNERS),
    "waterfall: nobody": _steps(NOBODY),
    "waterfall: a loss": _steps(ONE, listed=False),
    "price and service: one": _placed(ONE),
    "price and service: none": _placed(NOBODY),
}


def _drawn(draw: Draw, language: Language = EN) -> Figure:
    with chart_style():
        made = draw(language)
        made.canvas.draw()
    return made


def _unseen(axes: Axes) -> Iterable[Artist]:
    """Labels that matplotlib keeps and does not draw: of hidden axes, and of ticks outside the view."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not axis.get_visible() or not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                yield from (tick.label1, tick.label2)


def _labels(made: Figure) -> list[tuple[str, Bbox]]:
    """Texts that are seen, with their boxes; of an annotation only its words, not its line."""
    unseen = {id(one) for axes in made.axes for one in _unseen(axes)}
    seen = [one for one in made.findobj(Text) if one.get_visible() and id(one) not in unseen]
    return [(one.get_text(), Text.get_window_extent(one)) for one in seen if one.get_text().strip()]


def _overlaps(made: Figure) -> list[tuple[str, str]]:
    """Pairs of labels that share more than a pixel, and labels that leave the picture."""
    labels = _labels(made)
    whole = made.bbox
    found = [
        (one, "the edge")
        for one, box in labels
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]
    for (one, a), (other, b) in combinations(labels, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1:
            found.append((one, other))
    return found


@pytest.mark.parametrize("language", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_case_is_readable_opaque_and_small(name: str, language: Language) -> None:
    made = _drawn(LARGEST[name], language)
    assert _overlaps(made) == []
    with chart_style():
        picture = base64.b64decode(png(made))
    assert len(picture) < MOST_BYTES
    assert (np.asarray(made.canvas.buffer_rgba())[..., 3] == 255).all()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ENDS)
def test_the_ends_draw_without_a_warning_and_without_overlap(name: str) -> None:
    assert _overlaps(_drawn(ENDS[name])) == []


@pytest.mark.parametrize("place", range(0, len(f.HOSTILE), 4))
def test_hostile_names_are_drawn_as_text(place: int) -> None:
    """Formula marks, braces, right-to-left, surrogates, 5,000 letters (S7): four at a time, each chart that names."""
    names = f.HOSTILE[place : place + 4]
    ids = [str(n) for n in range(len(names))]
    frame = f.profit(ids, [1e6] * len(ids), [-1e5] * len(ids))
    frame["name"] = pd.Series(names, dtype=object)
    won = f.deals([(one, 2, 3) for one in ids])
    draws: list[Draw] = [
        _fakes(frame),
        _whale(frame),
        lambda language: win_rate_chart(won, dict(zip(ids, names, strict=True)), "0", language),
        *(_attack(99.0, rival=name) for name in names),
    ]
    for draw in draws:
        with chart_style():
            made = draw(EN)
            png(made)
        assert all(len(line) < 60 for one, _ in _labels(made) for line in one.split("\n"))


# Notation


def _faces(made: Figure) -> list[str]:
    return [to_hex(bar.get_facecolor()) for bar in made.axes[0].patches]


def test_plan_is_outlined_forecast_hatched_actual_dark_and_last_year_light() -> None:
    made = _drawn(_plan())
    last_year, actual, projected, target = made.axes[0].containers
    assert {to_hex(bar.get_facecolor()) for bar in last_year} == {PAST}  # type: ignore[attr-defined]
    assert {to_hex(bar.get_facecolor()) for bar in actual} == {ACTUAL}  # type: ignore[attr-defined]
    assert {(bar.get_hatch(), to_hex(bar.get_facecolor())) for bar in projected} == {(HATCH, "#ffffff")}  # type: ignore[attr-defined]
    assert {(bar.get_facecolor()[3], to_hex(bar.get_edgecolor())) for bar in target} == {(0, ACTUAL)}  # type: ignore[attr-defined]
    assert [one.get_text() for one in made.axes[0].get_legend().get_texts()] == [  # type: ignore[union-attr]
        "last year", "actual", "projected", "target",
    ]  # fmt: skip


def test_bars_start_at_zero() -> None:
    for draw in (_plan(), _bridge(STEPS)):
        low, _ = _drawn(draw).axes[0].get_ylim()
        assert low == 0


def test_gains_are_green_losses_red_and_each_carries_its_sign() -> None:
    made = _drawn(_bridge(STEPS))
    assert _faces(made) == [PAST, BETTER, BETTER, WORSE, WORSE, ACTUAL]
    amounts = [one.get_text() for one in made.axes[0].texts]
    assert amounts == ["¥1M", "+¥100K", "+¥200K", "−¥300K", "−¥100K", "¥900K"]


def test_the_bridge_adds_up_on_the_chart() -> None:
    """Each step begins where the one before ended; the last column is the sum."""
    made = _drawn(_bridge(STEPS))
    tops = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in made.axes[0].patches]  # type: ignore[attr-defined]
    assert tops == [(0, 1e6), (1e6, 1.1e6), (1.1e6, 1.3e6), (1e6, 1.3e6), (9e5, 1e6), (0, 9e5)]


def test_the_revenue_bridge_begins_at_zero_and_ends_at_the_change() -> None:
    made = _drawn(_parts(3e5, -1e5, 2e5, 0, 0, 0))
    assert _faces(made) == [BETTER, WORSE, BETTER, ACTUAL]
    assert [one.get_text() for one in made.axes[0].texts] == ["+¥300K", "−¥100K", "+¥200K", "+¥400K"]
    tops = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in made.axes[0].patches]  # type: ignore[attr-defined]
    assert tops == [(0, 3e5), (2e5, 3e5), (2e5, 4e5), (0, 4e5)]


def test_what_is_expected_is_hatched_and_carries_its_interval() -> None:
    made = _drawn(_outlook(expected=3e6, half=3e5))
    past, expected = made.axes[0].containers[:2]
    assert {to_hex(bar.get_facecolor()) for bar in past} == {PAST}  # type: ignore[attr-defined]
    assert {bar.get_hatch() for bar in expected} == {HATCH}  # type: ignore[attr-defined]
    (bars,) = (one for one in made.axes[0].collections if hasattr(one, "get_segments"))
    assert [sorted(float(y) for _, y in segment) for segment in bars.get_segments()] == [[9e5, 1.1e6]] * 3


def test_the_accent_marks_only_what_the_title_speaks_of() -> None:
    made = _drawn(_won([("ruifeng", 2, 28), ("zhongnong", 40, 10)], "ruifeng"))
    dots = [line for line in made.axes[0].lines if line.get_marker() == "o"]
    assert [to_hex(line.get_color()) for line in dots] == [ACTUAL, ACCENT]
    plain = _drawn(_won([("ruifeng", 2, 28), ("zhongnong", 40, 10)]))
    assert {to_hex(line.get_color()) for line in plain.axes[0].lines if line.get_marker() == "o"} == {ACTUAL}


def test_the_fall_of_the_whale_is_red_and_its_makers_stand_beside_it() -> None:
    made = _drawn(_whale(FALLING))
    rise, fall = made.axes[0].lines[:2]
    assert (to_hex(rise.get_color()), to_hex(fall.get_color())) == (ACTUAL, WORSE)
    # 2e5 - 2e4 n is zero for the eleventh: ten earn.
    assert [one for one, _ in _labels(made) if "peak" in one] == ["peak after 10 accounts"]
    assert "Hengtai Agricul…\n" in "".join(one for one, _ in _labels(made))


def test_a_rate_beyond_the_axis_stands_at_its_edge() -> None:
    made = _drawn(ENDS["fakes: far apart"])
    heights = np.concatenate([np.asarray(one.get_offsets())[:, 1] for one in made.axes[0].collections])
    assert (heights.min(), heights.max()) == (-0.6, 0.6)


def test_each_rate_has_its_count_at_the_right_and_the_reference_its_name() -> None:
    labels = {one for one, _ in _labels(_drawn(_won([("ruifeng", 2, 28)]), ZH))}
    assert {"2/30", "全部商机"} <= labels
    index = {one for one, _ in _labels(_drawn(_index([("ruifeng", 91.5)])))}
    assert {"91.5, 60% of our sales", "our price = 100"} <= index


def test_the_axes_of_two_panels_are_the_same() -> None:
    made = _drawn(_concentration(MANY))
    assert made.axes[0].get_ylim() == made.axes[1].get_ylim()


def test_the_waterfall_adds_up_on_the_chart() -> None:
    """Each step begins where the one before ended, and each sum stands on zero.

    A million at a tenth off list: 1,111,111 - 111,111; of 500 rebates in the invoices lines without a list price make
    up; cost 800,000; 10,000 rebates and 30,000 freight.
    """
    made = _drawn(_steps(f.profit(["A"], [1e6], [2e5])))
    ends = [(round(bar.get_x()), round(bar.get_x() + bar.get_width())) for bar in made.axes[0].patches]  # type: ignore[attr-defined]
    assert ends == [
        (0, 1_111_111), (1_111_111, 1_000_000), (1_000_000, 1_000_500), (1_000_500, 1_000_000), (0, 1_000_000),
        (1_000_000, 200_000), (0, 200_000), (200_000, 190_000), (190_000, 160_000), (0, 160_000),
    ]  # fmt: skip
    assert _faces(made) == [PAST, WORSE, BETTER, WORSE, ACTUAL, WORSE, ACTUAL, WORSE, WORSE, ACTUAL]


def test_an_odd_cost_to_serve_stands_at_the_edge_as_a_triangle() -> None:
    frame = f.with_service(MANY)
    frame.loc[frame.index[-1], "service"] = 9 * frame["revenue"].iloc[-1]
    made = _drawn(lambda language: price_and_service_chart(f.placed(frame), language))
    points = np.concatenate([np.asarray(one.get_offsets()) for one in made.axes[0].collections])
    assert len(points) == len(frame)
    assert points[:, 0].max() < 0.3


def test_a_line_from_a_point_to_its_name_ends_at_the_name_s_left_and_crosses_no_other_name() -> None:
    """A line to the middle of a name ran over the names above it where the points lie close to one another."""
    points = [(f"Account number {number}", 0.9 - number / 100, 0.5 + number / 1000) for number in range(6)]
    with chart_style():
        made, (axes,) = figure(2.7)
        name_points(axes, points)
        made.canvas.draw()
    for one in axes.texts:
        left = Text.get_window_extent(one).x0  # without its line
        line = one.arrow_patch.get_window_extent()
        assert line.x1 <= left + 2, one.get_text()
