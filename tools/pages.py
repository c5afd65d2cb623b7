"""Write the pages of docs/ that say what the code says: a page per table of the contract, and the rules."""

import sys
from pathlib import Path

from kamreport.book.contract import TABLES, Column, Table
from kamreport.settings import Rules

ROOT = Path(__file__).parent.parent
_TIMES = {
    "event": "an event, known from `{visible}` on",
    "month": "a month, known once it has begun",
    "validity": "valid from `valid_from` up to but not including `valid_to`; the last day of a report counts",
    "snapshot": "a master file; without dates it holds for every period, as of the day of loading",
}
_LEVELS = {1: "the first day", 2: "the first month", 3: "the first year"}


def table_page(table: Table) -> str:
    """Page of one table."""
    time = _TIMES[table.time].format(visible=table.visible)
    if "recorded_on" in table.by_name:
        time += ", or from `recorded_on` where that is later"
    if table.versions:
        time += f"; with `{table.versions}`, a row per change"
    if table.ahead:
        time += "; months ahead are part of it"
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"# {table.name} · {table.zh}",
        "",
        table.about,
        "",
        f"- **Time:** {time}.",
        f"- **Key:** {key or 'none: every row stands for itself'}. Identical rows under one key are kept once and "
        "counted; differing ones are all rejected and listed.",
        f"- **Wanted from:** {_LEVELS[table.level]}.",
        "",
        "| column | type | usual header | meaning |",
        "|---|---|---|---|",
    ]
    lines += [_column(column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> str:
    notes = [column.about]
    if column.values:
        notes.append(f"One of {', '.join(f'`{value}`' for value in column.values)}.")
    if column.default:
        notes.append(f"Default `{column.default}`.")
    if column.refers and column.name not in TABLES[column.refers].key:
        notes.append(f"Id of [{column.refers}]({column.refers}.md).")
    if column.later == "row":
        notes.append("The row is known from this date on.")
    elif column.later:
        notes.append(f"Blank in a report that ends before `{column.later}`.")
    if column.low is not None and column.high is not None:
        notes.append(f"{column.low:g} to {column.high:g}.")
    if column.personal:
        notes.append("Personal.")
    need = "**required**" if column.required else "optional"
    if column.instead:
        need += f", or {' and '.join(f'`{name}`' for name in column.instead)}"
    return f"| `{column.name}` | {column.type}, {need} | {column.zh} | {' '.join(notes)} |"


def tables_index() -> str:
    """Page that lists the tables."""
    lines = [
        "# Tables of the book",
        "",
        "Only `transactions` is required; every further table or column unlocks the sections that need it. These",
        "pages are made from `kamreport/book/contract.toml` by `make docs`.",
        "",
        "| table | Chinese | what it is | from |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| [{name}]({name}.md) | {one.zh} | {one.about} | {_LEVELS[one.level]} |" for name, one in TABLES.items()
    ]
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """Page of the rules with their defaults."""
    lines = [
        "# Rules",
        "",
        "Every threshold that a report applies stands under `[rules]` in `kamreport.toml`; each is printed where it is",
        "used and on the basis page. This page is made from `kamreport/settings/rules.py` by `make docs`.",
        "",
        "| rule | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Rules.model_fields.items():
        default = field.default
        if isinstance(default, dict):
            shown = ", ".join(f"{key}: {value:g}" for key, value in default.items())
        else:
            shown = str(default).lower() if isinstance(default, bool) else f"{default:g}"
        lines.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Every generated page by its path below docs/."""
    made = {Path("tables") / f"{name}.md": table_page(table) for name, table in TABLES.items()}
    return {**made, Path("tables") / "index.md": tables_index(), Path("rules.md"): rules_page()}


def main() -> int:
    """Write the pages."""
    for path, content in pages().items():
        file = ROOT / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
