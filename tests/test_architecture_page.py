"""The page about the architecture names files, folders and classes that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
TOPS = ("lrplan", "tests", "docs", "benchmarks", "fuzz", "gallery")
PATHS = [path for top in TOPS for path in (ROOT / top).rglob("*")]
SOURCES = [path for path in PATHS if path.suffix == ".py"]
QUOTED = set(re.findall(r"`([^`\n]+)`", PAGE))
FILE = re.compile(r"[\w/]+\.py")
FOLDER = re.compile(r"(?:\w+/)+")
CLASS = re.compile(r"(?:\w+\.)?([A-Z][a-z]+(?:[A-Z][a-z]*)+)")
"""Words such as ``TrainingLoop``, also ``comparison.RunCurves``."""
OF_USERS = {"train.py"}
"""Files that are not lrplan's."""


def test_files_exist():
    paths = [f"/{path.relative_to(ROOT).as_posix()}" for path in SOURCES]
    named = {each for each in QUOTED if FILE.fullmatch(each)} - OF_USERS
    assert len(named) > 50
    missing = {each for each in named if not any(path.endswith(f"/{each}") for path in paths)}
    assert missing == set()


def test_folders_exist():
    folders = [f"/{path.relative_to(ROOT).as_posix()}/" for path in PATHS if path.is_dir()]
    named = {each for each in QUOTED if FOLDER.fullmatch(each)}
    assert len(named) > 20
    missing = {each for each in named if not any(f"/{each}" in folder for folder in folders)}
    assert missing == set()


def test_classes_exist():
    text = "\n".join(path.read_text("utf-8") for path in SOURCES)
    named = {match[1] for each in QUOTED if (match := CLASS.fullmatch(each))}
    assert len(named) > 10
    assert {each for each in named if not re.search(rf"\b{each}\b", text)} == set()
