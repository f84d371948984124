"""A gradient scaler that skips the optimizer steps it is told to skip."""

from __future__ import annotations


class Scaler:
    """Stands in for ``torch.amp.GradScaler``; keeps the rate at every attempted step."""

    def __init__(self, skipped):
        self.skipped = set(skipped)
        self.rows = []

    def scale(self, loss):
        return loss

    def unscale_(self, optimizer):
        """Nothing was scaled."""

    def step(self, optimizer, *args, **kwargs):
        self.rows.append([group["lr"] for group in optimizer.param_groups])
        if len(self.rows) - 1 not in self.skipped:
            return optimizer.step(*args, **kwargs)
        return None

    def update(self):
        """The scale stays as it is."""
