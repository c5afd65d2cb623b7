"""What a headline figure was first printed as goes from manifest to manifest."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kamreport.publish import press
from kamreport.publish.manifest import Printed, read_manifest
from kamreport.publish.shift import Work
from tests.publish.desk import batch, made, plan, workspace
from tests.publish.shelf import headline

Publish = Callable[..., Printed]
FIRST, SECOND, THIRD = (datetime(2025, month, 2, 12, tzinfo=UTC) for month in (7, 8, 9))


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Publish June's report of North, or a chapter of it alone, with its revenue."""
    settings = workspace(tmp_path)

    def published(at: datetime, revenue: float, *names: str) -> Printed:
        monkeypatch.setattr(press, "now", lambda: at)
        asked = batch(settings, "North")
        (job,) = plan(asked, names=names)
        desk = press._Desk(asked, [job], force=False, tell=lambda _: None)
        figures = [headline("revenue", f"¥{revenue:.2f}M", value=revenue)]
        desk.publish(Work(job, None), made(job.stem, headline=figures))
        found = read_manifest(settings.output / job.folder / f"{job.stem}.json")
        assert found is not None
        assert found == desk.results[job.label]
        return found

    return published


def test_every_later_print_knows_the_first(publish: Publish) -> None:
    assert publish(FIRST, 1.18).revised == []
    for at, revenue in ((SECOND, 1.19), (THIRD, 1.20)):
        ((now, then),) = publish(at, revenue).revised
        assert (now.text, then.text, then.printed_at) == (f"¥{revenue:.2f}M", "¥1.18M", FIRST)
    assert publish(THIRD, 1.18).revised == []  # as it first was


def test_a_preview_has_no_first_print(publish: Publish) -> None:
    publish(FIRST, 1.18)
    assert publish(SECOND, 1.20, "one").first == {}
    # And leaves the report's alone.
    assert publish(THIRD, 1.18).first["revenue"].printed_at == FIRST
