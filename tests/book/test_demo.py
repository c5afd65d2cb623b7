"""The demo book: the same on every machine, of the size it says, with planted accounts that exist."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kamreport.book.book import Book
from kamreport.book.contract import TABLES
from kamreport.book.demo import SETTINGS
from kamreport.book.demo.firm import make_firm

OpenDemo = Callable[..., Book]
CJK, LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{3}")


@pytest.fixture(scope="session")
def planted(demo_root: Path) -> pd.DataFrame:
    told = json.loads((demo_root / "data" / "planted.json").read_text("utf-8"))
    return pd.concat([pd.DataFrame(told[kind]).assign(guilty=kind == "truths") for kind in ("truths", "innocents")])


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_in_another_process_place_and_time_zone(
    demo_root: Path, tmp_path: Path
) -> None:
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-m", "kamreport.book.demo", str(tmp_path / "a b")], env=env, check=True)
    assert digests(tmp_path / "a b") == digests(demo_root / "data")


def test_another_seed_makes_another_firm_with_the_same_things_planted() -> None:
    one, other = make_firm(np.random.default_rng(1)), make_firm(np.random.default_rng(2))
    assert [account.name for account in one.accounts] != [account.name for account in other.accounts]
    assert (one.truths, one.innocents) == (other.truths, other.innocents)
    again = make_firm(np.random.default_rng(1))
    assert one == again


def test_every_table_of_the_contract_is_there_and_every_file_is_a_table(demo_root: Path, open_demo: OpenDemo) -> None:
    declared = tomllib.loads(SETTINGS)["tables"]
    assert declared.keys() == TABLES.keys()
    files = {Path(table["path"]).name for table in declared.values()}
    assert {file.name for file in (demo_root / "data").iterdir()} == {*files, "planted.json"}
    # Text, Excel and Parquet, so that a first try shows all ways in.
    assert {Path(name).suffix for name in files} == {".csv", ".xlsx", ".parquet"}
    book = open_demo()
    assert (book.sources["used"] > 0).all()
    assert (book.sources["read"] == book.sources["used"] + book.sources["excluded"] + book.sources["rejected"]).all()


def test_there_are_six_regions_of_sixty_accounts_over_thirty_six_months(open_demo: OpenDemo) -> None:
    book = open_demo()
    assert len(book.regions) == 6
    # One account has moved from the North to the East.
    homes = dict.fromkeys(book.regions, 60) | {"North": 59, "East": 61}
    assert book.accounts.groupby("home_region").size().to_dict() == homes
    months = book.ledger.groupby("region")["month"].nunique()
    assert months.to_dict() == dict.fromkeys(book.regions, 36)
    assert (book.history_start, book.up_to, str(book.period)) == (date(2022, 7, 1), date(2025, 6, 30), "2025-06")
    assert book.by_margin
    assert book.complete


def test_names_are_in_english_and_in_chinese_and_each_is_one_account_s(open_demo: OpenDemo) -> None:
    book = open_demo()
    names = book.accounts["name"]
    assert names.is_unique
    for script in (CJK, LATIN):
        assert names.str.contains(script).mean() > 0.2
    assert {name.zh for name in book.region_names.values()} == {"华北", "华东", "华南", "华中", "西南", "东北"}
    assert set(book.region_names) == {name.en for name in book.region_names.values()}
    assert book.people["name"].str.fullmatch(CJK.pattern + "+").all()


def test_whatever_is_named_exists(open_demo: OpenDemo) -> None:
    """Nothing but what is planted for the data-quality page is left over."""
    book = open_demo()
    accounts, people = set(book.accounts["account_id"]), set(book.people["person_id"])
    products, rivals = set(book.products["product_id"]), {*book.competitors["competitor_id"], "own", "none", "unknown"}
    for frame, column, known in (
        (book.ledger, "account_id", accounts),
        (book.receivables, "account_id", accounts),
        (book.opportunities, "account_id", accounts),
        (book.actions, "account_id", accounts),
        (book.competitor_scores, "rater_id", accounts),
        (book.accounts, "manager_id", people),
        (book.opportunities, "owner_id", people),
        (book.actions, "owner_id", people),
        (book.competitor_prices, "product_id", products),
        (book.product_prices, "product_id", products),
        (book.opportunities, "competitor_id", rivals),
        (book.competitor_scores, "competitor_id", rivals),
    ):
        assert set(frame[column].dropna()) <= known, column
    assert set(book.competitor_scores["attribute"]) == set(book.settings.attributes)
    assert sum(attribute.weight for attribute in book.settings.attributes.values()) == pytest.approx(1)


def test_a_region_has_its_managers_and_each_account_is_managed_at_home(open_demo: OpenDemo) -> None:
    book = open_demo()
    home = book.accounts.merge(book.people, left_on="manager_id", right_on="person_id")
    assert len(home) == len(book.accounts)
    assert (home["home_region"] == home["region"]).all()


def test_the_faults_of_an_export_are_in_it_and_are_counted(open_demo: OpenDemo) -> None:
    left = open_demo().left_out
    lines = left[left["table_name"] == "transactions"]
    assert dict(zip(lines["reason"], lines["rows"], strict=True)) == {
        "not_a_date": 1,
        "not_a_number": 1,
        "empty": 1,
        "not_listed": 1,
        "outside_dates": 1,
        "copy": 1,
    }
    assert (left["table_name"] == "transactions").all()


def test_what_is_planted_names_accounts_and_regions_that_exist(planted: pd.DataFrame, open_demo: OpenDemo) -> None:
    book = open_demo()
    # Where an account was at home when the file was opened: one has moved since.
    homes = book.accounts.set_index("account_id")["home_before"].fillna("")
    rivals = set(book.competitors["competitor_id"])
    on_accounts = planted[~planted["account_id"].isin({*rivals, ""})]
    assert (homes.loc[on_accounts["account_id"]].to_numpy() == on_accounts["region"].to_numpy()).all()
    assert planted["region"].isin({*book.regions, "all"}).all()
    assert planted["about"].ne("").all()
    assert not planted[["kind", "region", "account_id", "object_id"]].duplicated().any()
    assert planted["others"].explode().dropna().isin(homes.index).all()
    # Who is guilty is not innocent as well.
    both = on_accounts.groupby("account_id")["guilty"].nunique()
    assert not (both > 1).any()
    # A truth that a chapter looks for names the finding that the report must make of it; an innocent names none.
    assert (planted.loc[~planted["guilty"], "finding"] == "").all()
    looked_for = planted[planted["finding"] != ""]
    assert looked_for["finding"].str.fullmatch(r"[a-z_]+/[a-z_]+").all()
    # Each kind that a chapter looks for is planted in two regions at least, but for these.
    spread = looked_for.groupby("kind")["region"].nunique()
    assert spread[spread < 2].index.tolist() == [
        "costs_more_than_it_earns", "discount_loses_money", "launch_not_taken_up", "list_price_erosion", "price_attack",
        "rebate_turns_margin",
    ]  # fmt: skip


def test_the_demo_is_not_written_over_files_that_are_not_its_own(tmp_path: Path) -> None:
    own = tmp_path / "transactions.csv"
    own.write_text("mine", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "kamreport.book.demo", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, own.read_text("utf-8"), len(list(tmp_path.iterdir()))) == (1, "mine", 1)
    assert done.stderr.startswith(f"error: {tmp_path} holds files that are not the demo's;")
