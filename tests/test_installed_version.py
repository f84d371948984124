"""The version of an installed package is the one that its metadata begins with."""

from importlib.metadata import PackageNotFoundError, distributions, version
from types import SimpleNamespace

import pytest

from lrplan.installed_version import installed_version, version_of


def test_it_is_what_the_standard_library_says():
    names = {each.name for each in distributions()}
    assert {"torch", "numpy", "typer"} <= names
    wrong = {name for name in names if installed_version(name) != version(name)}
    assert wrong == set()


def test_a_package_that_is_missing_has_none():
    with pytest.raises(PackageNotFoundError):
        installed_version("no-such-package")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("Metadata-Version: 2.1\nName: a\nVersion: 1.2\n\nVersion: 9\n", "1.2"),
        ("Name: a\r\nVersion:  1.2rc1 \r\n", "1.2rc1"),
        ("Name: a\n", "0"),
        (None, "0"),
    ],
)
def test_the_header_comes_first(metadata, expected):
    package = SimpleNamespace(read_text={"METADATA": metadata}.get, version="0")
    assert version_of(package) == expected
