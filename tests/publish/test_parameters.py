"""Parameters: only what the notebook declares, only what papermill hands over unchanged."""

import ast
import json
import keyword
import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import PythonTranslator

from kamreport.errors import UsageError
from kamreport.publish.parameters import Declared, check_values, declared_parameters, parse_value
from tests.publish.desk import PARAMETERS, write_notebook

DECLARED = {name: Declared(name, "str", "") for name in ("region", "period", "language")}

# No surrogates: what cannot be written as UTF-8 cannot be stored in a notebook.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_what_is_allowed_comes_out_of_papermill_as_it_went_in(value: Any) -> None:
    check_values({"region": value}, DECLARED, notebook="churn.ipynb")
    back = ast.literal_eval(PythonTranslator.translate(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        Path('/x"+str(6*7)+"y'),
        Decimal("1.5"),
        date(2025, 6, 1),
        np.int64(3),
        np.float64(1.5),
        np.bool_(True),
        np.str_("North"),
        (1, 2),
        {1, 2},
        b"North",
        math.inf,
        -math.inf,
        math.nan,
        [Decimal(1)],
        {"a": [math.nan]},
        {1: "a"},
        "lone \ud800 surrogate",
        {"\udcff": 1},
    ],
    ids=repr,
)
def test_what_papermill_would_turn_into_something_else_is_refused(value: object) -> None:
    with pytest.raises(UsageError) as raised:
        check_values({"region": value}, DECLARED, notebook="churn.ipynb")
    assert str(raised.value) == (
        f"parameter region is a {type(value).__name__} that cannot be stored as it is; give text, "
        "an int, a finite float, a bool, None, or lists and dicts of these"
    )


@pytest.mark.parametrize(
    "name", ["x=1;import os", "a b", "", "1st", "region\n", "__import__('os')", *keyword.kwlist[:5]]
)
def test_a_name_that_would_become_code_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_values({name: 1}, {name: Declared(name, "int", 0)}, notebook="churn.ipynb")
    assert str(raised.value) == f"parameter name {name!r} is not a Python name"


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError) as raised:
        check_values({"regoin": "North"}, DECLARED, notebook="churn.ipynb")
    assert str(raised.value) == (
        "parameter 'regoin' is not in churn.ipynb's parameters cell; did you mean 'region'? "
        "Known: language, period, region"
    )
    assert raised.value.exit_status == 2


@pytest.mark.parametrize(
    "name",
    [
        "smtp_password",
        "api_key",
        "APIKEY",
        "access_key",
        "private_key",
        "client_secret",
        "token",
        "db_pwd",
        "credentials",
    ],
)
def test_a_secret_is_refused_even_where_it_is_declared(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_values({name: "x"}, {name: Declared(name, "str", "")}, notebook="churn.ipynb")
    assert str(raised.value) == (
        f"parameter '{name}' looks like a secret, which would be stored in the notebook; use the environment"
    )


@pytest.mark.parametrize("name", ["key_accounts", "top", "passes"])
def test_a_name_that_only_resembles_a_secret_is_not_refused(name: str) -> None:
    check_values({name: 1}, {name: Declared(name, "int", 0)}, notebook="churn.ipynb")


D24 = [
    ("007", "str", "007"),
    ("nan", "str", "nan"),
    ("None", "str", "None"),
    ("NO", "str", "NO"),
    ("true", "str", "true"),
    ("12:30:00", "str", "12:30:00"),
    ("1e5", "str", "1e5"),
    (" padded ", "str", " padded "),
    ("", "str", ""),
    ("华东", "str", "华东"),
    ("007", "int", 7),
    ("-3", "int", -3),
    ("7", "float", 7.0),
    ("1e5", "float", 1e5),
    ("true", "bool", True),
    ("False", "bool", False),
]


@pytest.mark.parametrize(("text", "kind", "value"), D24)
def test_a_value_of_the_command_line_is_read_by_the_declared_type(text: str, kind: str, value: object) -> None:
    read = parse_value(text, Declared("top", kind, None))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("many", "int", "an int"),
        ("1.5", "int", "an int"),
        ("", "int", "an int"),
        ("nan", "int", "an int"),
        ("much", "float", "a finite float"),
        ("nan", "float", "a finite float"),
        ("inf", "float", "a finite float"),
        ("1e400", "float", "a finite float"),
        ("NO", "bool", "true or false"),
        ("1", "bool", "true or false"),
        ("[1]", "list", "a value that the command line can give"),
        ("x", "str | None", "a value that the command line can give"),
        ("None", "NoneType", "a value that the command line can give"),
    ],
)
def test_a_value_of_another_type_is_refused(text: str, kind: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_value(text, Declared("top", kind, None))
    assert str(raised.value) == f"parameter top='{text}' is not {said}"


def test_parameters_are_read_with_their_types_and_defaults(tmp_path: Path) -> None:
    source = f'{PARAMETERS}  # a remark\ntop: int = -5\nshare = 0.5\nfamilies: list[str] = ["a"]\nnone = None'
    found = declared_parameters(write_notebook(tmp_path / "churn.ipynb", parameters=source))
    assert found["region"] == Declared("region", "str", "all")
    assert found["top"] == Declared("top", "int", -5)
    assert found["share"] == Declared("share", "float", 0.5)
    assert found["families"] == Declared("families", "list[str]", ["a"])
    assert found["none"] == Declared("none", "NoneType", None)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import os", "import os"),
        ("region: str", "region: str"),
        ("a = b = 1", "a = b = 1"),
        ("a, b = 1, 2", "a, b = (1, 2)"),
        ("x.y = 1", "x.y = 1"),
        ("ok = 1; print(1)", "print(1)"),
        ("top += 1", "top += 1"),
    ],
)
def test_a_line_that_is_no_parameter_is_refused(tmp_path: Path, source: str, line: str) -> None:
    with pytest.raises(UsageError) as raised:
        declared_parameters(write_notebook(tmp_path / "churn.ipynb", parameters=source))
    assert str(raised.value) == (
        f"churn.ipynb, parameters cell: '{line}' is not a parameter; write name: str = \"value\""
    )


@pytest.mark.parametrize("default", ["open('x')", "other", "{[]: 1}", "f'{1}'", "[x for x in y]", "lambda: 1"])
def test_a_default_that_must_be_computed_is_refused(tmp_path: Path, default: str) -> None:
    with pytest.raises(UsageError) as raised:
        declared_parameters(write_notebook(tmp_path / "churn.ipynb", parameters=f"region = {default}"))
    assert str(raised.value) == "churn.ipynb: the default of 'region' is not a plain value"


@pytest.mark.parametrize(("source", "line"), [("%time\nregion = 1", 1), ("ok = 1\nregion = = 2", 2)])
def test_a_line_that_is_not_python_is_named_by_its_number(tmp_path: Path, source: str, line: int) -> None:
    with pytest.raises(UsageError) as raised:
        declared_parameters(write_notebook(tmp_path / "churn.ipynb", parameters=source))
    assert str(raised.value) == f"churn.ipynb, parameters cell, line {line}: invalid syntax"


@pytest.mark.parametrize("count", [0, 2])
def test_a_notebook_has_exactly_one_parameters_cell(tmp_path: Path, count: int) -> None:
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["region = 1"], "outputs": []}
    file = tmp_path / "churn.ipynb"
    file.write_text(json.dumps({"cells": [cell] * count, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    with pytest.raises(UsageError) as raised:
        declared_parameters(file)
    assert str(raised.value) == (
        f"churn.ipynb has {count} cells tagged 'parameters'; tag one, with region, period and language"
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"[]", b"3", b"{}", b'{"cells": 3}', b'{"cells": [3]}', b'{"cells": [{}]}', b"\xff\xfe\x00"],
)
def test_what_is_no_notebook_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "churn.ipynb"
    file.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        declared_parameters(file)
    assert str(raised.value) == "churn.ipynb is not a notebook; mend or replace it"


def test_a_notebook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        declared_parameters(tmp_path / "churn.ipynb")
    assert str(raised.value) == "churn.ipynb is not a notebook; mend or replace it"
