"""The device of the parameters, by its name on the command line."""

from __future__ import annotations

import torch

from lrplan.errors import UsageError


def resolve_device(name: str) -> torch.device:
    """The device called ``name``: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

    ``auto`` is the first accelerator of this machine, else the CPU.

    Raises:
        UsageError: lrplan does not run on that kind of device, or this machine has none.
    """
    if name == "auto":
        return torch.device(_best_device())
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise UsageError(f"`{name}` is not a device; use cpu, cuda, cuda:N, mps or auto")
    if not _is_available(device):
        raise UsageError(f"there is no device `{name}` here; {_available_devices()}")
    return device


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_available(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or torch.backends.mps.is_available()


def _available_devices() -> str:
    names = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    return f"torch {torch.__version__} sees {', '.join(names)}"
