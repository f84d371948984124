"""Live torch objects of a plan: a real optimizer and the real schedulers that drive it."""

from __future__ import annotations

from lrplan.torch_objects.import_torch import import_torch

import_torch()
