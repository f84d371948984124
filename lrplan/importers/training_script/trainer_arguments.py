"""``TrainingArguments(...)`` in a script, as the config of transformers' Trainer that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lrplan.errors import UsageError
from lrplan.importers.families import FAMILIES
from lrplan.importers.family import ConfigFamily
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.training_script.import_script import branches_taken
from lrplan.node import Node
from lrplan.schedule_code.model import UNKNOWN, CodePath, CodeValue
from lrplan.specfile.problems import Problems
from lrplan.text import join_first, yaml_flow
from lrplan.text_position import START, InputText, TextPosition, printable

_SCALARS = (bool, int, float, str, type(None))


def trainer_config(
    source: InputText, programs: Sequence[CodePath]
) -> tuple[ForeignConfig, ConfigFamily] | None:
    """The arguments of the first Trainer of a script, and their family; None: there is none.

    Args:
        source: its text.
        programs: the paths through it.

    Raises:
        UsageError: a Trainer gets another schedule than that of its arguments.
    """
    program = next((each for each in programs if each.trainer_arguments), None)
    if program is None:
        return None
    if program.own_schedules:
        name, line = printable(source.name), program.location(program.own_schedules[0]).line
        message = "the schedule is not that of the Trainer's arguments alone"
        advice = f"`lrplan record {name}` runs it and records what it does"
        raise UsageError(f"{name}:{line}: {message}, so there is nothing to import; {advice}")
    return _config(source, program, program.trainer_arguments[0]), FAMILIES["transformers"]


def _config(
    source: InputText, program: CodePath, arguments: Mapping[str, CodeValue]
) -> ForeignConfig:
    entries: dict[str, Node] = {}
    unread: dict[str, TextPosition] = {}
    for name, each in arguments.items():
        line = program.location(each.place).line
        place = TextPosition(line, each.place.column, line, each.place.column + 1)
        if each.value is UNKNOWN:
            unread[name] = place
        else:
            entries[name] = _node(each.value, place)
    root = Node(entries, START, START)
    return ForeignConfig(source, "python", root, Problems(source), unread)


def _node(value: object, place: TextPosition) -> Node:
    """A value of ``plain_values.to_plain``, as a config in YAML would have it."""
    if isinstance(value, Mapping):
        return Node({str(key): _node(each, place) for key, each in value.items()}, place, place)
    if isinstance(value, list):
        return Node(tuple(_node(each, place) for each in value), place, place)
    scalar = value if isinstance(value, _SCALARS) else str(value)
    return Node(scalar, place, place, quoted=isinstance(scalar, str))


def assumed_options(programs: Sequence[CodePath]) -> tuple[str, ...]:
    """Sentences on what was taken where a script leaves it open: options, branches, arguments."""
    ways = [program for program in programs if program.trainer_arguments]
    return tuple(_assumptions(ways)) if ways else ()


def _assumptions(ways: Sequence[CodePath]) -> Iterator[str]:
    program, *others = ways
    arguments = program.trainer_arguments[0]
    taken = [
        f"{each.text} {yaml_flow(each.value)}"
        for each in arguments.values()
        if each.is_default and isinstance(each.value, _SCALARS)
    ]
    if taken:
        yield f"options have their defaults, such as {join_first(taken, 9)}"
    if len(program.trainer_arguments) > 1:
        yield f"it makes {len(program.trainer_arguments)} `TrainingArguments`: the first are taken"
    changed = [other for other in others if _values(other) != _values(program)]
    yield from branches_taken(program, changed)


def _values(program: CodePath) -> dict[str, object]:
    return {name: each.value for name, each in program.trainer_arguments[0].items()}
