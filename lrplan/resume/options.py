"""Options that say where a run is interrupted, and which states the resumed run loads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lrplan.catalog import nearest
from lrplan.errors import UsageError

PARTS = ("optimizer", "scheduler", "early-optimizer", "last_epoch", "none")
"""The values of ``--resume-from``; ``last_epoch=N`` is one, too."""

_LAST_EPOCH = re.compile(r"last_epoch=(-?[0-9]{1,9})")

RIGHT = "right"
"""The ``last_epoch`` that torch wants: one less than the calls made so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOptions:
    """The step where a run stops, and the states from which a new process continues.

    The schedulers and the optimizer are always built again.
    """

    at: str
    """Optimizer steps done when the checkpoint is saved, or a duration such as ``5ep``."""
    optimizer: Literal["after", "before", "lost"] = "after"
    """The time at which the optimizer's state is loaded: after the schedulers are built, as torch
    wants it; before that; or ``lost``: never."""
    scheduler: bool = True
    """True if the states of the schedulers are loaded."""
    last_epoch: int | Literal["right"] | None = None
    """The argument with which the schedulers are built; None: without it."""
    training: tuple[str, ...] = ()
    """``key=value`` that replace those of the spec's ``training`` after the checkpoint."""
    plan: str = ""
    """The spec, and with a colon the schedule in it, that the new process is planned by; empty: the
    same as before."""

    @property
    def complete(self) -> bool:
        """True if everything is restored as torch's documentation says."""
        return self.optimizer == "after" and self.scheduler and self.last_epoch is None

    @property
    def goes_on(self) -> bool:
        """True if the schedulers continue from their tick, and do not start again."""
        return self.scheduler or self.last_epoch is not None

    @property
    def replanned(self) -> bool:
        """True if the new process has another plan than the old one."""
        return bool(self.training or self.plan)


def restored_text(options: ResumeOptions) -> str:
    """The states that are restored, in words: ``from the states of optimizer and scheduler``."""
    states = [
        name
        for name, loaded in (
            ("optimizer", options.optimizer != "lost"),
            ("scheduler", options.scheduler),
        )
        if loaded
    ]
    text = f"from the state{'s' if len(states) > 1 else ''} of {' and '.join(states)}"
    if not states:
        text = "without any state" if options.last_epoch is None else "by last_epoch alone"
    elif options.last_epoch is not None:
        text += " and by last_epoch"
    early = options.optimizer == "before" and options.last_epoch is None
    return f"{text}, the optimizer's loaded too early" if early else text


def resume_flags(options: ResumeOptions) -> str:
    """The command-line options for ``options``: ``--resume-at 5ep --resume-from scheduler``.

    ``parse_resume_options`` reads them back as the same options.
    """
    parts = [
        {"after": "optimizer", "before": "early-optimizer", "lost": ""}[options.optimizer],
        "scheduler" if options.scheduler else "",
        *_last_epoch_flag(options),
    ]
    loaded = ",".join(part for part in parts if part) or "none"
    resume_from = "" if options.complete else f" --resume-from {loaded}"
    training = "".join(f" --resume-training {text}" for text in options.training)
    plan = f" --resume-with {options.plan}" if options.plan else ""
    return f"--resume-at {options.at}{resume_from}{plan}{training}"


def _last_epoch_flag(options: ResumeOptions) -> Iterator[str]:
    if options.last_epoch is not None:
        yield "last_epoch" if options.last_epoch == RIGHT else f"last_epoch={options.last_epoch}"


def parse_resume_options(
    at: str, parts: Sequence[str] = (), training: Sequence[str] = (), plan: str = ""
) -> ResumeOptions:
    """The parsed options of a command line.

    Args:
        at: a number of steps or a duration.
        parts: states to load, of ``PARTS``; empty: optimizer and scheduler.
        training: ``key=value``.
        plan: ``SPEC`` or ``SPEC:NAME``.

    Raises:
        UsageError: a part that does not exist, or parts that exclude each other.
    """
    # `last_epoch=7` counts as the part `last_epoch`; its number is read below.
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
        plan=plan,
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
