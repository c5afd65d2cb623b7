"""Reading the store: one engine a process."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from kamreport.book import reading
from kamreport.book.engine import connect
from kamreport.book.reading import read_frame


def test_the_engine_is_started_once_a_process_and_not_shared_with_a_forked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []

    def counted(folder: Path, **limits: Any) -> duckdb.DuckDBPyConnection:
        started.append(folder)
        return connect(folder, **limits)

    monkeypatch.setattr(reading, "connect", counted)
    for _ in range(3):
        assert read_frame(tmp_path, "SELECT 1.5::DECIMAL(9, 2) AS n")["n"].tolist() == [1.5]
    assert started == [tmp_path]
    monkeypatch.setattr("os.getpid", lambda: 1)
    read_frame(tmp_path, "SELECT 1 AS n")
    assert started == [tmp_path] * 2
