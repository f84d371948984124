"""A typed schedule as the tree of a spec; missing values get defaults, which are noted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, OptimizerRow, SchedulerRow
from lrplan.catalog.aliases import nearest_alias
from lrplan.catalog.suggestions import suggest_scheduler
from lrplan.errors import UsageError
from lrplan.finding import Finding
from lrplan.importers.typed_schedule.groups import groups_of, is_per_group
from lrplan.importers.typed_schedule.keys import OPTIMIZER_KEYS, KeyReader
from lrplan.importers.typed_schedule.words import Word, place_of_type, read_words
from lrplan.node import Node, Scalar
from lrplan.plan_origin import TypedOrigin
from lrplan.specfile.load import Spec, note_files, resolve_tree
from lrplan.specfile.models import SchedulerKeysModel
from lrplan.specfile.path_hint import similar_file
from lrplan.specfile.problems import Problems
from lrplan.specfile.settings import Setting, name_settings, with_settings
from lrplan.text_position import InputText, TextPosition, printable

_LENGTHS_OF_EPOCH = ("steps_per_epoch", "batches_per_epoch", "dataset_size")
_OPTIMIZERS = ("SGD", "AdamW")
"""Optimizers that are taken where none is named: the first that has all arguments given."""


@dataclass(frozen=True, slots=True)
class TypedSpec:
    """The spec that a typed schedule stands for.

    Args:
        root: the tree, with places in the command line; None where a value is not YAML.
        notes: what was filled in, in sentences.
        origin: puts findings into the words of the command line.
        problems: the values that are not YAML.
    """

    root: Node | None
    notes: tuple[str, ...] = ()
    origin: TypedOrigin = field(default_factory=TypedOrigin)
    problems: tuple[Finding, ...] = ()


def typed_spec(source: InputText, words: Sequence[str]) -> TypedSpec:
    """The spec that ``words`` stand for.

    Args:
        source: the words with blanks between them.
        words: the type of a scheduler, then ``KEY=VALUE``; the lengths of the run may be options,
            such as ``--epochs=90``.

    Raises:
        UsageError: there is no such scheduler, a word is not ``KEY=VALUE``, a key is given twice,
            or the run has no length.
    """
    row = _row_of(words[0])
    problems = Problems(source, "the value")
    given = list(read_words(source, words, problems))
    if problems.findings:
        return TypedSpec(None, problems=tuple(problems.findings))
    schedule = _Schedule(place_of_type(words), _optimizers(given))
    schedule.put(("scheduler", "type"), words[0])
    keys = KeyReader(row, schedule.optimizers)
    for word in given:
        schedule.add(("training", word.key) if word.is_option else keys.path(word.key), word)
    schedule.fill(row)
    name = words[0].rpartition(":")[2] or words[0]
    return TypedSpec(schedule.tree(name), schedule.notes(), TypedOrigin(names=keys.names()))


def resolve_words(
    source: InputText, words: Sequence[str], settings: Sequence[Setting], *, trust: bool = False
) -> tuple[Spec, list[Finding]]:
    """The plan of a typed schedule, and all problems; its files are in the working folder.

    Raises:
        UsageError: as ``typed_spec``; or a setting that changes nothing.
    """
    typed = typed_spec(source, words)
    if typed.root is None:
        return Spec(source, {}), list(typed.problems)
    root, dropped = with_settings(typed.root, settings)
    files = note_files(root, Path())
    spec, findings = resolve_tree(root, source, Path(), trust=trust, origin=typed.origin)
    findings = [typed.origin.translate(each) for each in name_settings(findings, settings)]
    return replace(spec, files=files, notes=(*typed.notes, *dropped)), findings


def _row_of(name: str) -> SchedulerRow | None:
    """The row of a scheduler; None for a name with a colon, which the reader of specs judges."""
    row = SCHEDULERS.get(name)
    if row is None and name in OPTIMIZERS:
        example = f"CosineAnnealingLR optimizer={name}"
        raise UsageError(f"{name} is an optimizer: begin with a scheduler, such as {example}")
    if row is None and ":" not in name and (file := similar_file(name)):
        raise UsageError(f"there is no file `{printable(name)}`; did you mean `{printable(file)}`?")
    if row is None and ":" not in name:
        fix = suggest_scheduler(name)
        if fix.startswith("valid"):  # all names would not be a hint
            alias = nearest_alias(name)
            fix = suggest_scheduler(alias) if alias else "`lrplan schedulers` lists schedulers"
        raise UsageError(f"there is no file and no scheduler `{printable(name)}`; {fix}")
    return row


def _optimizers(words: Sequence[Word]) -> list[OptimizerRow]:
    """The row of the optimizer that is named, or those that are taken where none is."""
    named = [word.value.value for word in words if word.key in ("optimizer", "optimizer.type")]
    if not named:
        return [OPTIMIZERS[name] for name in _OPTIMIZERS]
    row = OPTIMIZERS.get(str(named[0]))
    # Of a class of the user's own, and beside a misspelt name, the usual keys are its arguments.
    return [OPTIMIZERS[name] for name in _OPTIMIZERS] if row is None else [row]


@dataclass(slots=True)
class _Schedule:
    """The mapping of one schedule, filled word by word.

    Args:
        place: that of the scheduler's type, and of all that is filled in.
        optimizers: the row of the optimizer, or those that it may be.
    """

    place: TextPosition
    optimizers: Sequence[OptimizerRow]
    _assumed: list[str] = field(default_factory=list, init=False)
    _lists: dict[str, Node] = field(default_factory=dict, init=False)
    """Arguments of the optimizer with a value for each group."""
    _root: Node = field(init=False)

    def __post_init__(self) -> None:
        self._root = self._mapping(training=self._mapping(), optimizer=self._mapping())

    def add(self, path: Sequence[str], word: Word) -> None:
        """Put the value of ``word`` at ``path``.

        Raises:
            UsageError: there is one already, or it is a list without its brackets.
        """
        section, name = path[0], path[-1]
        is_own = section == "optimizer" and len(path) == 2
        if self._root.find(path) is not None or (is_own and name in self._lists):
            raise UsageError(f"{printable('.'.join(path))} is given twice")
        if is_own and is_per_group(self.optimizers, name, word.value):
            self._lists[name] = word.value
        else:
            self._root = _with(self._root, path, word.value)

    def put(self, path: Sequence[str], value: Scalar) -> None:
        """Put a value at ``path`` that was not typed."""
        self._root = _with(self._root, path, Node(value, self.place, self.place))

    def fill(self, row: SchedulerRow | None) -> None:
        """Fill in what is not said: the optimizer, the steps of an epoch, the end of a decay.

        Raises:
            UsageError: the run has no length, or lists of values for each group do not go together.
        """
        training = self._keys("training")
        if not {"epochs", "steps"} & set(training):
            raise UsageError("the length of the run is missing: give --epochs N or --steps N")
        if "epochs" in training and not {*_LENGTHS_OF_EPOCH} & set(training):
            self.put(("training", "steps_per_epoch"), 1)
            self._assumed.append("one step an epoch (--steps-per-epoch 1)")
        if "type" not in self._keys("optimizer"):
            self._fill_optimizer()
        if self._lists:
            self._fill_groups()
        for name in () if row is None else _missing_ends(row, self._keys("scheduler")):
            self.put(("scheduler", name), "rest")
            self._assumed.append(f"{name}=rest")

    def notes(self) -> tuple[str, ...]:
        """A sentence about the defaults that were filled in, with the words that replace them."""
        return (f"assumed: {', '.join(self._assumed)}",) if self._assumed else ()

    def _fill_optimizer(self) -> None:
        given = [key for key in self._keys("optimizer") if key not in OPTIMIZER_KEYS]
        given += self._lists
        fitting = (each for each in self.optimizers if all(map(each.argument, given)))
        row = next(fitting, self.optimizers[0])
        self.put(("optimizer", "type"), row.name)
        self._assumed.append(f"optimizer={row.name}")

    def _fill_groups(self) -> None:
        if "groups" in self._keys("optimizer"):
            name = next(iter(self._lists))
            raise UsageError(f"`groups` has the groups already: give `{name}` in each of them")
        self._root = _with(self._root, ("optimizer", "groups"), groups_of(self._lists))

    def tree(self, name: str) -> Node:
        """The spec, in which the schedule is called ``name``."""
        entries = dict(self._root.items())
        training = entries.pop("training")
        optimizer = dict(entries["optimizer"].items())
        # `type` comes first, as people write it.
        ordered = {"type": optimizer.pop("type"), **optimizer}
        entries["optimizer"] = replace(entries["optimizer"], value=ordered)
        schedules = self._mapping(**{name: self._mapping(**entries)})
        return self._mapping(training=training, schedules=schedules)

    def _keys(self, section: str) -> tuple[str, ...]:
        node = self._root.get(section)
        return () if node is None else node.keys()

    def _mapping(self, **entries: Node) -> Node:
        return Node(entries, self.place, self.place)


def _missing_ends(row: SchedulerRow, given: Sequence[str]) -> Iterator[str]:
    """The lengths for the end of a decay that the scheduler needs and that are not given.

    None where a key is unknown: it may be such a length, misspelt.
    """
    known = {*(each.name for each in row.arguments), *SchedulerKeysModel.model_fields}
    if not known.issuperset(given):
        return
    has_one = any(name in given for names in row.one_of for name in names)
    for each in row.arguments:
        needed = each.required or (not has_one and (each.name,) in row.one_of)
        if each.role == "end" and needed and each.name not in given:
            yield each.name


def _with(node: Node, path: Sequence[str], value: Node) -> Node:
    """``node`` with ``value`` at ``path``; mappings on the way are made.

    Raises:
        UsageError: a key on the way has a value that is not a mapping.
    """
    if not path:
        return value
    if not node.is_mapping:
        raise UsageError(f"`{printable(path[0])}` is set inside a value that is not a mapping")
    key, rest = path[0], path[1:]
    child = node.get(key) or Node({}, value.place, value.key_place)
    return replace(node, value={**dict(node.items()), key: _with(child, rest, value)})
