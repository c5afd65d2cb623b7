"""Findings: read from a notebook, followed over periods, put in order, ranked for the cover."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamreport.errors import PrintError
from kamreport.publish.findings import Part, closed, collect, follow, in_order, ranked
from kamreport.publish.report import _remembered
from tests.publish.desk import bundle, executed, opening, part, record, shows

ASKED = {"chapter": "one", "region": "North", "period": "2025-06", "language": "en"}


def account(name: str, amount: float | None = None) -> dict[str, Any]:
    return {"id": name, "name": name.upper(), "amount": amount}


def keys(parts: list[Part]) -> list[str]:
    return [one.record.key for one in parts]


def on_cover(*parts: Part) -> list[tuple[str, float | None, int]]:
    return [(one.part.record.key, one.amount, one.also) for one in ranked(parts)]


class TestCollect:
    def test_records_come_in_the_order_of_the_notebook_and_others_are_counted(self) -> None:
        notebook = executed(bundle(opening()), {"text/plain": "42"}, bundle(record("b")), bundle(record("a")))
        notebook.cells[0].outputs.append({"output_type": "stream", "name": "stderr", "text": "warning"})
        parts, others = collect(notebook, **ASKED)
        assert keys(parts) == ["", "b", "a"]
        assert others == 2

    def test_what_a_person_sees_is_cleaned(self) -> None:
        (only,), _ = collect(executed(bundle(record(), "<h3>A<script>x</script></h3>")), **ASKED)
        assert only.html == "<h3>A</h3>"

    def test_html_in_pieces_is_put_together(self) -> None:
        (only,), _ = collect(executed(bundle(record(), ["<p>A", "B</p>"])), **ASKED)  # type: ignore[arg-type]
        assert only.html == "<p>AB</p>"

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (
                {"region": "South"},
                "record in one, cell 2 is of region 'South', not 'North'; use the parameter region in the notebook",
            ),
            (
                {"period": "2025-05"},
                "record in one, cell 2 is of period '2025-05', not '2025-06'; use the parameter period in the notebook",
            ),
            (
                {"language": "zh"},
                "record in one, cell 2 is of language 'zh', not 'en'; use the parameter language in the notebook",
            ),
            (
                {"chapter": "churn"},
                "record in one, cell 2 is of chapter 'churn', not 'one'; use page.chapter(\"one\") in the notebook",
            ),
        ],
    )
    def test_a_notebook_that_does_not_use_its_parameters_is_refused(self, more: dict[str, str], said: str) -> None:
        notebook = executed(bundle(record(**more)))
        notebook.cells.insert(0, executed().cells[0])
        injected = executed().cells[0]
        injected.metadata["tags"] = ["injected-parameters"]
        notebook.cells.insert(1, injected)
        with pytest.raises(PrintError) as raised:
            collect(notebook, **ASKED)
        assert str(raised.value) == said

    def test_a_record_that_is_not_valid_is_named_by_its_place_without_its_data(self) -> None:
        with pytest.raises(PrintError) as raised:
            collect(executed(bundle(record(amount="ACME Corp 12345"))), **ASKED)
        assert str(raised.value) == (
            "record in one, cell 1 is not valid at 'amount': "
            "Input should be a valid number, unable to parse string as a number"
        )


class TestFollow:
    @pytest.mark.parametrize(
        ("before", "state", "since"),
        [
            (None, "first", "2025-06"),
            ({}, "new", "2025-06"),
            ({"one/lost": {"amount": None, "since": "2025-03"}}, "new", "2025-06"),
            ({"one/lost": {"amount": 100.0, "since": "2025-03"}}, "same", "2025-03"),
            ({"one/lost": {"amount": 91.0, "since": "2025-03"}}, "same", "2025-03"),
            ({"one/lost": {"amount": 110.0, "since": "2025-03"}}, "same", "2025-03"),
            ({"one/lost": {"amount": 90.0, "since": "2025-03"}}, "worse", "2025-03"),
            ({"one/lost": {"amount": 112.0, "since": "2025-03"}}, "better", "2025-03"),
            ({"one/lost": {"amount": 100.0, "since": ""}}, "same", "2025-06"),
        ],
    )
    def test_a_finding_with_money_is_compared_with_the_report_before(
        self, before: dict[str, Any] | None, state: str, since: str
    ) -> None:
        (one,) = follow([part(amount=100.0)], before, change=0.1)
        assert (one.state, one.since) == (state, since)

    @pytest.mark.parametrize(
        "other",
        [
            part(amount=None),
            part(amount=0.0),
            part(amount=5.0, layout="line", material=False),
            part(kind="figure", value=3.0),
        ],
        ids=["fact", "no money", "line", "figure"],
    )
    def test_what_has_no_money_at_stake_has_no_state(self, other: Part) -> None:
        assert follow([other], None, change=0.1) == [other]

    def test_a_finding_is_followed_over_three_reports(self) -> None:
        """100 in April, 105 in May (same), 130 in June (worse, 130 / 105 = 1.24), gone in July."""
        april = follow([part(amount=100.0, period="2025-04")], None, change=0.1)
        may = follow([part(amount=105.0, period="2025-05")], _remembered(april), change=0.1)
        june = follow([part(amount=130.0, period="2025-06")], _remembered(may), change=0.1)
        july = follow([part(amount=None, period="2025-07")], _remembered(june), change=0.1)
        told = [(one.state, one.since, one.layout) for (one,) in (april, may, june, july)]
        assert told == [
            ("first", "2025-04", "section"),
            ("same", "2025-04", "line"),
            ("worse", "2025-04", "section"),
            ("", "", "section"),
        ]
        assert closed(july, _remembered(june)) == ["Title of lost"]
        assert closed(june, _remembered(may)) == []

    def test_what_had_no_money_before_is_not_closed(self) -> None:
        assert closed([], {"one/lost": {"title": "T", "amount": None}}) == []
        assert closed([], None) == []


class TestInOrder:
    def test_money_then_facts_then_what_is_known_then_nothing_to_report(self) -> None:
        parts = [
            part("nothing", layout="line", material=False),
            part("fact 1"),
            replace(part("same", amount=900.0), state="same"),
            part("small", amount=10.0),
            part("figure", kind="figure"),
            part("fact 2"),
            part("silent", layout="silent", material=False),
            part("brief", layout="line"),
            part("large", amount=500.0),
            part("opportunity", amount=50.0, nature="opportunity"),
        ]
        assert keys(in_order(parts)) == [
            "large", "opportunity", "small", "fact 1", "fact 2", "same", "brief", "nothing", "silent",
        ]  # fmt: skip

    def test_what_leads_a_chapter_opens_it_in_full_whatever_its_amount(self) -> None:
        before = {"one/large": {"amount": 400.0}, "one/answer": {"amount": 9.0, "since": "2025-03"}}
        parts = follow([part("large", amount=500.0), part("answer", amount=9.0, leads=True)], before, change=0.1)
        assert keys(in_order(parts)) == ["answer", "large"]
        assert [one.layout for one in in_order(parts)] == ["section", "section"]

    def test_what_led_a_chapter_is_not_closed_beside_its_findings(self) -> None:
        told = _remembered([part("large", amount=500.0), part("answer", amount=500.0, leads=True)])
        assert closed([], told) == ["Title of large"]

    def test_a_lead_with_nothing_to_say_is_a_line_like_others(self) -> None:
        parts = [part("answer", layout="line", material=False, leads=True), part("fact")]
        assert keys(in_order(parts)) == ["fact", "answer"]


class TestRanked:
    def test_what_leads_a_chapter_leaves_the_cover_to_its_findings(self) -> None:
        parts = part("answer", amount=500.0, leads=True), part("attack", amount=500.0), part("fact", leads=True)
        assert on_cover(*parts) == [("attack", 500.0, 0)]

    def test_realised_and_at_risk_are_ranked_together(self) -> None:
        ranking = on_cover(
            part("risk", amount=200.0),
            part("lost", amount=300.0, nature="realised"),
            part("gain", amount=250.0, nature="opportunity"),
        )
        assert ranking == [("lost", 300.0, 0), ("gain", 250.0, 0), ("risk", 200.0, 0)]

    def test_at_most_two_opportunities_are_shown(self) -> None:
        gains = [part(f"gain {n}", amount=100.0 * n, nature="opportunity") for n in range(1, 5)]
        assert on_cover(part("risk", amount=50.0), *gains) == [
            ("gain 4", 400.0, 0),
            ("gain 3", 300.0, 0),
            ("risk", 50.0, 0),
        ]

    def test_an_account_counts_once_under_its_largest_finding(self) -> None:
        """Account a: 60 of the 100 at risk and 80 of the 90 lost, so 90 lost and 40 at risk remain."""
        risk = part("risk", amount=100.0, accounts=[account("a", 60.0), account("b", 40.0)])
        lost = part("lost", amount=90.0, nature="realised", accounts=[account("a", 80.0), account("c", 10.0)])
        assert on_cover(risk, lost) == [("lost", 90.0, 0), ("risk", 40.0, 1)]

    def test_an_account_is_not_lost_under_an_opportunity_that_is_not_shown(self) -> None:
        """Account b has 60 under the third opportunity, which is left out: its 50 at risk stay."""
        gains = [part(f"gain {n}", amount=100.0 * n, nature="opportunity") for n in (8, 9)]
        third = part("third", amount=60.0, nature="opportunity", accounts=[account("b", 60.0)])
        risk = part("risk", amount=50.0, accounts=[account("b", 50.0)])
        assert on_cover(*gains, third, risk) == [("gain 9", 900.0, 0), ("gain 8", 800.0, 0), ("risk", 50.0, 0)]

    def test_a_gain_of_an_account_takes_nothing_from_its_only_finding(self) -> None:
        """Account a moved by -30: the finding keeps its 70."""
        risk = part("risk", amount=70.0, accounts=[account("a", -30.0), account("b", 100.0)])
        assert on_cover(risk) == [("risk", 70.0, 0)]

    def test_an_account_without_an_amount_is_named_but_takes_nothing(self) -> None:
        one = part("one", amount=70.0, accounts=[account("a", 70.0)])
        two = part("two", amount=50.0, accounts=[account("a"), account("b", 50.0)])
        assert on_cover(one, two) == [("one", 70.0, 0), ("two", 50.0, 1)]

    def test_seven_findings_at_most_with_facts_where_there_is_room(self) -> None:
        money = [part(f"risk {n}", amount=100.0 + n) for n in range(9)]
        facts = [part(f"fact {n}") for n in range(5)]
        assert [key for key, *_ in on_cover(*money, *facts)] == [f"risk {n}" for n in range(8, 1, -1)]
        assert [key for key, *_ in on_cover(*money[:5], *facts)] == [
            "risk 4", "risk 3", "risk 2", "risk 1", "risk 0", "fact 0", "fact 1",
        ]  # fmt: skip
        assert [key for key, *_ in on_cover(*facts)] == ["fact 0", "fact 1", "fact 2"]

    def test_a_finding_that_stands_as_it_stood_stays_on_the_cover(self) -> None:
        assert on_cover(replace(part("risk", amount=100.0), state="same", since="2025-01")) == [("risk", 100.0, 0)]

    def test_cover_basis_and_lines_do_not_rank(self) -> None:
        assert not on_cover(
            part("actions", chapter="cover"),
            part("late", chapter="cover", amount=9.0),
            part("rules", chapter="basis"),
            part("quiet", layout="line", material=False),
            part("revenue", kind="figure"),
        )

    @given(st.lists(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 999)), max_size=4), max_size=9))
    def test_every_account_counts_exactly_once(self, findings: list[list[tuple[str, int]]]) -> None:
        """The amounts of all findings together are the largest amount of each account."""
        parts = []
        for number, told in enumerate(findings):
            own = dict(told)
            accounts = [account(name, float(amount)) for name, amount in own.items()]
            if own:
                parts.append(part(f"risk {number}", amount=float(sum(own.values())), accounts=accounts))
        largest: dict[str, int] = {}
        for told in findings:
            for name, amount in dict(told).items():
                largest[name] = max(amount, largest.get(name, 0))
        if len(parts) <= 7:
            assert sum(amount or 0.0 for _, amount, _ in on_cover(*parts)) == pytest.approx(sum(largest.values()))


def test_what_a_notebook_displays_for_the_press_is_what_was_asked() -> None:
    """The desk's own cells take region, period and language from the parameters, as `Page` does."""
    shown: list[dict[str, Any]] = []
    names = {"region": "South", "period": "2025-05", "language": "zh"}
    source = shows(bundle(record()), {"text/plain": "x"}).replace("from IPython.display import display", "")
    exec(source, {**names, "display": lambda one, raw: shown.append(one)})
    assert {name: shown[0]["application/vnd.kamreport+json"][name] for name in names} == names
