"""Manifests: what was published, whether it is whole, and in which order."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.period import Period
from kamreport.publish.files import write_atomically
from kamreport.publish.manifest import (
    Figure,
    FirstPrint,
    Printed,
    Published,
    failed_notebook,
    find_failures,
    find_manifests,
    find_other_versions,
    first_prints,
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
        (tmp_path / "a.json").write_text(json.dumps({**printed().model_dump(mode="json"), "more": 1}))
        assert read_manifest(tmp_path / "a.json") is None

    @pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "..", ".hidden", "", "/x"])
    def test_a_manifest_that_names_a_file_elsewhere_is_not_ours(self, tmp_path: Path, name: str) -> None:
        """What it names is removed when the report is printed anew."""
        file = {"name": name, "bytes": 1, "sha256": ""}
        (tmp_path / "a.json").write_text(json.dumps({**printed().model_dump(mode="json"), "files": [file]}))
        assert read_manifest(tmp_path / "a.json") is None

    def test_the_time_is_in_utc_to_the_second(self) -> None:
        assert json.loads(printed(printed_at=now()).model_dump_json())["printed_at"] == f"{now():%Y-%m-%dT%H:%M:%SZ}"
        assert now().tzinfo is UTC


class TestOtherVersions:
    def put(self, output: Path, name: str, content: Any) -> Path:
        file = output / "2025-06" / "North" / name
        write_atomically(file, json.dumps(content).encode())
        return file

    @pytest.mark.parametrize("version", [1, 3, 99])
    def test_a_manifest_of_another_version_is_not_misread_and_not_overlooked(
        self, tmp_path: Path, version: int
    ) -> None:
        told = printed().model_dump(mode="json")
        ours = self.put(tmp_path, "monthly.en.json", told)
        theirs = self.put(tmp_path, "monthly.zh.json", {**told, "version": version})
        assert read_manifest(theirs) is None
        assert [file for file, _ in find_manifests(tmp_path)] == [ours]
        assert find_other_versions(tmp_path, [ours]) == [theirs]

    @pytest.mark.parametrize(
        "content", [{}, [], {"version": 1}, {"report": "monthly"}, {"report": "m", "version": "x"}]
    )
    def test_a_file_that_is_no_manifest_is_of_no_version(self, tmp_path: Path, content: Any) -> None:
        self.put(tmp_path, "monthly.en.json", content)
        assert find_other_versions(tmp_path, []) == []

    def test_a_spoiled_manifest_of_ours_is_of_no_other_version(self, tmp_path: Path) -> None:
        self.put(tmp_path, "monthly.en.json", {**printed().model_dump(mode="json"), "pages": "many"})
        assert find_manifests(tmp_path) == []
        assert find_other_versions(tmp_path, []) == []

    def test_a_periods_list_of_another_version_is_begun_anew(self, tmp_path: Path) -> None:
        write_period_manifest(tmp_path, "2025-06", [printed(state="failed")])
        file = tmp_path / "2025-06" / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "version": 1}))
        assert read_period_manifest(tmp_path, "2025-06") == []
        assert find_failures(tmp_path) == []


JUNE = Period.parse("2025-06")
PDF = "monthly.en.pdf"


def figure(key: str, amount: float | None) -> Figure:
    return Figure(key=key, label=key.title(), text="n/a" if amount is None else f"¥{amount / 1e6:.2f}M", value=amount)


def at(day: str) -> datetime:
    """Noon of a day, which is that day wherever the test runs."""
    return datetime.fromisoformat(f"{day}T12:00:00").astimezone()


class TestFirstPrints:
    def test_the_first_values_stay_and_new_figures_join_them(self) -> None:
        first = first_prints(None, [figure("revenue", 1.18e6)], printed_at=at("2025-07-02"), period=JUNE)
        earlier = printed(first=first)
        figures = [figure("revenue", 1.2e6), figure("margin", 3e5)]
        again = first_prints(earlier, figures, printed_at=at("2025-08-02"), period=JUNE)
        assert {key: (one.text, one.value, one.printed_at) for key, one in again.items()} == {
            "revenue": ("¥1.18M", 1.18e6, at("2025-07-02")),
            "margin": ("¥0.30M", 3e5, at("2025-08-02")),
        }

    def test_what_is_no_longer_printed_is_remembered_all_the_same(self) -> None:
        first = first_prints(None, [figure("revenue", 1.0)], printed_at=at("2025-07-02"), period=JUNE)
        assert first_prints(printed(first=first), [], printed_at=at("2025-08-02"), period=JUNE) == first

    @pytest.mark.parametrize(("day", "counts"), [("2025-06-30", False), ("2025-07-01", True)])
    def test_a_print_before_the_periods_end_does_not_count(self, day: str, counts: bool) -> None:
        first = first_prints(None, [figure("revenue", 1.0)], printed_at=at(day), period=JUNE)
        assert ("revenue" in first) is counts

    @pytest.mark.parametrize(
        ("then", "now_", "revised"),
        [
            (1.18e6, 1.20e6, True),
            (1.18e6, 1.18e6, False),
            (1.180001e6, 1.180002e6, False),  # reads the same
            (None, 1.20e6, True),
            (1.18e6, None, True),
            (None, None, False),
        ],
    )
    def test_a_figure_is_revised_if_it_reads_otherwise(
        self, then: float | None, now_: float | None, revised: bool
    ) -> None:
        first = first_prints(None, [figure("revenue", then)], printed_at=at("2025-07-02"), period=JUNE)
        one = printed(headline=[figure("revenue", now_), figure("margin", 1.0)], first=first)
        assert [(was.text, figure.text) for figure, was in one.revised] == (
            [(figure("", then).text, figure("", now_).text)] if revised else []
        )

    def test_a_figure_that_is_only_written_otherwise_is_not_revised(self) -> None:
        first = {"revenue": FirstPrint(text="1.2 million", value=1.2e6, printed_at=at("2025-07-02"))}
        assert printed(headline=[figure("revenue", 1.2e6)], first=first).revised == []

    def test_of_two_figures_with_one_key_the_first_counts(self) -> None:
        figures = [figure("revenue", 1.0e6), figure("revenue", 2.0e6)]
        first = first_prints(None, figures, printed_at=at("2025-07-02"), period=JUNE)
        assert printed(headline=figures, first=first).revised == []


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


def _touch(file: Path, seconds: int) -> None:
    """Set when a file was last written, by seconds after its manifest."""
    moment = (file.parent / "monthly.en.json").stat().st_mtime + seconds
    os.utime(file, (moment, moment))


class TestGlance:
    """Whole or not without reading every byte."""

    def glance(self, file: Path) -> bool:
        found = read_manifest(file)
        assert found is not None
        return is_whole(file, found, verify=False)

    def test_no_file_is_read_that_was_written_before_its_manifest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = publish(tmp_path, "old")
        found = read_manifest(file)
        assert found is not None
        monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was read"))
        assert is_whole(file, found, verify=False)

    @pytest.mark.parametrize("spoil", [_shorter, _folder, Path.unlink, lambda file: file.write_bytes(b"")])
    def test_a_file_that_is_gone_or_of_another_size_is_seen(self, tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
        file = publish(tmp_path, "old")
        spoil(tmp_path / PDF)
        _touch(file, 5)  # so that it is not for its time that it is looked at
        assert not self.glance(file)

    def test_a_file_of_the_same_size_written_later_is_read(self, tmp_path: Path) -> None:
        file = publish(tmp_path, "old")
        _touch(tmp_path / PDF, 5)
        assert self.glance(file)  # touched, and the same
        _flipped(tmp_path / PDF)
        _touch(tmp_path / PDF, 5)
        assert not self.glance(file)

    def test_only_reading_it_all_finds_a_change_with_its_time_set_back(self, tmp_path: Path) -> None:
        file = publish(tmp_path, "old")
        _flipped(tmp_path / PDF)
        _touch(tmp_path / PDF, -5)
        assert self.glance(file)
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
        assert (whole["version"], whole["period"], len(whole["jobs"])) == (2, "2025-06", 1)
        assert "华东" in (tmp_path / "2025-06" / "manifest.json").read_text("utf-8")

    @pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"jobs": 1}', b'{"jobs": [{}]}'])
    def test_a_list_that_cannot_be_read_is_begun_anew(self, tmp_path: Path, content: bytes | None) -> None:
        if content is not None:
            write_atomically(tmp_path / "2025-06" / "manifest.json", content)
        assert read_period_manifest(tmp_path, "2025-06") == []
        write_period_manifest(tmp_path, "2025-06", [printed()])
        assert read_period_manifest(tmp_path, "2025-06") == [printed()]


@pytest.mark.parametrize("state", ["failed", "timed out", "killed", "whatever comes"])
def test_every_job_that_came_to_no_report_is_a_failure(tmp_path: Path, state: str) -> None:
    states = {"North": state, "East": "done", "West": "reused"}
    write_period_manifest(tmp_path, "2025-06", [printed(region=name, state=one) for name, one in states.items()])
    assert [(one.region, one.state) for one in find_failures(tmp_path)] == [("North", state)]


class TestFailedNotebook:
    def put(self, output: Path, chapter: str) -> Path:
        file = output / ".failed" / "2025-06" / "华东" / f"monthly.en.{chapter}.ipynb"
        write_atomically(file, b"{}")
        return file

    def test_it_is_that_of_the_chapter_that_failed(self, tmp_path: Path) -> None:
        self.put(tmp_path, "one")  # of an earlier run
        file = self.put(tmp_path, "two")
        assert failed_notebook(tmp_path, printed(state="failed", reason="two: KeyError in cell 4: x")) == file

    @pytest.mark.parametrize("reason", ["print: the PDF is empty", "two: the kernel died", "", "one/../two: x"])
    def test_where_there_is_none_none_is_named(self, tmp_path: Path, reason: str) -> None:
        self.put(tmp_path, "one")
        self.put(tmp_path, "print")
        assert failed_notebook(tmp_path, printed(state="failed", reason=reason)) is None


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
