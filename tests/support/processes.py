"""Programs that are run by Python, and by ``lrplan record``, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.timeouts import HANG

ROOT = Path(__file__).parents[2]


def python(folder, *words, **options):
    """Run Python with ``words`` in ``folder``; return what came of it."""
    path = os.pathsep.join([str(ROOT), *options.pop("path", [])])
    environment = {**os.environ, "PYTHONPATH": path, **options.pop("environment", {})}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANG,
        **options,
    )


def recorded(folder, *words, **options):
    """Run ``lrplan record`` with ``words`` in ``folder``."""
    return python(folder, "-m", "lrplan", "record", *words, **options)
