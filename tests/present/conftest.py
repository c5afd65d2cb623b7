"""A page on a book made by hand, and what it shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kamreport.period import Period
from kamreport.present.page import Page
from kamreport.record import MIME, Record
from kamreport.settings import Company, Rules, Settings


@dataclass(frozen=True)
class HandBook:
    """What a page needs to know of a book."""

    settings: Settings
    region: str = "North"
    period: Period = field(default_factory=lambda: Period.parse("2025-06"))
    window: Period = field(default_factory=lambda: Period.parse("2024-07..2025-06"))
    as_of: date = date(2025, 7, 1)
    rules: Rules = field(default_factory=Rules)
    history_start: date = date(2022, 7, 1)
    revenue: float = 1_000_000.0
    mapped: dict[str, list[str]] = field(default_factory=lambda: {"transactions": ["date", "revenue"]})

    @property
    def ledger(self) -> pd.DataFrame:
        months = pd.to_datetime(["2024-06-01", "2024-07-01", "2025-06-01", "2025-07-01"])
        return pd.DataFrame({"month": months, "revenue": [9e9, self.revenue / 2, self.revenue / 2, 9e9]})

    def has(self, table: str, *columns: str) -> bool:
        return table in self.mapped and all(column in self.mapped[table] for column in columns)


@dataclass(frozen=True)
class Output:
    """One output of a notebook: its three forms."""

    bundle: dict[str, Any]

    @property
    def html(self) -> str:
        return str(self.bundle["text/html"])

    @property
    def record(self) -> Record:
        return Record.model_validate(self.bundle[MIME])


Shown = list[Output]
OpenPage = Callable[..., Page]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Outputs in order, as Jupyter would get them."""
    outputs: Shown = []

    def display(bundle: dict[str, Any], *, raw: bool) -> None:
        assert raw
        outputs.append(Output(bundle))

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("kamreport.present.page.get_ipython", object)
    return outputs


@pytest.fixture
def open_page(shown: Shown, tmp_path: Path) -> OpenPage:
    """Open a page on a book by hand, its chapter opened and the chapter's output forgotten."""

    def opened(language: str = "en", *, currency: str = "CNY", **book: Any) -> Page:
        settings = Settings(root=tmp_path, company=Company(currency=currency))
        page = Page(HandBook(settings, **book), language)
        page.chapter("churn")
        shown.clear()
        return page

    return opened
