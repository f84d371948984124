"""Two versions of one spec: what ``compare``, the lock's difference and ``lock --check`` say."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest
import torch

from lrplan._version import __version__
from lrplan.lock import lock_path
from tests.commands.comparing import run_compare, run_lock

HERE = Path(__file__).parent
CASES = sorted(path.name.removesuffix(".before.yaml") for path in HERE.glob("*.before.yaml"))


def told(folder):
    """Everything about the change from ``before.yaml`` to ``after.yaml`` in ``folder``."""
    compared = run_compare("before.yaml", "after.yaml")
    assert (compared.errors, run_lock("before.yaml").status, run_lock("after.yaml").status) == (
        "",
        0,
        0,
    )
    before, after = (lock_path(folder / f"{name}.yaml").read_text() for name in ("before", "after"))
    difference = difflib.unified_diff(
        before.splitlines(),
        after.splitlines(),
        "before.lrplan.lock",
        "after.lrplan.lock",
        "",
        "",
        2,
    )
    shutil.copy(lock_path("before.yaml"), lock_path("after.yaml"))
    checked = run_lock("after.yaml", check=True)
    parts = [
        f"$ lrplan compare before.yaml after.yaml  # status {compared.status}",
        compared.text,
        "$ diff before.lrplan.lock after.lrplan.lock",
        *(line.rstrip() for line in difference),
        "",
        f"$ lrplan lock --check after.yaml  # status {checked.status}, with the lock of before",
        checked.text,
    ]
    text = "\n".join(parts).rstrip() + "\n"
    return text.replace(torch.__version__, "TORCH").replace(f'"{__version__}"', '"LRPLAN"')


@pytest.mark.pinned  # rich 13 draws rules a column wider
@pytest.mark.parametrize("name", CASES)
def test_two_versions(name, request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for version in ("before", "after"):
        shutil.copy(HERE / f"{name}.{version}.yaml", tmp_path / f"{version}.yaml")
    text, expected = told(tmp_path), HERE / f"{name}.out"
    if request.config.getoption("--golden-update"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
