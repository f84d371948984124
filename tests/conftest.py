"""What every test starts from: no screen, no colour, the same examples each time."""

import os

import pytest
from hypothesis import settings

from tests import old_click

os.environ["MPLBACKEND"] = "Agg"
# A curve from an earlier run would hide what is tested; tests/cache says otherwise for itself.
os.environ["LRPLAN_NO_CACHE"] = "1"
# Two workers with a pool of threads each would fight for the processors.
os.environ.setdefault("OMP_NUM_THREADS", "1")
for _name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "TTY_COMPATIBLE", "COLUMNS", "LINES"):
    os.environ.pop(_name, None)

old_click.adapt()

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser):
    parser.addoption(
        "--golden-update", action="store_true", help="rewrite the expected output in tests/golden"
    )


def pytest_collection_modifyitems(items):
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if on_gpu and not _has_gpu():
        for item in on_gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA or MPS device"))


def _has_gpu():
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()
