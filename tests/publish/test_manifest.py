"""Manifests: what was published, whether it is whole, and in which order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.publish.files import write_atomically
from kamreport.publish.manifest import (
    Printed,
    Published,
    find_failures,
    find_manifests,
    is_whole,
    now,
    published,
    read_manifest,
    read_period_manifest,
    write_period_manifest,
)
from tests.publish.versions import contents, printed, publish, there


class TestRoundTrip:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        whole = printed(
            reason="because",
            printer="weasyprint",
            pages=12,
            files=published(contents("old")),
            headline=[{"key": "revenue", "label": "收入", "text": "¥1万", "value": 1e4, "plan": None}],
            findings={"one/lost": {"title": "三家流失", "nature": "at_risk", "amount": 9e5, "since": "2025-04"}},
            not_printed=3,
        )
        write_atomically(tmp_path / "a.json", whole.model_dump_json(indent=1).encode())
        assert read_manifest(tmp_path / "a.json") == whole

    @given(text=st.text(max_size=20), number=st.floats(allow_nan=False, allow_infinity=False))
    def test_any_text_and_figure_survives(self, text: str, number: float) -> None:
        text = text.encode("utf-8", "replace").decode()
        whole = printed(region=text, parameters={text: number}, findings={text: {"amount": number, "title": text}})
        assert Printed.model_validate_json(whole.model_dump_json(indent=1)) == whole

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", printed().model_dump_json()[:-9].encode()],
    )
    def test_what_cannot_be_read_is_no_manifest(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "a.json"
        assert read_manifest(file) is None
        file.write_bytes(content)
        assert read_manifest(file) is None

    def test_a_manifest_with_an_unknown_field_is_not_ours(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(json.dumps({**printed().model_dump(), "more": 1}))
        assert read_manifest(tmp_path / "a.json") is None

    @pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "..", ".hidden", "", "/x"])
    def test_a_manifest_that_names_a_file_elsewhere_is_not_ours(self, tmp_path: Path, name: str) -> None:
        """What it names is removed when the report is printed anew."""
        file = {"name": name, "bytes": 1, "sha256": ""}
        (tmp_path / "a.json").write_text(json.dumps({**printed().model_dump(), "files": [file]}))
        assert read_manifest(tmp_path / "a.json") is None

    def test_the_time_is_in_utc_to_the_second(self) -> None:
        assert len(now()) == len("2025-07-01T08:00:00Z")
        assert now().endswith("Z")


def _shorter(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    file.write_bytes(bytes(content))


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("name", contents("old"))
@pytest.mark.parametrize("spoil", [_shorter, _flipped, _folder, Path.unlink, lambda file: file.write_bytes(b"")])
def test_a_report_with_a_spoiled_file_is_not_whole(tmp_path: Path, name: str, spoil: Callable[[Path], Any]) -> None:
    publish(tmp_path, "old")
    assert there(tmp_path) == "old"
    spoil(tmp_path / name)
    assert there(tmp_path) == ""


def test_a_report_without_files_is_not_whole(tmp_path: Path) -> None:
    assert not is_whole(tmp_path / "a.json", printed(files=[]))


def test_the_files_are_described_by_name_size_and_digest() -> None:
    assert published({"a": b"abc"}) == [
        Published(
            name="a",
            bytes=3,
            # FIPS 180-2, appendix B.1
            sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        )
    ]


class TestPeriod:
    def test_a_later_run_takes_the_place_of_its_own_jobs_only(self, tmp_path: Path) -> None:
        first = [printed(region="East", state="failed", reason="one: X"), printed(region="West")]
        write_period_manifest(tmp_path, "2025-06", first)
        again = [printed(region="East"), printed(region="East", language="zh")]
        write_period_manifest(tmp_path, "2025-06", again)
        found = [(one.region, one.language, one.state) for one in read_period_manifest(tmp_path, "2025-06")]
        assert found == [("East", "en", "done"), ("East", "zh", "done"), ("West", "en", "done")]

    def test_it_is_json_that_names_its_version_and_period(self, tmp_path: Path) -> None:
        write_period_manifest(tmp_path, "2025-06", [printed()])
        whole = json.loads((tmp_path / "2025-06" / "manifest.json").read_text("utf-8"))
        assert (whole["version"], whole["period"], len(whole["jobs"])) == (1, "2025-06", 1)
        assert "华东" in (tmp_path / "2025-06" / "manifest.json").read_text("utf-8")

    @pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"jobs": 1}', b'{"jobs": [{}]}'])
    def test_a_list_that_cannot_be_read_is_begun_anew(self, tmp_path: Path, content: bytes | None) -> None:
        if content is not None:
            write_atomically(tmp_path / "2025-06" / "manifest.json", content)
        assert read_period_manifest(tmp_path, "2025-06") == []
        write_period_manifest(tmp_path, "2025-06", [printed()])
        assert read_period_manifest(tmp_path, "2025-06") == [printed()]


def test_published_reports_are_found_latest_first_and_the_company_before_its_regions(tmp_path: Path) -> None:
    for period, region in (("2025-05", "all"), ("2025-06", "North"), ("2025-06", "all"), ("2025-Q2", "East")):
        for language in ("zh", "en"):
            said = printed(period=period, region=region, language=language).model_dump_json().encode()
            write_atomically(tmp_path / period / region / f"monthly.{language}.json", said)
    write_atomically(tmp_path / "preview" / "2025-06" / "North" / "one.en.json", printed().model_dump_json().encode())
    write_atomically(tmp_path / "2025-06" / "North" / "other.json", b"{}")
    write_period_manifest(tmp_path, "2025-06", [printed()])
    found = [(one.period, one.region, one.language) for _, one in find_manifests(tmp_path)]
    assert found == [
        ("2025-Q2", "East", "en"),
        ("2025-Q2", "East", "zh"),
        ("2025-06", "all", "en"),
        ("2025-06", "all", "zh"),
        ("2025-06", "North", "en"),
        ("2025-06", "North", "zh"),
        ("2025-05", "all", "en"),
        ("2025-05", "all", "zh"),
    ]


@pytest.mark.parametrize(
    ("year_start", "expected"),
    [
        (1, ["2026-01", "2025", "2025-Q4", "2025-12", "2025-11", "2025-Q1", "2025-01"]),
        # Fiscal 2025 and its fourth quarter end in March 2026, its first quarter in June 2025.
        (4, ["2025", "2025-Q4", "2026-01", "2025-12", "2025-11", "2025-Q1", "2025-01"]),
    ],
)
def test_periods_stand_in_the_order_of_time_whatever_their_length(
    tmp_path: Path, year_start: int, expected: list[str]
) -> None:
    for period in ("2025", "2025-01", "2025-Q1", "2025-11", "2025-12", "2025-Q4", "2026-01"):
        told = printed(period=period, region="all", state="failed")
        write_atomically(tmp_path / period / "all" / "monthly.en.json", told.model_dump_json().encode())
        write_period_manifest(tmp_path, period, [told])
    assert [one.period for _, one in find_manifests(tmp_path, fiscal_year_start=year_start)] == expected
    assert [one.period for one in find_failures(tmp_path, fiscal_year_start=year_start)] == expected
