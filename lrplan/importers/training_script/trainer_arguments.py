"""``TrainingArguments(...)`` in a script, as the config of transformers' Trainer that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.importers.families import FAMILIES
from lrplan.importers.family import Family
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.node import Node
from lrplan.schedule_code.model import UNKNOWN, CodeValue, Program
from lrplan.specfile.problems import Problems
from lrplan.text import join_first, yaml_flow
from lrplan.text_position import START, InputText, TextPosition

_SCALARS = (bool, int, float, str, type(None))


def trainer_config(
    source: InputText, programs: Sequence[Program]
) -> tuple[ForeignConfig, Family] | None:
    """The arguments of the first Trainer of a script, and their family; None: there is none.

    Args:
        source: its text.
        programs: the ways through it.
    """
    for program in programs:
        for arguments in program.trainer_arguments:
            return _config(source, program, arguments), FAMILIES["transformers"]
    return None


def _config(
    source: InputText, program: Program, arguments: Mapping[str, CodeValue]
) -> ForeignConfig:
    entries: dict[str, Node] = {}
    unread: dict[str, TextPosition] = {}
    for name, each in arguments.items():
        line = program.location(each.place).line
        place = TextPosition(line, each.place.column, line, each.place.column + 1)
        if each.value is UNKNOWN:
            unread[name] = place
        elif isinstance(each.value, _SCALARS):
            quoted = isinstance(each.value, str)
            entries[name] = Node(each.value, place, place, quoted=quoted)
    root = Node(entries, START, START)
    return ForeignConfig(source, "python", root, Problems(source), unread)


def assumed_options(programs: Sequence[Program]) -> tuple[str, ...]:
    """A sentence on the options of the script whose defaults are taken; empty: there are none."""
    arguments = next((each for program in programs for each in program.trainer_arguments), {})
    taken = [
        f"{each.text} {yaml_flow(each.value)}"
        for each in arguments.values()
        if each.is_default and isinstance(each.value, _SCALARS)
    ]
    return (f"options have their defaults, such as {join_first(taken, 9)}",) if taken else ()
