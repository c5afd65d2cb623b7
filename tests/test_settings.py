"""kamreport.toml: found, read, and every fault said in one line that a person can act on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kamreport.errors import SettingsError
from kamreport.settings import Rules, Settings, expand, find_workspace, load_settings, shipped

Write = Callable[[str | bytes], Path]
TABLE = "[tables.transactions]\npath = 'a.csv'\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a kamreport.toml and give its folder."""

    def written(toml: str | bytes) -> Path:
        (tmp_path / "kamreport.toml").write_bytes(toml.encode() if isinstance(toml, str) else toml)
        return tmp_path

    return written


def fault(root: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(root)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(("kamreport.toml: ", f"{root / 'kamreport.toml'} is not valid TOML: "))
    return said


# Misspelt entries, with the nearest that exists.


@pytest.mark.parametrize(
    ("toml", "entry", "near"),
    [
        ("[rule]\nx = 1", "rule", "rules"),
        ("[rules]\nlost_min_day = 12", "rules.lost_min_day", "rules.lost_min_days"),
        ("[company]\ncurency = 'CNY'", "company.curency", "company.currency"),
        ("[company.name]\nen = 'A'\nzh = 'B'\nzn = 'C'", "company.name.zn", "company.name.zh"),
        ("[tables.transactions]\npaht = 'a'", "tables.transactions.paht", "tables.transactions.path"),
        ("[sources.x]\nsqll = 'a'", "sources.x.sqll", "sources.x.sql"),
        ("[reports.m]\nchapters = ['a']\nchapter = 'a'", "reports.m.chapter", "reports.m.chapters"),
        (
            "[attributes.price]\nweigth = 1\nname = {en = 'a', zh = 'b'}",
            "attributes.price.weigth",
            "attributes.price.weight",
        ),
    ],
)
def test_a_misspelt_entry_is_said_with_the_nearest(write: Write, toml: str, entry: str, near: str) -> None:
    said = fault(write(toml))
    assert said.startswith(f"kamreport.toml: entry '{entry}' does not exist; did you mean '{near}'? Known: ")


def test_the_folder_is_no_entry(write: Write) -> None:
    assert fault(write("root = '/'")).startswith("kamreport.toml: entry 'root' does not exist. Known: attributes, ")


# Wrong values: the entry, the value, what is expected.


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("rules = 3", "'rules' is 3: a table of entries is expected"),
        ("[rules]\nlost_min_days = 0", "'rules.lost_min_days' is 0: input should be greater than or equal to 1"),
        ("[rules]\nlost_min_days = 'a'", "'rules.lost_min_days' is 'a': input should be a valid integer"),
        ("[rules]\nkey_account_enter = 80", "'rules.key_account_enter' is 80: input should be less than 1"),
        ("[rules]\nkey_account_enter = nan", "'rules.key_account_enter' is nan: input should be less than 1"),
        ("[rules]\nspring_festival = 'x'", "'rules.spring_festival' is 'x': input should be a valid boolean"),
        ("[rules.overdue_limits]\nabc = 1", "'rules.overdue_limits.abc' is 'abc': input should be a valid integer"),
        ("[rules.overdue_limits]", "'rules.overdue_limits' is {}: dictionary should have at least 1 item"),
        # A misspelt age would otherwise be counted as never lost.
        ("[rules.credit_loss_rates]\noverdue_90 = 1", "'rules.credit_loss_rates.overdue_90' is 'overdue_90': input"),
        (
            "[company]\nname = 'Firm'",
            "'company.name' is 'Firm': both names are expected, as { en = \"...\", zh = \"...\" }",
        ),
        ("[company]\ncurrency = '元'", "'company.currency' is '元': an ISO code in capitals is expected"),
        ("[company]\ncountry = 'cn'", "'company.country' is 'cn': an ISO code in capitals is expected"),
        ("[company.name]\nen = 'A'", "'company.name.zh' is missing: add it"),
        ("[data]\nup_to = 'now'", "'data.up_to' is 'now': a day is expected, as 2025-06-30"),
        (f"{TABLE}decimal = ';'", "'tables.transactions.decimal' is ';': input should be '.' or ','"),
        (f"{TABLE}columns = 3", "'tables.transactions.columns' is 3: a table of entries is expected"),
        (f"{TABLE}header = -1", "tables.transactions.header is -1; name its row, counted from 1 (0: none), or its two"),
        ("[reports.m]\nchapters = []", "'reports.m.chapters' is []: list should have at least 1 item"),
        ("[reports.m]\nchapters = 'a'", "'reports.m.chapters' is 'a': a list is expected, as [\"zh\"]"),
        ("[reports.m]\nname = {en = 'a', zh = 'b'}", "'reports.m.chapters' is missing: add it"),
        ("[print]\nlanguages = ['de']", "'print.languages.0' is 'de': input should be 'en' or 'zh'"),
    ],
)
def test_a_wrong_value_is_said_with_what_is_expected(write: Write, toml: str, said: str) -> None:
    assert fault(write(toml)).startswith(f"kamreport.toml: {said}")


def test_a_long_value_is_cut_short(write: Write) -> None:
    said = fault(write(f"[rules]\nlost_min_days = {[1] * 500}"))
    assert "...: input should be a valid integer" in said
    assert len(said) < 200


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[tables.t]", "tables.t needs exactly one of path and sql"),
        ("[tables.t]\npath = 'a'\nsql = 'b'", "tables.t needs exactly one of path and sql"),
        (
            f"{TABLE}date_format = 'YYYY/MM/DD'",
            "tables.transactions.date_format: 'YYYY/MM/DD' has no % letters; write \"%Y/%m/%d\"",
        ),
        (
            f"{TABLE}date_format = 'd.m.yyyy'",
            "tables.transactions.date_format: 'd.m.yyyy' has no % letters; write \"%d.%m.%Y",
        ),
        (f"{TABLE}date_format = 'ISO'", "tables.transactions.date_format: 'ISO' has no % letters; write \"%Y/%m/%d\""),
        (f"{TABLE}thousands = '.'", "tables.transactions has '.' for both decimal and thousands; set one apart"),
        ("[sources.a]\npath = 'a'\ncolumns = {x = 'y'}", "sources.a is read as it is; map its columns where a table"),
        ("[sources.'a b']\npath = 'a'", "sources.a b is not a usable name; use letters, digits and _"),
        ("[reports.'a/b']\nchapters = ['a']", "report 'a/b' is not a usable name; use letters, digits and _"),
        (f"{TABLE}[sources.transactions]\npath = 'b'", "'transactions' stands under both tables and sources; rename"),
        ("[sources.a]\npath = 'a'\n[sources.A]\npath = 'a'", "'a' and 'A' differ only in case; rename one"),
        (
            "[rules]\nkey_account_enter = 0.9",
            "'rules.key_account_enter' is 0.9 and 'rules.key_account_leave' is 0.85; the first must not be greater",
        ),
        ("[rules]\nlost_min_days = 500", "'rules.lost_min_days' is 500 and 'rules.lost_max_days' is 400; the first"),
        ("[data]\nup_to = 1999-12-31", "'data.earliest' is 2000-01-01 and 'data.up_to' is 1999-12-31; the first"),
    ],
)
def test_entries_that_contradict_each_other_are_said(write: Write, toml: str, said: str) -> None:
    assert fault(write(toml)).startswith(f"kamreport.toml: {said}")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("a b", "at line 1, column 3"),
        ("[data]\nup_to = 2025-13-01", "at line 2"),
        ("[rules]\n[rules]", "twice (at line 2"),
        (b"[company]\nname = '\xff'", "can't decode byte 0xff"),
        (b"[company]\nname = '\xb9\xab'", "; save it as UTF-8"),
        ('[tables.transactions]\npath = "D:\\data\\t.csv"', "(at line 2, column 13); write paths with /"),
        (
            '[tables.transactions]\nvalues = { kind = { 退货 = "return" } }',
            '; put other than plain letters in quotes: "退货" =',
        ),
        ('[tables.transactions]\npath = "D:\\Users\\t.csv"', "; write paths with /"),
    ],
)
def test_a_file_that_is_no_toml_is_said_with_the_place(write: Write, toml: str | bytes, said: str) -> None:
    assert said in fault(write(toml))


# What is read.


def test_an_empty_file_is_all_defaults(write: Write) -> None:
    settings = load_settings(write(""))
    assert settings == Settings(root=settings.root)
    assert (settings.rules, settings.company.currency, settings.data.up_to) == (Rules(), "CNY", None)
    assert list(settings.reports) == ["monthly"]


def test_a_byte_order_mark_as_windows_writes_it_is_no_fault(write: Write) -> None:
    assert load_settings(write("\ufeff[company]\ncurrency = 'EUR'".encode())).company.currency == "EUR"


def test_settings_cannot_be_changed_after_reading(write: Write) -> None:
    settings = load_settings(write(""))
    with pytest.raises(ValueError, match="frozen"):
        settings.rules.lost_min_days = 6  # type: ignore[misc]


def test_every_rule_says_what_it_means() -> None:
    """The text is printed beside the threshold."""
    silent = [name for name, field in Rules.model_fields.items() if not field.description]
    assert silent == []


@pytest.mark.parametrize("name", ["notebooks", "templates"])
def test_a_workspace_uses_its_own_folder_before_the_shipped_one(write: Write, name: str) -> None:
    settings = load_settings(write(""))
    assert getattr(settings, name) == shipped(name)
    (settings.root / name).mkdir()
    assert getattr(settings, name) == settings.root / name


# Where the workspace is.


def test_the_nearest_workspace_upwards_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, deep = tmp_path / "inner", tmp_path / "inner" / "notebooks" / "old"
    deep.mkdir(parents=True)
    for folder in (tmp_path, inner):
        (folder / "kamreport.toml").touch()
    assert find_workspace(deep) == inner
    monkeypatch.chdir(tmp_path)
    assert find_workspace() == tmp_path
    assert load_settings().root == tmp_path


def test_a_workspace_that_is_named_goes_before_the_nearest(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write("")
    named = root / "named"
    named.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("KAMREPORT_WORKSPACE", str(named))
    with pytest.raises(SettingsError) as caught:
        find_workspace()
    assert str(caught.value) == (
        f"KAMREPORT_WORKSPACE is {named}, which has no kamreport.toml; run kamreport init there"
    )
    (named / "kamreport.toml").touch()
    assert find_workspace() == named


def test_no_workspace_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="make a workspace with: kamreport init"):
        find_workspace(tmp_path)
    with pytest.raises(SettingsError, match="run kamreport init there"):
        load_settings(tmp_path)


# Variables.


def test_variables_are_filled_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP", "/mnt/erp")
    monkeypatch.setenv("YEAR", "2025")
    assert expand("${ERP}/sales-${YEAR}.csv", where="x") == "/mnt/erp/sales-2025.csv"
    assert expand("$ERP/{YEAR}", where="x") == "$ERP/{YEAR}"


def test_a_value_is_not_filled_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP", "${SECRET}")
    monkeypatch.setenv("SECRET", "told")
    assert expand("${ERP}", where="x") == "${SECRET}"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_without_a_value_is_one_line(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("NOT_SET", raising=False)
    else:
        monkeypatch.setenv("NOT_SET", value)
    with pytest.raises(SettingsError) as caught:
        expand("${NOT_SET}/a.csv", where="tables.transactions")
    assert str(caught.value) == "tables.transactions names ${NOT_SET}, which is not set; set it: export NOT_SET=/folder"
