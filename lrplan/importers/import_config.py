"""A config of a family as the tree of a spec, with all that is missing, wrong or assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from lrplan.catalog import nearest
from lrplan.errors import UnusedSettingError
from lrplan.finding import Finding
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.fact import Fact
from lrplan.importers.family import ConfigFamily
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.misspelt_keys import report_misspelt
from lrplan.importers.questions import question_of
from lrplan.importers.setting_aliases import own_settings, taken_for
from lrplan.importers.tree import SCHEDULE, spec_tree
from lrplan.node import Node
from lrplan.plan import SchedulePlan
from lrplan.plan_origin import ForeignKey, Origin
from lrplan.specfile.load import Spec, resolve_tree
from lrplan.specfile.models import SpecModel, TrainingModel
from lrplan.specfile.problems import Problems
from lrplan.specfile.settings import Setting, name_settings, with_settings
from lrplan.text import yaml_flow
from lrplan.text_position import START, InputText, printable


@dataclass(frozen=True, slots=True)
class ImportedConfig:
    """A config as the tree of a spec.

    Args:
        source: its text.
        root: the tree of a spec; None where it gives no schedule.
        origin: its family, and the names of its keys.
        notes: what was assumed.
        problems: what leaves no plan.
        missing: facts that it does not say, by name; placeholders stand in the tree for them.
        questions: what to ask about further values that are not known, by their path.
        files: the other files that were read for it.
    """

    source: InputText
    root: Node | None
    origin: Origin
    notes: tuple[str, ...] = ()
    problems: tuple[Finding, ...] = ()
    missing: Mapping[str, Fact] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def import_config(
    config: ForeignConfig,
    family: ConfigFamily,
    folder: Path,
    settings: Sequence[Setting],
    command_words: Sequence[str] = (),
) -> ImportedConfig:
    """Read a config.

    Args:
        config: its tree.
        family: whose it is.
        folder: where files are looked up that it names.
        settings: what the user says.
        command_words: the words of the command line, for the hint on what is missing.

    Raises:
        UsageError: a setting that nothing reads, or that changes nothing, or of a value that is
            computed from others.
    """
    source, problems = config.source, Problems(config.source)
    if config.root is None:
        found = tuple(config.problems.findings)
        return ImportedConfig(source, None, Origin(family.name), problems=found)
    facts = {each.name: each.value for each in settings if not _is_path(each.name)}
    reader = ConfigReader(config, problems, facts, family.facts, folder)
    schedule = family.read(reader)
    facts_of_lrplan = {*TrainingModel.model_fields, *(each.name for each in family.facts)}
    report_misspelt(reader, facts_of_lrplan, family.other_keys)
    for each in config.problems.findings:
        if reader.concerns(each.path):
            problems.take(each)
    notes = (*_notes(reader, family), *taken_for(settings))
    root: Node | None = None
    keys: Mapping[str, ForeignKey] = {}
    rest = [each for each in settings if each.name not in reader.read]
    _check_names(rest, reader, family)
    if schedule is not None:
        root, keys = spec_tree({SCHEDULE: schedule})
    own = own_settings(settings, rest, family, keys)
    if own != tuple(settings):
        return import_config(config, family, folder, own, command_words)
    if root is not None and not problems.findings:
        root, dropped = with_settings(root, _without_facts(rest, reader, family))
        notes = (*notes, *dropped)
    _ask(reader, problems, command_words)
    findings = tuple(reader.findings)
    origin = Origin(family.name, _marked(keys, facts), findings, family.per_step, family.words)
    files = tuple(reader.others.read)
    found = tuple(problems.findings)
    return ImportedConfig(source, root, origin, notes, found, reader.missing, files=files)


def _marked(keys: Mapping[str, ForeignKey], facts: Mapping[str, Node]) -> Mapping[str, ForeignKey]:
    """``keys``, those that the user said marked."""
    return {path: replace(key, set_by_user=key.name in facts) for path, key in keys.items()}


def spec_of(
    imported: ImportedConfig, folder: Path, settings: Sequence[Setting]
) -> tuple[Spec, list[Finding]]:
    """The plan of a config that was read, and all problems."""
    origin, problems = imported.origin, list(imported.problems)
    files, notes = imported.files, imported.notes
    only_facts = all(each.name == "missing-fact" for each in problems)
    if imported.root is None or not only_facts:
        spec = Spec(imported.source, {}, files=files, notes=notes, origin=origin)
        return spec, [*problems, *origin.findings]
    spec, findings = resolve_tree(imported.root, imported.source, folder, origin=origin)
    spec = replace(spec, plans={name: _titled(each) for name, each in spec.plans.items()})
    findings = [origin.translate(each) for each in name_settings(findings, settings)]
    if imported.missing:
        # Without its facts a run has placeholders for lengths: what is said about them is wrong.
        spec = replace(spec, plans={})
        findings = [each for each in findings if ".training" not in each.path]
    problems += findings
    return replace(spec, files=files, notes=notes), [
        *problems,
        *(origin.findings if problems else ()),
    ]


def _titled(plan: SchedulePlan) -> SchedulePlan:
    """``plan`` with the name of its file and of the folder around it, if it has no title.

    Every config's schedule is called ``run``, and many are called ``args.yaml``.
    """
    parts = PurePath(plan.source.name).parts
    return plan if plan.title else replace(plan, title=printable("/".join(parts[-2:])))


def _is_path(name: str) -> bool:
    """Return True for a dotted path of a spec (``schedules.run.optimizer.lr``)."""
    first, dot, _ = name.partition(".")
    return bool(dot) and first in SpecModel.model_fields


def _check_names(settings: Sequence[Setting], reader: ConfigReader, family: ConfigFamily) -> None:
    expected = {*TrainingModel.model_fields, *(each.name for each in family.facts)}
    for each in settings:
        if each.name in expected or _is_path(each.name):
            continue
        hint = nearest(each.name, sorted({*reader.read, *expected}))
        fix = f"; did you mean `{hint}`?" if hint else ""
        where = reader.problems.source.name
        message = f"--set {printable(each.text)}: nothing in {where} reads it{fix}"
        raise UnusedSettingError(each.text, message)


def _without_facts(
    settings: Sequence[Setting], reader: ConfigReader, family: ConfigFamily
) -> list[Setting]:
    """The settings that are no facts of ``family``.

    Raises:
        UsageError: a fact was said that this config has no use for.
    """
    own = {each.name for each in family.facts} - set(TrainingModel.model_fields)
    facts = [each for each in settings if each.name in own]
    # What is asked for may decide whether another fact is read.
    if facts and not reader.missing:
        name, text = printable(facts[0].name), printable(facts[0].text)
        message = f"--set {text} changes nothing: the curve of this config does not need `{name}`"
        raise UnusedSettingError(facts[0].text, message)
    return [each for each in settings if each not in facts]


def _ask(reader: ConfigReader, problems: Problems, command_words: Sequence[str]) -> None:
    """Report all facts that are missing as one problem, with what to type."""
    if not reader.missing:
        return
    message, fix = question_of(reader.missing.values(), command_words)
    problems.add("missing-fact", START, message, fix=fix)


def _notes(reader: ConfigReader, family: ConfigFamily) -> tuple[str, ...]:
    """The assumptions: the release, and what it fills in."""
    # A default that says nothing, such as no name, is not shown.
    shown = {key: value for key, value in reader.defaults.items() if value not in ("", None)}
    first = {key.rpartition(".")[0] for key in shown}
    where = first.pop() if len(first) == 1 else ""
    listed = ", ".join(
        f"{key.removeprefix(f'{where}.')} {_flow(value)}" for key, value in shown.items()
    )
    inside = f" below {where}" if where else ""
    filled = f", which fills in{inside}: {listed}" if listed else ""
    return (f"read as {reader.release or family.release} reads it{filled}", *reader.assumptions)


def _flow(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return yaml_flow(int(value) if whole else value)  # type: ignore[call-overload]
