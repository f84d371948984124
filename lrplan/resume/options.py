"""How a run is interrupted and resumed, as the options of a command say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrplan.catalog import nearest
from lrplan.errors import UsageError
from lrplan.text import join_words, pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARTS = ("optimizer", "scheduler", "early-optimizer", "last_epoch", "none")
"""What ``--resume-from`` takes; ``last_epoch=N`` too."""

_LAST_EPOCH = re.compile(r"last_epoch=(-?[0-9]{1,9})")

RIGHT = "right"
"""As ``last_epoch``: one less than the calls made so far, which is what torch wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOptions:
    """Where a run stops, and what a new process goes on from.

    The schedulers are always built anew, and so is the optimizer.
    """

    at: str
    """Optimizer steps done when the checkpoint is saved, or a duration such as ``5ep``."""
    optimizer: Literal["after", "before", "lost"] = "after"
    """Whether the optimizer's state is loaded after the schedulers are built, as torch wants it,
    before that, or not at all."""
    scheduler: bool = True
    """Whether the schedulers' states are loaded."""
    last_epoch: int | Literal["right"] | None = None
    """What the schedulers are built with; None: nothing."""
    training: tuple[str, ...] = ()
    """``key=value`` on top of the spec's ``training``, for what comes after the checkpoint."""

    @property
    def complete(self) -> bool:
        """Whether everything is restored as torch's documentation says."""
        return self.optimizer == "after" and self.scheduler and self.last_epoch is None

    def words(self) -> str:
        """What is restored: ``from the states of optimizer and scheduler``."""
        states = [
            name
            for name, loaded in (
                ("optimizer", self.optimizer != "lost"),
                ("scheduler", self.scheduler),
            )
            if loaded
        ]
        told = f"from the {pluralize('state', len(states))} of {join_words(states)}"
        if not states:
            told = "without any state" if self.last_epoch is None else "by last_epoch alone"
        elif self.last_epoch is not None:
            told += " and by last_epoch"
        early = self.optimizer == "before" and self.last_epoch is None
        return f"{told}, the optimizer's loaded too early" if early else told

    def flags(self) -> str:
        """The options that ask for this."""
        parts = [
            {"after": "optimizer", "before": "early-optimizer", "lost": ""}[self.optimizer],
            "scheduler" if self.scheduler else "",
            *self._last_epoch_flag(),
        ]
        given = ",".join(part for part in parts if part) or "none"
        chosen = "" if self.complete else f" --resume-from {given}"
        training = "".join(f" --resume-training {text}" for text in self.training)
        return f"--resume-at {self.at}{chosen}{training}"

    def _last_epoch_flag(self) -> Iterator[str]:
        if self.last_epoch is not None:
            yield "last_epoch" if self.last_epoch == RIGHT else f"last_epoch={self.last_epoch}"


def parse_resume_options(
    at: str, parts: Sequence[str] = (), training: Sequence[str] = ()
) -> ResumeOptions:
    """What the options ask.

    Args:
        at: a number of steps or a duration.
        parts: what is loaded, of ``PARTS``; nothing said: optimizer and scheduler.
        training: ``key=value``.

    Raises:
        UsageError: a part that is none, or parts that exclude each other.
    """
    named = [_checked(part) for part in parts] or ["optimizer", "scheduler"]
    last_epoch = _last_epoch([part for part in parts if part.startswith("last_epoch")])
    if "none" in named and len(named) > 1:
        raise UsageError("--resume-from none goes with nothing else")
    if "optimizer" in named and "early-optimizer" in named:
        raise UsageError("--resume-from takes optimizer or early-optimizer, not both")
    # A scheduler that is built with last_epoch looks into the optimizer: its state comes first.
    early = "early-optimizer" in named or ("optimizer" in named and last_epoch is not None)
    return ResumeOptions(
        at=at.strip(),
        optimizer="before" if early else "after" if "optimizer" in named else "lost",
        scheduler="scheduler" in named,
        last_epoch=last_epoch,
        training=tuple(training),
    )


def _checked(part: str) -> str:
    if part in PARTS:
        return part
    if _LAST_EPOCH.fullmatch(part):
        return "last_epoch"
    close = nearest(part, PARTS)
    hint = f"did you mean `{close}`?" if close else f"there is {', '.join(PARTS)}"
    raise UsageError(f"--resume-from cannot load {part!r}; {hint}")


def _last_epoch(parts: Sequence[str]) -> int | Literal["right"] | None:
    if len(parts) > 1:
        raise UsageError("--resume-from takes last_epoch once")
    if not parts:
        return None
    number = _LAST_EPOCH.fullmatch(parts[0])
    if number is None:
        return "right"
    if int(number[1]) < 0:
        raise UsageError("--resume-from last_epoch=N: N counts from 0")
    return int(number[1])
