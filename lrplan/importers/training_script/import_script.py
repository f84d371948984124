"""A training script as the tree of a spec, with what it does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.importers.import_config import ImportedConfig
from lrplan.importers.training_script.draft import OPEN, Draft
from lrplan.importers.training_script.schedules import schedules_of
from lrplan.importers.tree import spec_tree
from lrplan.node import Node
from lrplan.plan_origin import Origin
from lrplan.schedule_code.model import FAMILY, Action, CodePath
from lrplan.specfile.settings import Setting, with_settings
from lrplan.text import join_first, yaml_flow
from lrplan.text_position import InputText

_INDEX = "["


def import_script(
    source: InputText, programs: Sequence[CodePath], settings: Sequence[Setting]
) -> ImportedConfig:
    """The spec that a script amounts to; without a root where no optimizer is stepped.

    Args:
        source: its text, or that of the cells of a notebook.
        programs: the paths through it, the main one first.
        settings: values that the user sets.

    Raises:
        UsageError: a setting changes nothing.
    """
    drafts = [(draft, schedules_of(draft)) for draft in map(Draft, programs)]
    complete = [each for each in drafts if each[1]]
    if not complete:
        return ImportedConfig(source, None, Origin(FAMILY))
    # A way with a scheduler comes first: a script may have a part that only tests a model. Then one
    # of a new run: where it is not known whether a state is loaded, none is.
    draft, schedules = min(complete, key=lambda each: _rank(each[0]))
    root, keys = spec_tree(schedules)
    root, dropped = with_settings(root, settings)
    open_paths = {
        path: question for path, question in draft.questions.items() if _at(root, path) == OPEN
    }
    others = [each.program for each, made in drafts if made != schedules]
    notes = (*_notes(draft, others), *dropped)
    origin = Origin(FAMILY, keys)
    return ImportedConfig(source, root, origin, notes, questions=open_paths)


def _rank(draft: Draft) -> tuple[bool, bool]:
    loads = any(each.kind == "state_loaded" for each in draft.program.acts())
    return not draft.program.schedulers, loads


def _at(root: Node, path: str) -> object:
    node: Node | None = root
    for part in path.replace("[", ".[").split("."):
        if node is None:
            return None
        is_index = part.startswith(_INDEX)
        node = node.element(int(part[1:-1])) if is_index else node.get(part)
    return None if node is None else node.value


def _notes(draft: Draft, others: Sequence[CodePath]) -> Iterator[str]:
    program = draft.program
    yield "read from the script, without running it"
    if draft.options:
        values = [f"{name} {yaml_flow(value)}" for name, value in draft.options.items()]
        yield f"options have their defaults, such as {join_first(values, 9)}"
    yield from branches_taken(program, others)
    exits = [place for place, loops in program.exits if draft.loops.intersection(loops)]
    if exits:
        lines = dict.fromkeys(map(draft.where, exits))
        listed = join_first(list(lines), _MOST)
        yield f"code in {listed} may end a loop early; the plan runs to the end"
    steps = [each for each in program.acts() if each.kind == "optimizer_step"]
    if any(each.scaled for each in steps):
        yield "a gradient scaler may skip steps; the plan has all of them"
    yield from _handed_on(draft)
    yield from draft.notes


def branches_taken(program: CodePath, others: Sequence[CodePath]) -> Iterator[str]:
    """A sentence on the conditions that ``others``, with other plans, decide differently."""
    decided = [{_condition(text): text for text in each.conditions} for each in others]
    turned = [
        text
        for text in program.conditions
        if any(each.get(_condition(text), text) != text for each in decided)
    ]
    if turned:
        conditions = join_first([_short(each) for each in turned], _MOST)
        yield f"assumed, as their values are not known: {conditions}"


def _condition(text: str) -> str:
    return text[text.find("`") : text.rfind("`")]


_MOST = 5
_LONGEST = 90


def _short(text: str) -> str:
    start, _, end = text.rpartition("` ")
    return text if len(text) <= _LONGEST else f"{start[:_LONGEST]}…` {end}"


def _handed_on(draft: Draft) -> Iterator[str]:
    program = draft.program
    handed = [each.place for each in program.optimizers if each.escapes]
    handed += [each.place for each in program.schedulers if each.escapes]
    places = dict.fromkeys(map(draft.where, handed))
    if places:
        made = join_first(list(places), _MOST)
        yield f"the object of {made} is passed to code that was not read, which may step it too"
    loaded: list[Action] = [each for each in program.acts() if each.kind == "state_loaded"]
    if loaded:
        lines = dict.fromkeys(draft.where(each.place) for each in loaded)
        listed = join_first(list(lines), _MOST)
        yield f"a state is loaded in {listed}; the plan is that of a new run"
