"""A package that is loaded late is loaded once."""

import sys

import pytest

from lrplan.cli.deferred_import import defer

LOADED = []


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The name of a package that has not been imported, and counts how often its code runs."""
    (tmp_path / "late_package.py").write_text(
        f"from {__name__} import LOADED\nLOADED.append(1)\nx = 7\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    LOADED.clear()
    yield "late_package"
    sys.modules.pop("late_package", None)


def test_it_is_loaded_when_something_of_it_is_read(package):
    defer(package)
    module = sys.modules[package]
    assert LOADED == []
    assert (module.x, module.x, LOADED) == (7, 7, [1])


def test_what_a_program_has_loaded_meanwhile_is_taken(package):
    """``lrplan record`` takes the placeholder away for the program, which imports the package."""
    defer(package)
    placeholder = sys.modules.pop(package)
    real = __import__(package)
    assert (placeholder.x, real.x, LOADED) == (7, 7, [1])
    assert sys.modules[package] is real
