"""Every test is collected: no folder is hidden, no file misnamed, none left out without need."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = [path for path in sorted(TESTS.rglob("*.py")) if "__pycache__" not in path.parts]
PINS = (TESTS.parent / "constraints-peers.txt").read_text("utf-8").splitlines()
"""The packages that tests may do without."""


def is_ignored(config, path):
    """Return True if pytest ignores ``path``, by its settings or by a conftest."""
    return config.hook.pytest_ignore_collect(collection_path=path, config=config)


@cache
def has_tests(path):
    """Return True if pytest would find a test in the file."""
    return any(is_test(node) for node in ast.parse(path.read_bytes()).body)


def is_test(node):
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") and any(map(is_test, node.body))
    is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return is_function and node.name.startswith("test")


def wanted_packages(path):
    """The literal arguments of ``pytest.importorskip`` in the file."""
    return re.findall(r"""importorskip\(\s*["']([\w.]+)["']""", path.read_text("utf-8"))


def could_be_imported(name):
    """Return True if there is a module of that name, without importing the packages above it."""
    top, *rest = name.split(".")
    found = find_spec(top)
    if found is None or not rest:
        return found is not None
    places = [Path(place, *rest) for place in found.submodule_search_locations or ()]
    return any(place.is_dir() or place.with_suffix(".py").exists() for place in places)


def test_no_folder_and_no_file_is_hidden(pytestconfig):
    # Not pytest's own default, which takes a folder called build for something made.
    folders = {parent for path in FILES for parent in path.parents if TESTS in parent.parents}
    assert len(folders) > 10
    assert [path for path in (*folders, *FILES) if is_ignored(pytestconfig, path)] == []


def test_every_file_with_tests_has_the_name_of_one(pytestconfig):
    patterns = pytestconfig.getini("python_files")
    misnamed = [
        path.relative_to(TESTS).as_posix()
        for path in FILES
        if has_tests(path) and not any(path.match(pattern) for pattern in patterns)
    ]
    assert misnamed == []


def test_every_file_with_the_name_of_one_has_tests():
    assert [path.name for path in FILES if path.match("test_*.py") and not has_tests(path)] == []


def test_the_tests_are_where_pytest_looks(pytestconfig):
    assert pytestconfig.getini("testpaths") == [TESTS.name]


def test_a_file_is_skipped_only_where_a_package_is_missing():
    peers = {line.partition("=")[0].replace("-", "_") for line in PINS}
    known = {*peers, "torch", "ignite", "pandas"}  # ignite is in pytorch-ignite
    wanted = [(path.name, name) for path in FILES for name in wanted_packages(path)]
    assert len(wanted) > 10
    assert [each for each in wanted if each[1].partition(".")[0] not in known] == []
    there = [each for each in wanted if find_spec(each[1].partition(".")[0])]
    assert [each for each in there if not could_be_imported(each[1])] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_it(): pass", True),
        ("async def test_it(): pass", True),
        ("class TestIt:\n    def test_it(self): pass", True),
        ("def check(): pass", False),
        ("class TestRun:\n    def run(self): pass", False),
        ("def f():\n    def test_inner(): pass", False),
    ],
)
def test_a_test_is_recognised(tmp_path, text, expected):
    (tmp_path / "x.py").write_text(text)
    assert has_tests(tmp_path / "x.py") is expected


def test_a_folder_that_is_hidden_is_seen(pytestconfig, monkeypatch):
    monkeypatch.setitem(pytestconfig._inicache, "norecursedirs", ["export"])
    assert is_ignored(pytestconfig, TESTS / "export")
    assert not is_ignored(pytestconfig, TESTS / "cache")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("json.decoder", True), ("json.nothing", False), ("json", True), ("no_such_package", False)],
)
def test_a_module_is_looked_up_without_being_imported(name, expected):
    assert could_be_imported(name) is expected
