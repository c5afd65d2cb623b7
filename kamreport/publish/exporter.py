"""nbconvert's exporter for a whole report: one notebook of ordered parts in, one self-contained page out."""

from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode
from traitlets import default

from kamreport.publish.findings import Part

__all__ = ["ReportExporter", "as_notebook", "exporter", "render_html"]


class ReportExporter(TemplateExporter):
    """Renders the parts of a report by the template `kamreport` of the workspace.

    Nothing runs, is fetched or is guessed: the outputs were cleaned before, every other text is escaped.
    """

    optimistic_validation = True

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "kamreport"

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        return environment


def as_notebook(parts: list[Part]) -> NotebookNode:
    """Put parts into a notebook, one cell each, in the order in which they print."""
    cells: list[NotebookNode] = []
    for part in parts:
        cell = nbformat.v4.new_code_cell("", id=f"part-{len(cells)}")
        cell.metadata["part"] = {
            "chapter": part.record.chapter,
            "kind": part.record.kind,
            "layout": part.layout,
            "heading": "brief" if part.record.material else "small" if part.record.amount else "nothing",
        }
        cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": part.html})]
        cells.append(cell)
    made: NotebookNode = nbformat.v4.new_notebook(cells=cells)
    return made


def render_html(parts: list[Part], templates: Path, context: dict[str, Any]) -> str:
    """Render a report.

    Parameters
    ----------
    parts
        In printing order.
    templates
        The workspace's templates.
    context
        What the template needs besides: see `templates/kamreport/index.html.j2`.
    """
    html, _ = exporter(templates).from_notebook_node(as_notebook(parts), resources={"report": context})
    return str(html)


@cache
def exporter(templates: Path) -> ReportExporter:
    """One for all reports of a process; a template that is edited is read again."""
    return ReportExporter(extra_template_basedirs=[str(templates)])  # type: ignore[no-untyped-call]
