"""Hints for names that nothing is called: the name that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, nearest
from lrplan.catalog.aliases import NOT_A_KEY, resolve_alias, resolve_key, resolve_optimizer
from lrplan.text import join_words

_MOST = 2


def suggest(name: str, valid: Sequence[str]) -> str:
    """``did you mean X?``, or the valid names when none is near."""
    close = nearest(name.rpartition(".")[2] or name, valid)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"valid: {', '.join(valid)}" if valid else ""


def meant_key(key: str, valid: Sequence[str]) -> str | None:
    """The one of ``valid`` keys that is spelled or means almost the same; None if there is none."""
    if key in NOT_A_KEY:
        return None
    return resolve_key(key, valid) or nearest(key.rpartition(".")[2] or key, valid)


def suggest_key(key: str, valid: Sequence[str]) -> str:
    """The hint for a key that nothing reads: another name of it, one spelled alike, or all."""
    if key in NOT_A_KEY:
        return NOT_A_KEY[key]
    meant = meant_key(key, valid)
    return suggest(key, valid) if meant is None else f"did you mean `{meant}`?"


def suggest_scheduler(name: str, names: Sequence[str] = tuple(SCHEDULERS)) -> str:
    """The hint for a scheduler that does not exist; for another package's name, what ours takes."""
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
