"""What the measurements were made on."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("lrplan", "torch", "numpy", "matplotlib", "rich", "pydantic"),
    *("pytorch-ignite", "mmengine", "skorch"),
)


def described() -> list[tuple[str, str]]:
    """Names and values, for a table."""
    found = [
        ("date", datetime.now(tz=timezone.utc).date().isoformat()),
        ("processor", processor()),
        ("cores", str(cores())),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("Python", platform.python_version()),
    ]
    return found + [(name, installed(name)) for name in PACKAGES]


def processor() -> str:
    """Its model, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def installed(package: str) -> str:
    """The version of ``package``, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
