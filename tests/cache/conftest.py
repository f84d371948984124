"""A cache of its own for every test."""

import pytest


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The folder of curves: not there yet."""
    monkeypatch.delenv("LRPLAN_NO_CACHE", raising=False)
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "curves"
