"""What a run says when it is over: what came of it, and what in the data casts doubt on it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from kamreport.book.closing import close_period
from kamreport.book.store import Load
from kamreport.period import Period
from kamreport.publish.manifest import Printed
from kamreport.settings import Settings

__all__ = ["tell_results", "warn_of_suspicions"]

_NAMED = 6


def tell_results(console: Console, results: Sequence[Printed], output: Path) -> None:
    """What came of the run: counts, what failed with its reason, what reads otherwise than when first printed."""
    counts = Counter(one.state for one in results)
    order = sorted(counts, key=lambda state: (state not in ("done", "reused"), state))
    console.print(", ".join(f"{counts[state]} {state}" for state in order) or "nothing to do")
    for said in [*_printed_again(results), *(said for one in results for said in _told(one))]:
        console.print(f"  {said}", markup=False, soft_wrap=True)
    if any(one.printer == "browser" for one in results):
        console.print(
            "  Pango is missing, a browser has printed: no chapter at the head of a page, no pages in the contents"
        )
    if any(one.failed for one in results):
        console.print(f"  the failed notebooks, as far as they ran: {output / '.failed'}", markup=False, soft_wrap=True)


def warn_of_suspicions(console: Console, settings: Settings, load: Load, period: Period) -> None:
    """Point to what looks like a faulty export, if anything does."""
    if found := close_period(settings, load, period).suspicions:
        things = (
            "1 thing in the data looks wrong and changes"
            if found == 1
            else f"{found} things in the data look wrong and change"
        )
        console.print(f"{things} money; see the top of: kamreport check", style="bold red", soft_wrap=True)


def _printed_again(results: Sequence[Printed]) -> Iterator[str]:
    """Why reports that were there have been printed again, once a reason."""
    again: dict[str, list[str]] = {}
    for one in results:
        if one.state == "done" and one.reason:
            again.setdefault(one.reason, []).append(f"{one.period} {one.region} {one.language}")
    for reason, names in again.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"printed again, {reason}: {', '.join(names[:_NAMED])}{more}"


def _told(one: Printed) -> Iterator[str]:
    """What is to be said of one report besides that it is there."""
    name = f"{one.report} {one.period} {one.region} {one.language}"
    if one.failed:
        yield f"{one.state}: {name}: {one.reason}"
    elif one.not_printed:
        shown = "1 output" if one.not_printed == 1 else f"{one.not_printed} outputs"
        yield f"{one.region} {one.language}: not printed, for want of page.show: {shown}"
    if one.state == "done" and one.revised:
        figures = (
            f"{now.label} {now.text}, first printed as {then.text} on {then.printed_at.astimezone():%Y-%m-%d}"
            for now, then in one.revised
        )
        yield f"revised: {name}: {'; '.join(figures)}"
