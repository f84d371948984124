"""Keys that nothing reads, with the key that was meant, or the mapping where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.aliases import NOT_A_KEY, SAME_KEYS, SHARE_OF, resolve_key
from lrplan.catalog.suggestions import meant_key, suggest_key
from lrplan.edits import Edit, rename_key
from lrplan.node import Node
from lrplan.specfile.models import ScheduleModel, SchedulerKeysModel, SpecModel, TrainingModel
from lrplan.text import join_words

if TYPE_CHECKING:
    from lrplan.specfile.problem_scope import Scope

_MOST = 2


def report_unknown_key(
    node: Node,
    path: str,
    key: str,
    valid: Iterable[str],
    scope: Scope,
    owner: str = "",
    beside: Iterable[str] = (),
) -> None:
    """Report that ``key`` is not among ``valid``.

    Args:
        node: its value.
        path: its path.
        key: the key.
        valid: the keys that its mapping may have.
        scope: where problems go.
        owner: what it is no key of, for the message: `` for StepLR``.
        beside: the keys that its mapping has.
    """
    names = tuple(valid)
    edits: tuple[Edit, ...] = ()
    odd, meant = _odd(node, key, names), _meant(key, names)
    share = _share(node, key, names)
    if share is not None and share[0] not in set(beside):
        meant, new = share
        fix = f"did you mean `{meant}: {new}`?"
        edits = rename_key(path[: -len(key)].rstrip("."), key, meant, new)
    elif odd or meant is None:
        fix = odd or _elsewhere(key, names)
    elif meant in set(beside):
        fix = f"`{meant}` means that, and is given: delete one of the two"
    else:
        fix = f"did you mean `{meant}`?"
        edits = rename_key(path[: -len(key)].rstrip("."), key, meant, node.plain())
    message = f"unknown key `{key}`{owner}"
    scope.problem_at_key("unknown-key", node, path, message, fix, edits)


def renamed_keys(keys: Iterable[str], valid: tuple[str, ...]) -> set[str]:
    """Those of ``valid`` that keys which are not are other names or misspellings of."""
    unknown = (SHARE_OF.get(key, key) for key in keys if key not in valid)
    return {meant for key in unknown if (meant := _meant(key, valid)) is not None}


def _meant(key: str, valid: tuple[str, ...]) -> str | None:
    # Another name of a key here comes first, then the same key elsewhere, then one spelled alike:
    # `lr` in `training` belongs to the optimizer, although `loop` looks a little like it.
    other_name = None if key in NOT_A_KEY else resolve_key(key, valid)
    return other_name or (None if _home(key, valid) else meant_key(key, valid))


def _share(node: Node, key: str, valid: tuple[str, ...]) -> tuple[str, str] | None:
    """The key that counts ticks, and the share as it takes it, for one that is a share itself."""
    counted = resolve_key(SHARE_OF[key], valid) if key in SHARE_OF else None
    value = node.value
    if counted is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return counted, f"{100 * value:.12g}%"


def _odd(node: Node, key: str, valid: tuple[str, ...]) -> str:
    """The hint for what became a key only by its punctuation; empty for a word."""
    word, colon, _ = key.partition(":")
    if colon and word in valid:
        return f"a space is missing after `{word}:`"
    if node.value is None and not key[:1].isalpha():
        return "a comma in `{...}` begins a new key: numbers have none, and lists are [1, 2]"
    return ""


def _elsewhere(key: str, valid: tuple[str, ...]) -> str:
    if key in NOT_A_KEY:
        return NOT_A_KEY[key]
    return _home(key, valid) or suggest_key(key, valid)


def _home(key: str, valid: tuple[str, ...]) -> str:
    """Where ``key`` belongs, when not here; empty where nothing is called so."""
    meanings = {key, *(name for names in SAME_KEYS if key in names for name in names)}
    rows = [
        row.name
        for row in SCHEDULERS.values()
        if not row.extra and any(row.argument(each) for each in meanings)
    ]
    if rows and "interval" in valid:
        return f"it is an argument of {join_words(rows[:_MOST])}"
    homes = [
        home for home, keys in _homes().items() if key in keys and not keys.keys() >= set(valid)
    ]
    if homes:
        return f"`{key}` is a key of {join_words(homes, 'or')}: write it there"
    in_training = None if "epochs" in valid else resolve_key(key, tuple(_homes()["`training`"]))
    return f"write it into `training`, as `{in_training}`" if in_training else ""


@cache
def _homes() -> Mapping[str, Mapping[str, object]]:
    """The mappings of a spec and the keys of each."""
    arguments = {each.name: None for row in OPTIMIZERS.values() for each in row.arguments}
    of_schedulers = {each.name: None for row in SCHEDULERS.values() for each in row.arguments}
    return {
        "the top of the spec": SpecModel.model_fields,
        "`training`": TrainingModel.model_fields,
        "a schedule (`schedules: NAME:`)": ScheduleModel.model_fields,
        "`optimizer`": {"type": None, "groups": None, **arguments},
        "`scheduler`": {**SchedulerKeysModel.model_fields, **of_schedulers},
    }
