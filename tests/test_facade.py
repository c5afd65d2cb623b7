"""What a notebook types: every name of `kam` can be had, and a wrong one is said to be wrong."""

import inspect

import pytest

import kamreport as kam


@pytest.mark.parametrize("name", kam.__all__)
def test_every_name_can_be_got_and_explains_itself(name: str) -> None:
    value = getattr(kam, name)
    assert callable(value)
    assert inspect.getdoc(value), f"kam.{name} has no docstring"
    assert value.__module__.startswith("kamreport.")


def test_a_name_is_the_one_of_its_module_and_is_kept() -> None:
    from kamreport.analysis.intervals import wilson_interval

    assert kam.wilson_interval is wilson_interval
    assert vars(kam)["wilson_interval"] is wilson_interval


def test_names_are_sorted_and_unique() -> None:
    assert kam.__all__ == sorted(set(kam.__all__))


def test_dir_lists_the_names_and_the_version() -> None:
    assert dir(kam) == sorted([*kam.__all__, "__version__"])


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as error:
        kam.open_bok  # noqa: B018 - the access is the test
    assert str(error.value) == "module 'kamreport' has no attribute 'open_bok'"


def test_an_unknown_name_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'whale' from 'kamreport'"):
        from kamreport import whale  # noqa: F401


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert kam.__version__ == version("kamreport")


def test_every_section_builder_can_be_typed() -> None:
    """A builder that a notebook cannot name is dead; the cover's headlines count as builders."""
    from importlib import import_module
    from pkgutil import iter_modules

    import kamreport.present.sections as sections

    modules = [import_module(f"{sections.__name__}.{found.name}") for found in iter_modules(sections.__path__)]
    builders = {name for module in modules for name in module.__all__ if name.endswith(("_section", "_headline"))}
    assert len(builders) > 40
    assert builders - set(kam.__all__) == set()
