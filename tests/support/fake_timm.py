"""A package that calls itself timm, of a release that lrplan does not know."""

import importlib
import sys
from contextlib import contextmanager

from lrplan.torch_objects.adapters import timm as adapter
from tests.support import rule_runs

RELEASE = "99.1"
_SOURCE = """
import math

class CosineLRScheduler:
    def __init__(self, optimizer, t_initial, lr_min=0.0):
        self.optimizer, self.length, self.floor = optimizer, t_initial, lr_min
        self.bases = [group["lr"] for group in optimizer.param_groups]

    def step(self, epoch, metric=None):
        share = 0.5 * (1 + math.cos(math.pi * min(epoch + {ahead}, self.length) / self.length))
        for group, base in zip(self.optimizer.param_groups, self.bases):
            group["lr"] = self.floor + (base - self.floor) * share

    def step_update(self, num_updates, metric=None):
        pass
"""


@contextmanager
def fake_timm(folder, ahead=1):
    """``import timm`` finds a package in ``folder``, whose cosine is so many epochs ahead."""
    (folder / "timm" / "scheduler").mkdir(parents=True)
    (folder / "timm" / "__init__.py").write_text("", "utf-8")
    source = _SOURCE.format(ahead=ahead)
    (folder / "timm" / "scheduler" / "__init__.py").write_text(source, "utf-8")
    metadata = folder / f"timm-{RELEASE}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: timm\nVersion: {RELEASE}\n", "utf-8")
    sys.path.insert(0, str(folder))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _forget()


def _forget():
    importlib.invalidate_caches()
    adapter._package.cache_clear()
    # What is installed is no part of the texts whose findings are remembered.
    rule_runs._findings.cache_clear()
