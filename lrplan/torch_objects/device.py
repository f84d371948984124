"""Where parameters live."""

from __future__ import annotations

import torch

from lrplan.errors import UsageError


def resolve_device(name: str) -> torch.device:
    """The device called ``name``: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

    ``auto`` takes the first accelerator that is there, else the CPU.

    Raises:
        UsageError: no such kind of device, or none here.
    """
    if name == "auto":
        return torch.device(_best())
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise UsageError(f"`{name}` is not a device; use cpu, cuda, cuda:N, mps or auto")
    if not _is_there(device):
        raise UsageError(f"there is no device `{name}` here; {_what_is_there()}")
    return device


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_there(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or torch.backends.mps.is_available()


def _what_is_there() -> str:
    found = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return f"torch {torch.__version__} sees {', '.join(found)}"
