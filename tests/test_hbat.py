"""HBAT, a hundred customers who scored one supplier: importance and performance without a rival.

Hair, Black, Babin and Anderson, Multivariate Data Analysis. It is no example workspace: there is neither an invoice nor
a date in it, and both would have to be invented. Here each customer has an invoice of nothing, on one day.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kamreport as kam
from kamreport.analysis.raters import newest_scores
from kamreport.book.book import Book
from kamreport.book.opening import open_book
from kamreport.settings import load_settings

pytestmark = [pytest.mark.real, pytest.mark.slow]

# Perceptions are given from 0 to 10, scores from 1 to 10, and answers from 1 to 5: x becomes 1 + 0.9 x, and 1 + 0.4 x.
SETTINGS = """\
[company]
name = {{ en = "HBAT", zh = "HBAT" }}
currency = "USD"

[data]
up_to = 2025-06-30

[sources.hbat]
path = "${{HBAT}}/HBAT.csv"

[sources.perceptions]
path = "${{HBAT}}/{file}"

[tables.transactions]
sql = "SELECT id AS order_id, '2025-06-30' AS date, id AS account_id, '0' AS revenue, 'US' AS region FROM hbat"

[tables.accounts]
sql = "SELECT id AS account_id, 'Customer ' || id AS name, 'US' AS region FROM hbat"

[tables.competitor_scores]
sql = \"\"\"
SELECT id AS rater_id, 'customer' AS rater_kind, 'own' AS competitor_id, lower(attribute) AS attribute,
    1 + 0.9 * CAST(replace(score, ',', '.') AS DECIMAL(9, 4)) AS score, '2025-06-30' AS rated_on, 'US' AS region
FROM (
    UNPIVOT perceptions ON x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18
    INTO NAME attribute VALUE score
)
\"\"\"

[tables.survey]
sql = \"\"\"
SELECT '1' AS wave, id AS account_id, 'overall' AS item, 'overall' AS kind, '2025-06-30' AS answered_on,
    1 + 0.4 * CAST(x19 AS DECIMAL(9, 4)) AS score
FROM hbat
\"\"\"

[tables.wallet_shares]
sql = \"\"\"
SELECT id AS account_id, '2024-07-01' AS period_start, '2025-07-01' AS period_end, 'own' AS competitor_id,
    CAST(x22 AS DECIMAL(9, 4)) / 100 AS share, '2025-06-30' AS collected_on
FROM hbat
\"\"\"
"""


@cache
def _opened(root: Path, file: str) -> Book:
    root.mkdir()
    (root / "kamreport.toml").write_text(SETTINGS.format(file=file), "utf-8")
    return open_book("all", "2025-06", settings=load_settings(root))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hbat")


@pytest.fixture
def folder(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HBAT", str(real_data / "hbat"))
    return real_data / "hbat"


@pytest.fixture
def book(root: Path, folder: Path) -> Book:
    return _opened(root / "points", "HBAT.csv")


@pytest.fixture
def table(folder: Path) -> pd.DataFrame:
    """The file as pandas reads it, which is no part of how a book does."""
    return pd.read_csv(folder / "HBAT.csv")


def test_decimal_commas_in_quotes_are_the_same_numbers(root: Path, book: Book, table: pd.DataFrame) -> None:
    commas = _opened(root / "commas", "HBAT_X6-X18_decimal_comma.csv")
    one, two = (newest_scores(told.competitor_scores, told.window) for told in (book, commas))
    assert len(one) == 1300
    pd.testing.assert_frame_equal(one, two)
    assert one["own"].mean() == pytest.approx(1 + 0.9 * table.loc[:, "x6":"x18"].to_numpy().mean())


def test_importance_is_derived_and_the_quadrants_need_no_rival(book: Book, table: pd.DataFrame) -> None:
    found = kam.strengths_and_weaknesses(
        book.competitor_scores, {}, window=book.window, survey=book.survey, rules=book.rules
    )
    assert (found.source, found.n, len(found.lessons)) == ("derived", 100, 0)
    expected = {name: 100 * max(0.0, np.corrcoef(table[name], table["x19"])[0, 1]) for name in table.loc[:, "x6":"x18"]}
    made = found.frame.set_index("attribute")
    assert made["importance"].to_dict() == pytest.approx(expected)
    # Complaint resolution (x9) matters most and is scored above the mean; delivery speed (x18) is not.
    assert made.index[0] == "x9"
    assert made.loc[["x9", "x18", "x13", "x15"], "quadrant"].tolist() == [
        "keep_up", "concentrate", "overkill", "low_priority",
    ]  # fmt: skip
    say = kam.Language("en").say
    section = kam.strengths_section(found, book.competitors, {})
    assert say(section.title) == "Important and scored low: x18, x16, x12; no competitor was scored."
    assert say(section.basis[0]).startswith("Importance is derived, not asked")


def test_nothing_is_said_of_rivals_whom_nobody_scored(book: Book) -> None:
    raters = {"window": book.window, "rules": book.rules}
    profile = kam.competitive_profile(book.competitor_scores, {}, **raters)
    assert len(profile.rivals) == 0
    assert profile.own_total == pytest.approx(book.competitor_scores["score"].mean())
    assert kam.profile_section(profile, book.competitors, {}).quiet
    levels = kam.competition_levels(book.competitor_scores, {}, **raters)
    assert kam.competition_levels_section(levels, book.competitors).quiet


def test_the_share_of_wallet_is_the_one_in_the_file(book: Book, table: pd.DataFrame) -> None:
    shares = book.wallet_shares.set_index("account_id")["share"]
    assert shares[table["id"].astype(str)].tolist() == pytest.approx((table["x22"] / 100).tolist())
    assert set(book.wallet_shares["competitor_id"]) == {"own"}
