"""The learning-rate rules of each Ultralytics release, and the releases that fit a file.

Read from ``engine/trainer.py`` of the wheels, and found between neighbouring releases by bisection.
``tests/importers/test_ultralytics.py`` has what their own code does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Release: TypeAlias = tuple[int, ...]

OLDEST: Release = (8, 0, 40)
NEWEST: Release = (8, 4, 190)
"""The releases between which the rules were looked up."""
_FULL = 80
"""Keys of a file that has all of them, as every ``args.yaml`` that the trainer writes."""


class Choice(NamedTuple):
    """The choice of ``optimizer: auto``."""

    optimizer: str
    lr: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a release.

    Args:
        first: the release that began it.
        until: the first release that no longer did it; empty: the newest does.
    """

    first: Release
    until: Release

    @property
    def ticks_late(self) -> bool:
        """Epoch e runs with the rate of epoch e - 1 once the warm-up is over."""
        return self.first < (8, 1, 42)

    @property
    def has_own_first(self) -> bool:
        """``warmup_bias_lr`` is for the first group, whichever that is, and not for the biases."""
        return self.first < (8, 4, 3)

    @property
    def bias_last(self) -> bool:
        """The groups are weight, bn, bias; before, bias, weight, bn."""
        return self.first >= (8, 4, 0)

    @property
    def ends_at(self) -> Literal["last", "after"]:
        """The batch that reaches the full rate: the warm-up's last one, or the one after it."""
        return "after" if (8, 4, 103) <= self.first < (8, 4, 183) else "last"

    @property
    def caps_windows(self) -> bool:
        """No window is longer than the run."""
        return self.first >= (8, 4, 177)

    @property
    def ramps_to_whole(self) -> bool:
        """Accumulation grows to the window's length, and not to ``nbs / batch``."""
        return self.first >= (8, 4, 183)

    def warmup_batches(self, warmup_epochs: float, epochs: int, batches: int) -> int:
        """The batches of the warm-up, from ``batches`` of an epoch; 0: there is none."""
        if self.first >= (8, 4, 103):
            within = min(warmup_epochs, max(epochs - 1, 0))
            return round(within * batches) if within > 0 else 0
        if warmup_epochs <= 0 and self.first >= (8, 0, 119):
            return 0
        return max(round(warmup_epochs * batches), 100)

    def auto(self, *, is_long: bool, nc: int) -> Choice:
        """The choice of ``optimizer: auto``; ``is_long``: more updates than ``long_run``."""
        fitted = round(0.002 * 5 / (4 + nc), 6)
        if self.first < (8, 0, 114):
            return Choice("SGD", 0.01) if is_long else Choice("NAdam", 0.001)
        if self.first < (8, 4, 3):
            short = "AdamW" if self.first < (8, 4, 0) else "MuSGD"
            return Choice("SGD", 0.01) if is_long else Choice(short, fitted)
        if self.first < (8, 4, 8):
            return Choice("MuSGD", 0.01 if is_long else fitted)
        return Choice("MuSGD", 0.01) if is_long else Choice("AdamW", fitted)

    @property
    def long_run(self) -> int:
        """Updates beyond which ``optimizer: auto`` takes SGD, or MuSGD."""
        return 6000 if self.first < (8, 0, 114) else 10000

    @property
    def has_auto(self) -> bool:
        """There is an ``optimizer: auto``."""
        return self.first >= (8, 0, 113)

    @property
    def default_optimizer(self) -> str:
        """The optimizer of a file that names none."""
        return "auto" if self.has_auto else "SGD"


_CHANGES: tuple[Release, ...] = (
    OLDEST,
    (8, 0, 113),
    (8, 0, 114),
    (8, 0, 119),
    (8, 1, 42),
    (8, 4, 0),
    (8, 4, 3),
    (8, 4, 8),
    (8, 4, 103),
    (8, 4, 177),
    (8, 4, 183),
)
ALL_RULES = tuple(
    Rules(first, until) for first, until in zip(_CHANGES, (*_CHANGES[1:], ()), strict=True)
)
"""Each change that decides a curve, the oldest first."""


class _Key(NamedTuple):
    """A key of ``args.yaml`` that shows which release wrote it."""

    name: str
    without: Release
    """The last release looked at without it."""
    has: Release
    """The first one looked at that has it."""


_KEYS = (
    _Key("fraction", (8, 0, 88), (8, 0, 112)),
    _Key("time", (8, 0, 227), (8, 0, 228)),
    _Key("bgr", (8, 1, 23), (8, 1, 36)),
    _Key("copy_paste_mode", (8, 2, 52), (8, 3, 0)),
    _Key("compile", (8, 3, 148), (8, 3, 197)),
    _Key("angle", (8, 4, -1), (8, 4, 0)),  # 8.3.253 was the last before
    _Key("end2end", (8, 4, 7), (8, 4, 8)),
    _Key("cls_pw", (8, 4, 16), (8, 4, 42)),
    _Key("distill_model", (8, 4, 67), (8, 4, 92)),
    _Key("dlog", (8, 4, 103), (8, 4, 104)),
    _Key("channels_last", (8, 4, 104), (8, 4, 107)),
)
_GONE = frozenset({"end2end"})
"""Keys that a later release took away: where they are missing, that says nothing."""


def rules_of(version: str) -> Rules | None:
    """The rules of a release such as ``8.3.40``; None for other texts, and for one older than all.

    A release after the newest one looked at has its rules.
    """
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}", version):
        return None
    release = release_of(version)
    fitting = [each for each in ALL_RULES if each.first <= release]
    return fitting[-1] if fitting else None


def release_of(version: str) -> Release:
    """``8.3`` as (8, 3, 0)."""
    parts = [int(each) for each in version.split(".")]
    return (*parts, 0, 0)[:3]


def rules_that_fit(keys: Collection[str]) -> tuple[Rules, ...]:
    """The rules of the releases that may have written a file with these keys.

    A file with ``copy_paste_mode`` is of a release after 8.2.52. One that has all the keys of its
    release, and not this one, is of a release before 8.3.0.
    """
    # Each key was looked up in two neighbouring wheels: the last without it, and the first with it.
    # A file that has the key is of a release above the first of the two; a complete file that lacks
    # it is of one below the second. In between nothing was looked at, so nothing is ruled out
    # there.
    above = max((each.without for each in _KEYS if each.name in keys), default=(0,))
    missing = (each for each in _KEYS if each.name not in keys and each.name not in _GONE)
    below = min((each.has for each in missing), default=()) if len(keys) >= _FULL else ()
    return tuple(
        each
        for each in ALL_RULES
        if (not each.until or _next(above) < each.until) and (not below or each.first < below)
    )


def _next(release: Release) -> Release:
    return (*release[:-1], release[-1] + 1)


def spans(rules: Collection[Rules]) -> Iterator[str]:
    """The releases of each, in words: ``8.1.42 to 8.3``, ``8.4.183 on``."""
    for each in rules:
        first = ".".join(map(str, each.first))
        yield f"{first} to before {'.'.join(map(str, each.until))}" if each.until else f"{first} on"
