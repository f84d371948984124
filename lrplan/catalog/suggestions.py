"""Hints for unknown names: the name that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, nearest
from lrplan.catalog.aliases import resolve_alias, resolve_optimizer
from lrplan.text import join_words

_MOST = 2
_WARM_UP_BEFORE = {
    "WarmupMultiStepLR": "MultiStepLR",
    "WarmupStepLR": "StepLR",
    "WarmupExponentialLR": "ExponentialLR",
    "WarmupPolyLR": "PolynomialLR",
    "WarmupPolynomialLR": "PolynomialLR",
}
"""Schedulers of other packages that warm up first, and the one of torch that follows then."""


def suggest(name: str, valid: Sequence[str]) -> str:
    """``did you mean X?``, or the valid names when none is near."""
    close = nearest(name.rpartition(".")[2] or name, valid)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"valid: {', '.join(valid)}" if valid else ""


def suggest_scheduler(name: str, names: Sequence[str] = tuple(SCHEDULERS)) -> str:
    """The hint for a scheduler that does not exist; for another package's name, what ours takes."""
    decay = _WARM_UP_BEFORE.get(name.rpartition(".")[2])
    if decay is not None:
        return f"write {decay} with the key `warmup`"
    meant = resolve_alias(name)[:_MOST]
    if not meant:
        return suggest(name, names)
    hint = f"did you mean {join_words([f'`{each}`' for each in meant], 'or')}?"
    needed = [each.name for each in SCHEDULERS[meant[0]].arguments if each.required]
    return f"{hint} It takes {join_words(needed)}" if needed and len(meant) == 1 else hint


def suggest_optimizer(name: str) -> str:
    """The hint for an optimizer that torch does not have."""
    meant = resolve_optimizer(name)
    if meant is not None:
        return f"did you mean `{meant}`?"
    hint = suggest(name, tuple(OPTIMIZERS))
    own = "; one of your own is `package.module:Class`, with --trust"
    return f"{hint}{own}" if hint.startswith("valid") else hint
