"""The matrix: every name is checked before anything runs, every key holds all that decides what is printed."""

from dataclasses import replace
from pathlib import Path

import pytest

from kamreport.errors import UsageError
from kamreport.period import Period
from kamreport.publish.jobs import Batch, declared_by, plan_jobs
from kamreport.settings import Settings, load_settings
from tests.publish.desk import JUNE, PARAMETERS, batch, plan, workspace, write_notebook

CHAPTERS = {"one": ["1"], "two": ["2"]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters=CHAPTERS)


def keys(made: Batch, **more: object) -> list[str]:
    return [job.key for job in plan(made, **more)]  # type: ignore[arg-type]


def test_the_matrix_is_reports_by_regions_by_languages_in_order_of_time(settings: Settings) -> None:
    may = Period.parse("2025-05")
    jobs = plan_jobs(batch(settings, "all", "North"), [], [], [JUNE, may], ["en", "zh"])
    assert [job.label for job in jobs] == [
        "monthly 2025-05 all en",
        "monthly 2025-05 all zh",
        "monthly 2025-05 North en",
        "monthly 2025-05 North zh",
        "monthly 2025-06 all en",
        "monthly 2025-06 all zh",
        "monthly 2025-06 North en",
        "monthly 2025-06 North zh",
    ]
    assert jobs[2].folder == Path("2025-05/North")
    assert (jobs[2].stem, jobs[2].chapters, jobs[2].preview) == ("monthly.en", ("one", "two"), False)


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


def test_the_key_is_the_same_as_long_as_nothing_changes(settings: Settings) -> None:
    made = batch(settings, "all", "North")
    assert keys(made) == keys(made)
    assert len(set(keys(made))) == 2


def _notebook(settings: Settings) -> Settings:
    write_notebook(settings.notebooks / "two.ipynb", "other")
    return settings


def _template(settings: Settings) -> Settings:
    (settings.root / "templates").mkdir()
    (settings.root / "templates" / "section.css").write_text("p {}")
    return load_settings(settings.root)


def _setting(settings: Settings) -> Settings:
    file = settings.root / "kamreport.toml"
    file.write_text(f"[rules]\nmaterial_share = 0.01\n{file.read_text()}")
    return load_settings(settings.root)


def _paper(settings: Settings) -> Settings:
    file = settings.root / "kamreport.toml"
    file.write_text(f'[print]\npaper = "Letter"\n{file.read_text()}')
    return load_settings(settings.root)


def _library(settings: Settings) -> Settings:
    (settings.root / "lib").mkdir()
    (settings.root / "lib" / "ours.py").write_text("x = 1")
    return settings


def _name(settings: Settings) -> Settings:
    file = settings.root / "kamreport.toml"
    file.write_text(f'{file.read_text()}name = {{ en = "Other", zh = "其他" }}\n')
    return load_settings(settings.root)


@pytest.mark.parametrize("change", [_notebook, _template, _setting, _paper, _library, _name])
def test_the_key_changes_with_what_is_printed_from(settings: Settings, change: object) -> None:
    before = keys(batch(settings))
    after = keys(batch(change(settings)))  # type: ignore[operator]
    assert not set(before) & set(after)


def test_the_key_changes_with_the_data_the_parameters_the_language_and_the_period(settings: Settings) -> None:
    write_notebook(settings.notebooks / "two.ipynb", parameters=f"{PARAMETERS}\ntop: int = 5")
    made = batch(settings, "North")
    found = [
        *keys(made),
        *keys(replace(made, load_key="load-2")),
        *keys(replace(made, parameters={"top": 9})),
        *keys(made, languages=["zh"]),
        *keys(made, period=Period.parse("2025-05")),
        *keys(made, names=["one"]),
    ]
    assert len(set(found)) == 6


def test_the_key_changes_with_the_order_of_the_chapters(settings: Settings) -> None:
    before = keys(batch(settings))
    file = settings.root / "kamreport.toml"
    file.write_text('[reports.monthly]\nchapters = ["two", "one"]\n')
    assert not set(before) & set(keys(batch(load_settings(settings.root))))


def test_the_key_does_not_change_with_what_is_not_printed_from(settings: Settings) -> None:
    before = keys(batch(settings))
    (settings.notebooks / "unused.ipynb").write_text("{}")
    (settings.root / "remarks.txt").write_text("x")
    assert keys(batch(settings)) == before
