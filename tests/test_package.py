"""The package says what it is, and carries what it needs."""

import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

import lrplan
from tests.support import linked_packages
from tests.timeouts import HANG

REPOSITORY = Path(__file__).parents[1]

MACHINE_PATH = re.compile(r"(?<![\w.~:/-])(?:/(?:home|Users|root|work|mnt)/\w|[A-Z]:\\Users\\\w)")


def tracked():
    """Files of the repository, those about to be added included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [REPOSITORY / name for name in listing.stdout.split("\0") if name]


def pins(name):
    """The releases that a constraints file pins, by package."""
    lines = (REPOSITORY / name).read_text("utf-8").splitlines()
    return dict(re.findall(r"^([\w-]+)==([^\s;]+)", "\n".join(lines).lower(), re.MULTILINE))


def padded(version):
    return [*version.split("."), "0", "0"][:3]


def texts():
    for path in filter(Path.is_file, tracked()):
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(REPOSITORY).as_posix(), content.decode("utf-8")


def test_the_installed_version_is_the_one_in_the_code():
    assert lrplan.__version__ == metadata.version("lrplan")


def test_the_changelog_knows_the_version():
    text = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(lrplan.__version__)}\]", text, re.MULTILINE)


def test_the_types_are_published():
    assert resources.files("lrplan").joinpath("py.typed").is_file()


def test_the_command_is_the_same_function_as_the_module_runs():
    (entry,) = metadata.entry_points(group="console_scripts", name="lrplan")
    assert entry.value == "lrplan.__main__:main"
    assert callable(entry.load())


def test_python_m_lrplan_runs_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "lrplan", "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert lrplan.__version__ in done.stdout


def test_every_dependency_has_a_tested_version():
    files = ("constraints.txt", "constraints-peers.txt", "constraints-fuzz.txt")
    pinned = {name for file in files for name in pins(file)}
    needed = {re.match(r"[\w-]+", line)[0].lower() for line in metadata.requires("lrplan")}
    assert needed - pinned - {"lrplan"} == set()


def test_what_a_package_asks_for_is_linked_with_what_that_asks_for_in_turn():
    wanted = ["pytest", "numpy; extra == 'arrays'", "numpy; python_version < '3'"]
    found = linked_packages.needed(wanted, {})
    assert {"pytest", "pluggy", "iniconfig"} <= set(found)
    assert "numpy" not in found


def test_the_oldest_releases_that_are_tested_are_the_least_that_are_asked_for():
    text = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    listed = text.partition("\ndependencies = [\n")[2].partition("\n]")[0]
    least = dict(re.findall(r'"([\w-]+)>=([\d.]+)', listed))
    oldest = pins("constraints-oldest.txt")
    assert len(least) == len(listed.splitlines())
    assert set(oldest) == set(least)
    for name, version in oldest.items():
        assert padded(version) == padded(least[name]), name


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="not a checkout")
def test_no_file_names_a_place_on_somebodys_machine():
    found = {
        name: match[0] for name, text in texts() for match in [MACHINE_PATH.search(text)] if match
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("open('{}home/ann/x')", True, id="linux"),
        pytest.param("{}Users/ann", True, id="mac"),
        pytest.param("C:" + chr(92).join(["", "Users", "ann"]), True, id="windows"),
        pytest.param("https://example.org{}home/x", False, id="address"),
        pytest.param("docs{}work/x", False, id="relative"),
    ],
)
def test_a_machine_path_is_recognized(text, expected):
    assert bool(MACHINE_PATH.search(text.replace("{}", "/"))) is expected
