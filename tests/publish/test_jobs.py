"""The matrix: every name is checked before anything runs, every report names all that it is made from."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kamreport.errors import UsageError
from kamreport.period import Period
from kamreport.publish import jobs
from kamreport.publish.jobs import Batch, declared_by, plan_jobs
from kamreport.settings import Bilingual, Settings, load_settings
from tests.publish.desk import JUNE, PARAMETERS, batch, plan, workspace, write_notebook

CHAPTERS = {"one": ["1"], "two": ["2"]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters=CHAPTERS)


def ingredients(made: Batch, **more: object) -> dict[str, str]:
    """Ingredients of the first job."""
    return dict(plan(made, **more)[0].ingredients)  # type: ignore[arg-type]


def test_the_matrix_is_reports_by_regions_by_languages_in_order_of_time(settings: Settings) -> None:
    may = Period.parse("2025-05")
    planned = plan_jobs(batch(settings, "all", "North"), [], [], [JUNE, may], ["en", "zh"])
    assert [job.label for job in planned] == [
        "monthly 2025-05 all en",
        "monthly 2025-05 all zh",
        "monthly 2025-05 North en",
        "monthly 2025-05 North zh",
        "monthly 2025-06 all en",
        "monthly 2025-06 all zh",
        "monthly 2025-06 North en",
        "monthly 2025-06 North zh",
    ]
    assert planned[2].folder == Path("2025-05/North")
    assert (planned[2].stem, planned[2].chapters, planned[2].preview) == ("monthly.en", ("one", "two"), False)


def test_what_is_asked_for_twice_is_printed_once(settings: Settings) -> None:
    jobs = plan_jobs(batch(settings), ["monthly", "monthly"], ["North", "North"], [JUNE, JUNE], ["en", "en"])
    assert [job.label for job in jobs] == ["monthly 2025-06 North en"]


def test_a_chapter_that_is_listed_twice_is_printed_once(tmp_path: Path) -> None:
    settings = workspace(tmp_path, chapters=CHAPTERS, reports='[reports.monthly]\nchapters = ["one", "two", "one"]\n')
    assert plan(batch(settings))[0].chapters == ("one", "two")


def test_a_chapter_alone_goes_to_the_preview(settings: Settings) -> None:
    (job,) = plan(batch(settings, "North"), names=["two"])
    assert (job.name, job.chapters, job.preview) == ("two", ("two",), True)
    assert job.folder == Path("preview/2025-06/North")


def test_a_chapter_gets_the_further_parameters_that_it_declares(tmp_path: Path) -> None:
    settings = workspace(tmp_path, chapters=CHAPTERS)
    write_notebook(settings.notebooks / "two.ipynb", parameters=f"{PARAMETERS}\ntop: int = 5")
    made = batch(settings, "North", parameters={"top": 9})
    (job,) = plan(made)
    assert job.parameters(made, "one") == {"region": "North", "period": "2025-06", "language": "en"}
    assert job.parameters(made, "two") == {"region": "North", "period": "2025-06", "language": "en", "top": 9}


def test_a_further_parameter_never_takes_the_place_of_the_region(settings: Settings) -> None:
    made = batch(settings, "North", parameters={"region": "South"})
    assert plan(made)[0].parameters(made, "one")["region"] == "North"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"regions": ["Nort"]},
            "region 'Nort' is not in the data; did you mean 'North'? Known: North, all",
        ),
        (
            {"names": ["montly"]},
            "report or chapter 'montly' does not exist; did you mean 'monthly'? Known: monthly, one, two",
        ),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_name(
    settings: Settings, asked: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        plan(batch(settings), **asked)
    assert str(raised.value) == said


def test_a_report_with_a_chapter_that_is_missing_is_refused(tmp_path: Path) -> None:
    settings = workspace(tmp_path, chapters=CHAPTERS, reports='[reports.monthly]\nchapters = ["one", "tow"]\n')
    with pytest.raises(UsageError) as raised:
        plan(batch(settings))
    assert str(raised.value) == (
        f"chapter 'tow' is not in {tmp_path / 'notebooks'}; did you mean 'two'? Known: one, two"
    )


def test_a_notebook_without_a_region_is_refused_before_anything_runs(tmp_path: Path) -> None:
    settings = workspace(tmp_path, chapters=CHAPTERS)
    write_notebook(settings.notebooks / "two.ipynb", parameters='regoin: str = "all"\nperiod = ""\nlanguage = ""')
    with pytest.raises(UsageError) as raised:
        plan(batch(settings))
    assert str(raised.value) == (
        "parameter 'region' is not in two.ipynb's parameters cell; did you mean 'regoin'? "
        "Known: language, period, regoin"
    )


def test_a_further_parameter_that_no_chapter_declares_is_refused(settings: Settings) -> None:
    made = batch(settings, parameters={"peroid": 1})
    with pytest.raises(UsageError) as raised:
        plan(made)
    assert str(raised.value) == ("parameter 'peroid' is not in the parameters cells of these chapters. Known: none")


def test_what_may_be_given_is_what_the_chapters_of_the_reports_declare(settings: Settings) -> None:
    write_notebook(settings.notebooks / "two.ipynb", parameters=f"{PARAMETERS}\ntop: int = 5")
    assert [sorted(declared_by(settings, names)) for names in ([], ["monthly"], ["two"], ["one"])] == [
        ["language", "period", "region", "top"],
        ["language", "period", "region", "top"],
        ["language", "period", "region", "top"],
        ["language", "period", "region"],
    ]
    with pytest.raises(UsageError) as raised:
        plan(batch(settings, parameters={"top": 3}), names=["one"])
    assert str(raised.value).startswith("parameter 'top' is not in the parameters cells of these chapters")


@pytest.mark.parametrize("asked", [[], ["North"], ["NORTH"], ["West"]])
def test_regions_whose_folders_would_be_one_are_refused_whichever_are_printed(
    settings: Settings, asked: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        plan(batch(settings, "North", "West", "NORTH"), regions=asked)
    assert str(raised.value) == "regions 'North' and 'NORTH' would have the same folder 'NORTH'; rename one of them"


def test_forms_of_one_accented_name_are_two_folders(settings: Settings) -> None:
    jobs = plan(batch(settings, "Île", "I\N{COMBINING CIRCUMFLEX ACCENT}le"))
    assert len({job.folder for job in jobs}) == 2


def _notebook(settings: Settings) -> None:
    write_notebook(settings.notebooks / "two.ipynb", "other")


def _template(settings: Settings) -> None:
    (settings.root / "templates").mkdir()
    (settings.root / "templates" / "section.css").write_text("p {}")


def _library(settings: Settings) -> None:
    (settings.root / "lib").mkdir()
    (settings.root / "lib" / "ours.py").write_text("x = 1")


def _lines(*lines: str) -> Callable[[Settings], None]:
    def written(settings: Settings) -> None:
        file = settings.root / "kamreport.toml"
        file.write_text("\n".join([*lines, file.read_text()]))

    return written


def _nothing(settings: Settings) -> None:
    for file in [*settings.notebooks.iterdir(), settings.root / "kamreport.toml"]:
        os.utime(file, (1, 1))
    (settings.notebooks / "unused.ipynb").write_text("{}")
    (settings.root / "remarks.txt").write_text("x")


def _saved_in_jupyterlab(settings: Settings) -> None:
    """With other output, ids, notes and another kernel, and none of the code changed."""
    file = settings.notebooks / "two.ipynb"
    notebook = json.loads(file.read_text())
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"saved-{number}"
        cell["metadata"]["collapsed"] = True
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
            cell["execution_count"] = 7
            cell["source"] = "".join(cell["source"])
        else:
            cell["source"] = "another note"
    notebook["metadata"]["kernelspec"] = {"name": "conda", "display_name": "x", "language": "python"}
    file.write_text(json.dumps(notebook))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_nothing, set()),
        (_saved_in_jupyterlab, set()),
        (_notebook, {"notebook two"}),
        (_template, {"templates"}),
        (_library, {"lib"}),
        (_lines("[rules]", "material_share = 0.01"), {"rules"}),
        (_lines("[print]", 'paper = "Letter"'), {"settings"}),
        (_lines("[print]", 'languages = ["zh"]', "minutes = 3"), set()),
        (_lines("[print]", 'notice = { en = "Secret", zh = "内部资料，请勿外传" }'), {"settings"}),
        (_lines("[print]", 'notice = { en = "Confidential", zh = "机密" }'), set()),
        (_lines("[company]", 'name = { en = "Other", zh = "本公司" }'), {"settings"}),
        (_lines("[tables.transactions]", 'path = "other.csv"'), set()),  # shows in the data, or does not matter
        (_lines("[reports.other]", 'chapters = ["one"]'), set()),
    ],
)
def test_a_report_names_what_it_is_made_from(
    tmp_path: Path, settings: Settings, change: Callable[[Settings], None], named: set[str]
) -> None:
    before = ingredients(batch(settings), names=["monthly"])
    change(settings)
    after = ingredients(batch(load_settings(tmp_path)), names=["monthly"])
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == named


def test_the_ingredients_are_those_of_the_job(settings: Settings) -> None:
    write_notebook(settings.notebooks / "two.ipynb", parameters=f"{PARAMETERS}\ntop: int = 5")
    made = batch(settings, "North")
    before = ingredients(made)
    others = {
        "parameters": [
            ingredients(replace(made, parameters={"top": 9})),
            ingredients(made, period=Period.parse("2025-07")),
        ],
        "data up to": [ingredients(replace(made, data_up_to={JUNE: date(2025, 6, 29)}))],
        "names": [ingredients(replace(made, regions={"North": Bilingual(en="The North", zh="North")}))],
    }
    for name, changed in others.items():
        for after in changed:
            assert {one for one in before if before[one] != after[one]} == {name}
    renamed = replace(made, regions={"North": Bilingual(en="North", zh="北方")})
    assert ingredients(renamed) == before
    assert ingredients(renamed, languages=["zh"]) != ingredients(made, languages=["zh"])
    assert ingredients(replace(made, load_key="load-2")) == before  # the data are looked at by what was read of them


def test_a_sentence_of_the_catalogue_concerns_its_language_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "package" / "kamreport"
    shutil.copytree(Path(jobs.__file__).parent.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(jobs, "__file__", str(package / "publish" / "jobs.py"))
    before = {language: ingredients(batch(settings), languages=[language]) for language in ("en", "zh")}
    catalogue = package / "locales" / "zh" / "LC_MESSAGES" / "kamreport.po"
    catalogue.write_text(catalogue.read_text("utf-8") + "\n", "utf-8")
    after = {language: ingredients(batch(settings), languages=[language]) for language in ("en", "zh")}
    assert after["en"] == before["en"]
    assert {name for name in before["zh"] if before["zh"][name] != after["zh"][name]} == {"translations"}
    (package / "period.py").write_text("")
    assert ingredients(batch(settings))["kamreport"] != before["en"]["kamreport"]


@pytest.mark.parametrize(
    ("what", "named"),
    [
        (lambda patch: patch.setattr(jobs, "version", lambda name: "99"), "libraries"),
        (lambda patch: patch.setattr("time.tzname", ("XST", "XDT")), "time zone"),
        (lambda patch: None, "typefaces"),
    ],
)
def test_what_the_machine_brings_is_an_ingredient(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[[Any], None], named: str
) -> None:
    before = ingredients(batch(settings))
    if named == "typefaces":
        (tmp_path / ".fonts").mkdir()
        (tmp_path / ".fonts" / "Own.ttf").write_bytes(b"x")
        monkeypatch.setattr(Path, "home", lambda: tmp_path)
    what(monkeypatch)
    after = ingredients(batch(settings))
    assert {name for name in before if before[name] != after[name]} == {named}


def test_the_order_of_the_chapters_counts(settings: Settings) -> None:
    before = ingredients(batch(settings))
    file = settings.root / "kamreport.toml"
    file.write_text('[reports.monthly]\nchapters = ["two", "one"]\n')
    after = ingredients(batch(load_settings(settings.root)))
    assert {name for name in before if before[name] != after[name]} == {"parameters"}
