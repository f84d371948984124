"""The environment of every test: no screen, no colour, the same examples each time."""

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.support import made_once, old_click

os.environ["MPLBACKEND"] = "Agg"
# A curve from an earlier run would hide what is tested; tests/cache says otherwise for itself.
os.environ["LRPLAN_NO_CACHE"] = "1"
# Two workers with a pool of threads each would fight for the processors.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What else a terminal, a CI or a user may have set for lrplan, Typer, rich, matplotlib or Python.
_SETTINGS = (
    *("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "NO_COLOR", "COLORTERM", "GITHUB_ACTIONS"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES", "TERM", "TERMINAL_WIDTH"),
    *("TYPER_USE_RICH", "_TYPER_FORCE_DISABLE_TERMINAL", "_TYPER_STANDARD_TRACEBACK"),
    *("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "_LRPLAN_COMPLETE"),
    *("MATPLOTLIBRC", "SOURCE_DATE_EPOCH"),
    *("PYTHONWARNINGS", "PYTHONIOENCODING", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED"),
    "PYTHONDONTWRITEBYTECODE",  # every worker, and every process of a test, would compile lrplan
)
for _name in [*os.environ]:
    if _name in _SETTINGS or _name.startswith(("LRPLAN_MAX_", "LRPLAN_CACHE_")):
        del os.environ[_name]

sys.dont_write_bytecode = False
old_click.adapt()
made_once.keep()

# A machine with other things to do is slow, and that is no fault of what is tested.
_ANY_SPEED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **_ANY_SPEED, derandomize=True, max_examples=50)
settings.register_profile("thorough", **_ANY_SPEED, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config):
    # pytest rewrites the asserts of every package that has a plugin for it. That takes seconds of
    # each worker, for 700 modules without one.
    hook = getattr(config.pluginmanager, "rewrite_hook", None)
    getattr(hook, "_must_rewrite", set()).discard("lrplan")
    getattr(hook, "_marked_for_rewrite_cache", {}).clear()


def pytest_addoption(parser):
    parser.addoption(
        "--golden-update", action="store_true", help="rewrite the expected output in tests/golden"
    )


def pytest_collection_modifyitems(items):
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if on_gpu and not _has_gpu():
        for item in on_gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA or MPS device"))


def pytest_collection_finish():
    # Modules and thousands of tests stay to the end: a tenth of the time went into visiting them.
    gc.freeze()


def _has_gpu():
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()
