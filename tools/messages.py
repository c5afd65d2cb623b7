"""Bring the Chinese catalogue up to date with the sentences of the code; new ones come in empty."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "kamreport/locales/zh/LC_MESSAGES/kamreport.po"


def sentences(folder: Path) -> Iterator[tuple[str, ...]]:
    """Every sentence marked by `text` (one form) or `texts` (singular and plural) below a folder."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"text", "texts"}:
                forms = tuple(
                    argument.value
                    for argument in node.args[: 1 if node.func.id == "text" else 2]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                )
                if forms and not re.fullmatch(r"\{\w+\}", forms[0]):
                    yield forms


def main() -> int:
    """Write the catalogue and name the sentences without a translation; the status is 1 if there are any."""
    with CATALOGUE.open("rb") as file:
        known = {_first(message.id): _first(message.string) for message in read_po(file, locale="zh")}
    catalogue = Catalog(
        locale="zh", header_comment="# Chinese sentences of kamreport. After a change in the code: make messages"
    )
    for forms in dict.fromkeys(sentences(ROOT / "kamreport")):
        said = known.get(forms[0], "")
        catalogue.add(forms if len(forms) > 1 else forms[0], (said,) if len(forms) > 1 else said)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True)
    # Dates and names of tools in the header would change the file at every run.
    names = "Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team"
    header = rf'"({names}|Generated-By):.*\\n"\n'
    CATALOGUE.write_text(re.sub(header, "", CATALOGUE.read_text("utf-8")).replace("#, fuzzy\n", "", 1), "utf-8")
    empty = [_first(message.id) for message in catalogue if message.id and not _first(message.string)]
    for message in empty:
        print(message)
    return 1 if empty else 0


def _first(forms: object) -> str:
    return str(forms[0] if isinstance(forms, list | tuple) else forms)


if __name__ == "__main__":
    sys.exit(main())
