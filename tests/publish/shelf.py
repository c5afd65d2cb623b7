"""Reports that are published without being printed."""

from typing import Any

from kamreport.publish.manifest import Printed, published, write_together
from kamreport.publish.paths import slug
from kamreport.settings import Settings

ENDINGS = ("html", "pdf", "xlsx")


def put(
    settings: Settings, region: str, period: str = "2025-06", language: str = "en", *, below: str = ".", **more: Any
) -> Printed:
    """Publish a report of three files as the press would; a preview with ``below="preview"``."""
    stem = f"{more.get('report', 'monthly')}.{language}"
    files = {f"{stem}.{ending}": f"{region} {ending}".encode() for ending in ENDINGS}
    told: dict[str, Any] = {
        "report": "monthly",
        "region": region,
        "region_name": {"en": f"{region} (en)", "zh": f"{region} (zh)"},
        "period": period,
        "language": language,
        "chapters": ["one"],
        "parameters": {},
        "state": "done",
        "key": "k",
        "printed_at": "2025-07-01T08:00:00Z",
        "seconds": 1.0,
        "files": published(files),
        "headline": [headline("revenue", "¥1.2M"), headline("margin", "¥300K")],
    }
    made = Printed.model_validate({**told, **more})
    folder = settings.output / below / period / slug(region)
    write_together(folder, {**files, f"{stem}.json": made.model_dump_json().encode()})
    return made


def headline(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": key.title(), "text": text, "value": 1.0, **more}
