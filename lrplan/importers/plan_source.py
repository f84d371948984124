"""Plan sources: a spec, a recipe, or a config of another framework, as resolved plans.

Every command gets its plans here. A file is recognized by its content; ``--as`` decides where that
is wrong, and ``--set`` says what the file does not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.errors import SpecError, UsageError
from lrplan.finding import Finding
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.families import FAMILIES
from lrplan.importers.family import Family
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.foreign_text import parse_foreign
from lrplan.importers.tree import spec_tree
from lrplan.inputs import note_input
from lrplan.origin import Origin
from lrplan.request import AS_IT_IS, SourceOptions
from lrplan.specfile.files import read_text
from lrplan.specfile.foreign import family_of_mapping
from lrplan.specfile.load import Spec, read, resolve_tree
from lrplan.specfile.models import SpecModel, TrainingModel
from lrplan.specfile.problems import Problems
from lrplan.specfile.settings import Setting, name_settings, parse_settings, with_settings
from lrplan.text import join_words, yaml_flow
from lrplan.text_position import START, InputText, printable

_SCHEDULES = re.compile(r"^['\"]?schedules['\"]?\s*:", re.MULTILINE)


def load_source(
    path: str | Path, options: SourceOptions = AS_IT_IS, *, trust: bool = False
) -> Spec:
    """The plans of the source at ``path``; ``recipe:NAME`` is a recipe, ``-`` standard input.

    Raises:
        SpecError: it cannot be read, or has problems; all of them are in ``findings``.
        UsageError: there is no such recipe or family, or a fact that nothing reads.
    """
    note_input(path)
    source = read_text(path, sys.stdin)
    spec, problems = read_source(source, folder_of(path), options, trust=trust)
    if problems:
        raise SpecError(problems, source)
    return spec


def folder_of(path: str | Path) -> Path:
    """The folder where files are looked up that the source at ``path`` names."""
    return Path() if str(path) == "-" else Path(path).parent


def read_source(
    source: InputText, folder: Path, options: SourceOptions = AS_IT_IS, *, trust: bool = False
) -> tuple[Spec, list[Finding]]:
    """The sound schedules of ``source``, and all problems of the others.

    Raises:
        UsageError: there is no such family, or a fact that nothing reads.
    """
    settings = parse_settings(options.settings)
    if options.family:
        family = _family(options.family)
        return _import(parse_foreign(source, family.formats), family, folder, settings)
    if not _SCHEDULES.search(source.text):
        config = parse_foreign(source)
        known = recognize(config)
        if known is not None:
            return _import(config, known, folder, settings)
    return read(source, folder, trust=trust, settings=settings)


def recognize(config: ForeignConfig) -> Family | None:
    """The family that a config is of, by its keys; None for what no family knows."""
    name = "" if config.root is None else family_of_mapping(config.root.plain())
    family = FAMILIES.get(name)
    return family if family is not None and config.format in family.formats else None


def _family(name: str) -> Family:
    if name not in FAMILIES:
        hint = nearest(name, tuple(FAMILIES))
        fix = f"did you mean `{hint}`?" if hint else f"it has {join_words(tuple(FAMILIES))}"
        raise UsageError(f"--as {name!r}: lrplan has no family of that name; {fix}")
    return FAMILIES[name]


def _import(
    config: ForeignConfig, family: Family, folder: Path, settings: Sequence[Setting]
) -> tuple[Spec, list[Finding]]:
    source = config.source
    if config.root is None:
        return Spec(source, {}), config.problems.findings
    problems = Problems(source)
    own = [each for each in settings if "." not in each.name or not _is_path(each.name)]
    reader = ConfigReader(
        config, problems, {each.name: each.value for each in own}, family.facts, folder
    )
    schedule = family.read(reader)
    rest = [each for each in settings if each.name not in reader.read]
    for each in config.problems.findings:
        if reader.concerns(each.path):
            problems.take(each)
    _ask(reader, problems)
    if schedule is None or (problems.findings and not reader.missing):
        expected = {*TrainingModel.model_fields, *(each.name for each in family.facts)}
        _check_names([each for each in rest if each.name not in expected], reader)
        return Spec(source, {}), [*problems.findings, *reader.findings]
    root, keys = spec_tree(schedule)
    _check_names([each for each in rest if not _is_path(each.name)], reader)
    root, notes = with_settings(root, rest)
    origin = Origin(family.name, keys, tuple(reader.findings))
    spec, findings = resolve_tree(root, source, folder, origin=origin)
    findings = name_settings(findings, rest)
    if reader.missing:
        # Without its facts a run has placeholders for lengths: what is said about them is wrong.
        spec = replace(spec, plans={})
        findings = [each for each in findings if ".training" not in each.path]
    notes = (*_notes(reader, family), *notes)
    spec = replace(spec, files=tuple(reader.others.read), notes=notes)
    found = [*problems.findings, *(origin.translate(each) for each in findings)]
    return spec, [*found, *(reader.findings if found else ())]


def _is_path(name: str) -> bool:
    """Return True for a key of ``training``, and for a dotted path of a spec."""
    return name in TrainingModel.model_fields or name.partition(".")[0] in SpecModel.model_fields


def _check_names(settings: Sequence[Setting], reader: ConfigReader) -> None:
    for each in settings:
        hint = nearest(each.name, sorted({*reader.read, *TrainingModel.model_fields}))
        fix = f"; did you mean `{hint}`?" if hint else ""
        where = reader.problems.source.name
        raise UsageError(f"--set {printable(each.text)}: nothing in {where} reads it{fix}")


def _ask(reader: ConfigReader, problems: Problems) -> None:
    """Report all facts that are missing as one problem, with the options that give them."""
    if not reader.missing:
        return
    facts = reader.missing.values()
    questions = join_words([f"`{each.name}` ({each.question})" for each in facts])
    options = " ".join(f"--set {each.name}={each.example}" for each in facts)
    message = f"this config does not say {questions}"
    problems.add("missing-fact", START, message, fix=f"add {options}, with your own values")


def _notes(reader: ConfigReader, family: Family) -> tuple[str, ...]:
    """What was assumed: the release, and what it fills in."""
    listed = ", ".join(f"{key} {_flow(value)}" for key, value in reader.defaults.items())
    filled = f", which fills in: {listed}" if listed else ""
    return (f"read as {reader.release or family.release} reads it{filled}", *reader.assumptions)


def _flow(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return yaml_flow(int(value) if whole else value)  # type: ignore[call-overload]
