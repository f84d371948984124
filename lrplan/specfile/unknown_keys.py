"""Keys that nothing reads, with the key that was meant, or the mapping where it belongs.

Hints for keys of a ``StepLR``, or of a ``WarmupCosine`` where a warm-up is meant::

    gama: 0.5              did you mean `gamma`?                             ``misspelt``
    warmup_epochs: 2       did you mean `warmup_steps: 2ep`?                 ``_renamed``
    warmup_ratio: 0.1      did you mean `warmup_steps: 10%`?                 ``_renamed``
    step_size:3            a space is missing after `step_size:`             ``_punctuation_hint``
    milestones: [1]        it is an argument of MultiStepLR and SequentialLR ``_owner_hint``
    epochs: 4              `epochs` is a key of `training`: write it there   ``_owner_hint``
    learning_rate: 0.1     write it into `optimizer`, as `lr`                ``_elsewhere``
    foo: 1                 valid: step_size, gamma, ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.aliases import IN_EPOCHS, SHARE_OF, resolve_key
from lrplan.catalog.key_advice import advice_on
from lrplan.catalog.misspelling import misspelt
from lrplan.edits import Edit, rename_key
from lrplan.node import Node
from lrplan.specfile.models import ScheduleModel, SchedulerKeysModel, SpecModel, TrainingModel
from lrplan.specfile.problem_scope import ProblemScope
from lrplan.text import join_words, yaml_flow

_MOST = 2
_GIVEN = "`{}` means that, and is given: delete one of the two"


def report_unknown_key(
    node: Node,
    path: str,
    key: str,
    valid: Iterable[str],
    scope: ProblemScope,
    owner: str = "",
    sibling_keys: Iterable[str] = (),
) -> None:
    """Report that ``key`` is not among ``valid``.

    Args:
        node: its value.
        path: its path.
        key: the key.
        valid: the keys that its mapping may have.
        scope: where problems go.
        owner: the words of the message that say whose key it is not: `` for StepLR``.
        sibling_keys: the keys that its mapping has.
    """
    names = tuple(valid)
    meant = _meant(key, names)
    edits: tuple[Edit, ...] = ()
    fix = _punctuation_hint(node, key, names) or _advice(node, key, names, sibling_keys)
    if not fix and meant is None:
        fix = _elsewhere(key, names) or f"valid: {', '.join(names)}"
    elif not fix and meant in set(sibling_keys):
        fix = _GIVEN.format(meant)
    elif not fix and meant is not None:
        fix, edits = _renamed(node, path[: -len(key)].rstrip("."), key, meant)
    scope.problem_at_key("unknown-key", node, path, f"unknown key `{key}`{owner}", fix, edits)


def renamed_keys(keys: Iterable[str], valid: tuple[str, ...]) -> set[str]:
    """The keys in ``valid`` that the unknown ones in ``keys`` mean: by another name or misspelt."""
    unknown = [key for key in keys if key not in valid]
    advised = [advice_on(key, valid) for key in unknown]
    return {
        *(each.near for each in advised if each is not None and each.replaces),
        *(meant for key in unknown if (meant := _meant(key, valid)) is not None),
    }


def _meant(key: str, valid: tuple[str, ...]) -> str | None:
    """The key in ``valid`` that ``key`` is another name or a misspelling of, or None."""
    if advice_on(key, valid) is not None:
        return None
    # Another name of a key here comes first, then the same key elsewhere, then one misspelt:
    # `lr` in `training` belongs to the optimizer, whatever is spelled like it.
    counted = SHARE_OF.get(key) or (IN_EPOCHS.get(key) if "interval" in valid else None)
    other_name = resolve_key(key, valid) or (counted and resolve_key(counted, valid))
    return other_name or (None if _owner_hint(key, valid) else misspelt(key, valid))


def _advice(node: Node, key: str, valid: tuple[str, ...], sibling_keys: Iterable[str]) -> str:
    advice = advice_on(key, valid)
    if advice is None:
        return ""
    if advice.replaces and advice.near in sibling_keys:
        return _GIVEN.format(advice.near)
    return advice.text.format(key=key, near=advice.near, value=yaml_flow(node.to_python()))


def _renamed(node: Node, path: str, key: str, meant: str) -> tuple[str, tuple[Edit, ...]]:
    """The hint to write ``meant`` in place of ``key``, and the edits that do it."""
    in_epochs = key in IN_EPOCHS and meant != "epochs"
    if not in_epochs and key not in SHARE_OF:
        return f"did you mean `{meant}`?", rename_key(path, key, meant, node.to_python())
    number = node.number
    if number is None:
        return f"did you mean `{meant}`, as in `{meant}: {'5ep' if in_epochs else '10%'}`?", ()
    new = f"{yaml_flow(node.value)}ep" if in_epochs else f"{100 * number:.12g}%"
    return f"did you mean `{meant}: {new}`?", rename_key(path, key, meant, new)


def _punctuation_hint(node: Node, key: str, valid: tuple[str, ...]) -> str:
    """The hint for a text that is a key only because of its punctuation; empty for a word."""
    word, colon, _ = key.partition(":")
    if colon and word in valid:
        return f"a space is missing after `{word}:`"
    if node.value is None and not key[:1].isalpha():
        return "a comma in `{...}` begins a new key: numbers have none, and lists are [1, 2]"
    return ""


def _elsewhere(key: str, valid: tuple[str, ...]) -> str:
    """The mapping where ``key``, or another name of it, belongs; empty where there is none."""
    if home := _owner_hint(key, valid):
        return home
    for name in ("`training`", "`optimizer`", "a schedule (`schedules: NAME:`)"):
        meant = resolve_key(key, tuple(_homes()[name]))
        if meant is not None and name != _place(valid):
            return f"write it into {name}, as `{meant}`"
    return ""


def _owner_hint(key: str, valid: tuple[str, ...]) -> str:
    """The mapping to which ``key`` belongs, when not here; empty where nothing is called so."""
    place = _place(valid)
    homes = [home for home, keys in _homes().items() if key in keys and home != place]
    rows = _rows(key, place)
    if rows and "`training`" not in homes:
        return f"it is an argument of {join_words(rows[:_MOST])}"
    return f"`{key}` is a key of {join_words(homes, 'or')}: write it there" if homes else ""


def _rows(key: str, place: str) -> list[str]:
    """The schedulers, or optimizers, with an argument ``key``, if ``place`` is of one of them."""
    if place == "`scheduler`":
        return [row.name for row in SCHEDULERS.values() if not row.extra and row.argument(key)]
    if place == "`optimizer`":
        return [row.name for row in OPTIMIZERS.values() if row.argument(key)]
    return []


def _place(valid: tuple[str, ...]) -> str:
    """The mapping that may have the keys ``valid``, as ``_homes`` calls it; empty for others."""
    marks = {
        "interval": "`scheduler`",
        "lr_tensor": "`optimizer`",
        "loop": "`training`",
        "optimizer": "a schedule (`schedules: NAME:`)",
        "schedules": "the top of the spec",
    }
    return next((place for mark, place in marks.items() if mark in valid), "")


@cache
def _homes() -> Mapping[str, Mapping[str, object]]:
    """The mappings of a spec and the keys of each that stand nowhere else by accident."""
    of_torch = (row for row in OPTIMIZERS.values() if not row.package)
    arguments = {each.name: None for row in of_torch for each in row.arguments}
    of_schedulers = {each.name: None for row in SCHEDULERS.values() for each in row.arguments}
    own = dict.fromkeys(name for name in SchedulerKeysModel.model_fields if name != "name")
    return {
        "the top of the spec": SpecModel.model_fields,
        "`training`": TrainingModel.model_fields,
        "a schedule (`schedules: NAME:`)": ScheduleModel.model_fields,
        "`optimizer`": {"type": None, "groups": None, **arguments},
        "`scheduler`": {**own, **of_schedulers},
    }
