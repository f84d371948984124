"""``--set KEY=VALUE``: values that replace or add to those of a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lrplan.catalog import nearest
from lrplan.errors import UnusedSettingError, UsageError
from lrplan.finding import Finding
from lrplan.node import Node, merge
from lrplan.specfile.models import SpecModel, TrainingModel
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text import join_first, join_words, pluralize
from lrplan.text_position import InputText, printable

_GIVEN = re.compile(r"^`([^`]+)` means that, and is given: .*$")
"""The hint for a key beside the one that it stands for."""

_SETTING = re.compile(r"\s*([^\s=]+)\s*=([^\n\r]*)")
_INDEX = re.compile(r"\[([0-9]{1,9})\]")
_DATA = ("dataset_size", "batch_size")
"""The keys that give the batches of an epoch when both are there."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One ``--set``: its name, its value as YAML 1.2 has it, and the text as it was typed."""

    name: str
    value: Node
    text: str


def parse_settings(texts: Sequence[str]) -> tuple[Setting, ...]:
    """The settings that the options give.

    Raises:
        UsageError: one is not of the form ``KEY=VALUE``, or a key is set twice.
        SpecError: a value is not YAML.
    """
    settings: dict[str, Setting] = {}
    for text in texts:
        match = _SETTING.fullmatch(text)
        if match is None:
            message = "write KEY=VALUE, such as dataset_size=50000"
            raise UsageError(f"--set {printable(text)!r}: {message}")
        name = match[1]
        if name in settings:
            raise UsageError(f"--set {printable(name)} is given twice")
        # 5.20 is a release, and no number that equals 5.2.
        plain = match[2].strip().strip("'\"")
        written = f"'{plain}'" if name == "version" else match[2]
        settings[name] = Setting(name, _value(written), text.strip())
    return tuple(settings.values())


def _value(text: str) -> Node:
    source = InputText("--set", f"value: {text.strip()}\n")
    problems = Problems(source)
    root = parse(source, problems)
    problems.raise_if_any()
    node = None if root is None else root.get("value")
    if node is None:
        raise UsageError(f"--set: {printable(text)!r} is no value of YAML")
    return node


def with_settings(root: Node, settings: Sequence[Setting]) -> tuple[Node, tuple[str, ...]]:
    """A spec's tree with ``settings``, and sentences on the keys that they made redundant.

    Raises:
        UsageError: there is no such key, or a setting changes nothing.
    """
    named = {each.name for each in settings}
    notes: dict[str, None] = {}
    for setting in settings:
        before = root
        if setting.name in TrainingModel.model_fields:
            root = _of_all_schedules(root, setting, named, notes)
        else:
            path = _path(root, setting)
            _check_not_hidden(root, path, setting)
            root = _set(root, path, setting)
        if root is before or root.to_python() == before.to_python():
            message = f"--set {printable(setting.text)} changes nothing"
            raise UnusedSettingError(setting.text, message)
    return root, tuple(notes)


def name_settings(findings: Sequence[Finding], settings: Sequence[Setting]) -> list[Finding]:
    """``findings``; those about a value of ``--set`` say so, since the file has another value."""
    return [_named(finding, settings) for finding in findings]


def _named(finding: Finding, settings: Sequence[Setting]) -> Finding:
    for each in settings:
        if finding.path == each.name or finding.path.endswith(f"training.{each.name}"):
            message = f"with --set {each.text}: {finding.message}"
            # The key that it is like is that of the file, and stays: what was typed is wrong.
            fix = _GIVEN.sub(r"did you mean `\1`?", finding.fix)
            return replace(finding, message=message, fix=fix, edits=())
    return finding


def _path(root: Node, setting: Setting) -> list[str | int]:
    """The keys and indices of a dotted path of the spec.

    Keys may hold dots: where the spec has several that fit, the longest is taken.
    """
    name = setting.name
    first = re.split(r"[.\[]", name)[0]
    if first not in SpecModel.model_fields or first == name:
        known = (*TrainingModel.model_fields, *_paths(root))
        hint = nearest(name, known)
        either = "give a key of `training`, or a path such as `schedules.NAME.optimizer.lr`"
        fix = f"did you mean `{hint}`?" if hint else either
        message = f"--set {printable(name)}=...: the spec has no such key; {fix}"
        raise UnusedSettingError(setting.text, message)
    node: Node | None = root
    path: list[str | int] = []
    rest = name
    while rest:
        step, rest = _next(node, rest)
        path.append(step)
        node = None if node is None else node.find([step])
    _check_schedule(root, path, setting)
    return path


def _check_schedule(root: Node, path: Sequence[str | int], setting: Setting) -> None:
    """Refuse a value of a schedule that does not exist: its other keys would be missing."""
    schedules = root.get("schedules")
    if (
        path[0] != "schedules" or len(path) < 3 or schedules is None
    ):  # schedules.NAME={...} adds one
        return
    name, names = str(path[1]), schedules.keys()
    if name not in names:
        close = nearest(name, names)
        hint = f"did you mean `{close}`?" if close else f"it has {join_first(names, 5)}"
        message = f"--set {printable(setting.name)}=...: there is no schedule `{printable(name)}`"
        raise UnusedSettingError(setting.text, f"{message}; {printable(hint)}")


def _check_not_hidden(root: Node, path: Sequence[str | int], setting: Setting) -> None:
    """Refuse a default of ``training`` that no schedule takes, as each has a value of its own."""
    schedules = root.get("schedules")
    if path[0] != "training" or len(path) < 2 or schedules is None:
        return
    key = str(path[1])
    own = [each.find(["training", key]) for _, each in schedules.items()]
    if own and None not in own:
        text = printable(setting.text)
        message = f"--set {text} changes nothing: each schedule has a `{printable(key)}` of its own"
        raise UnusedSettingError(setting.text, f"{message}; --set {printable(key)}=... sets that")


def _next(node: Node | None, rest: str) -> tuple[str | int, str]:
    index = _INDEX.match(rest)
    if index is not None:
        return int(index[1]), rest[index.end() :].removeprefix(".")
    keys = () if node is None else node.keys()
    fitting = [k for k in keys if rest == k or rest.startswith((f"{k}.", f"{k}["))]
    key = max(fitting, key=len, default=re.split(r"[.\[]", rest)[0])
    return key, rest[len(key) :].removeprefix(".")


def _paths(root: Node) -> Iterator[str]:
    """Dotted paths of the values that a spec has, for suggestions."""
    stack = [("", root)]
    while stack:
        path, node = stack.pop()
        for key, child in node.items():
            below = f"{path}.{key}" if path else key
            yield below
            stack.append((below, child))


def _set(node: Node, path: Sequence[str | int], setting: Setting) -> Node:
    if not path:
        value = setting.value
        return replace(value, place=node.place, key_place=node.key_place)
    step, rest = path[0], path[1:]
    child = node.find([step])
    if isinstance(step, int):
        if child is None:
            raise UsageError(f"--set {printable(setting.text)}: there is no element {step}")
        elements = list(node.elements())
        elements[step] = _set(child, rest, setting)
        return replace(node, value=tuple(elements))
    if not node.is_mapping and node.value is not None:
        raise UsageError(f"--set {printable(setting.text)}: `{step}` is in no mapping")
    below = child or Node({} if rest else None, node.place, node.key_place or node.place)
    return replace(node, value={**dict(node.items()), step: _set(below, rest, setting)})


def _of_all_schedules(
    root: Node, setting: Setting, named: set[str], notes: dict[str, None]
) -> Node:
    """``root`` with a key of ``training`` set in every schedule."""
    schedules = root.get("schedules")
    if schedules is None:
        return root
    top = root.get("training")
    changed = dict(schedules.items())
    is_new = False
    for name, schedule in schedules.items():
        if not schedule.is_mapping:
            continue
        before = merge(top, schedule.get("training")) or Node({}, schedule.place)
        training = _set(before, [setting.name], setting)
        is_new |= training.to_python() != before.to_python()
        dropped = [key for key in _redundant(setting.name, training) if key not in named]
        if dropped:
            listed = join_words([f"`{key}`" for key in dropped])
            verb = pluralize("is", len(dropped))
            notes[f"with --set {setting.text}, {listed} {verb} not read"] = None
        kept = {key: node for key, node in training.items() if key not in dropped}
        training = replace(training, value=kept)
        changed[name] = replace(schedule, value={**dict(schedule.items()), "training": training})
    if not is_new:
        return root
    # What was at the top is in every schedule now: a key that was dropped must not come back.
    rest: Iterable[tuple[str, Node]] = (each for each in root.items() if each[0] != "training")
    return replace(root, value={**dict(rest), "schedules": replace(schedules, value=changed)})


def _redundant(name: str, training: Node) -> Iterator[str]:
    """The keys of ``training`` that ``name`` replaces, alone or together with other keys.

    ``steps_per_epoch: 100`` contradicts a ``dataset_size`` that gives 98.
    """
    has: Mapping[str, bool] = {key: node.value is not None for key, node in training.items()}
    from_data = all(has.get(key) for key in _DATA)
    if name == "steps_per_epoch":
        unread: tuple[str, ...] = ("dataset_size", "batches_per_epoch")
    elif name == "batches_per_epoch":
        unread = ("dataset_size", "steps_per_epoch")
    elif name in (*_DATA, "world_size", "drop_last") and from_data:
        unread = ("steps_per_epoch", "batches_per_epoch")
    elif name in ("accumulate", "last_window") and (from_data or has.get("batches_per_epoch")):
        unread = ("steps_per_epoch",)
    else:
        unread = ()
    yield from (key for key in unread if has.get(key))
