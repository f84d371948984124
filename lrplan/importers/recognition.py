"""Recognizes the family of a config: the one that the user names, else by its keys."""

from __future__ import annotations

from collections.abc import Iterable

from lrplan.catalog import nearest
from lrplan.errors import UsageError
from lrplan.importers.families import FAMILIES
from lrplan.importers.family import ConfigFamily
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.foreign_text import FORMAT_OF_SUFFIX, parse_foreign
from lrplan.specfile.file_kinds import family_of_mapping
from lrplan.specfile.load import looks_like_a_spec
from lrplan.text import join_words
from lrplan.text_position import InputText, printable


def foreign_config(
    source: InputText, family: str = ""
) -> tuple[ForeignConfig, ConfigFamily] | None:
    """``source`` as a config, and whose it is; None for a spec, and for what no family knows.

    Args:
        source: the text.
        family: as ``--as`` names it; empty: it is found by the keys of the config.

    Raises:
        UsageError: there is no such family.
    """
    known = family_called(family) if family else None
    if looks_like_a_spec(source.text):
        return None  # a spec, also beside a config in one command
    if known is not None:
        return parse_foreign(source, known.formats), known
    config = parse_foreign(source)
    recognized = recognize(config)
    return None if recognized is None else (config, recognized)


def recognize(config: ForeignConfig) -> ConfigFamily | None:
    """The family that a config is of, by its keys; None for what no family knows."""
    name = "" if config.root is None else family_of_mapping(config.root.to_python())
    family = FAMILIES.get(name)
    return family if family is not None and config.format in family.formats else None


def family_called(name: str, origin: str = "--as", others: tuple[str, ...] = ()) -> ConfigFamily:
    """The family called ``name``.

    Args:
        name: as the user writes it.
        origin: the place of that, for the message.
        others: what else, besides families, is allowed there.

    Raises:
        UsageError: there is none.
    """
    if name not in FAMILIES:
        known = (*FAMILIES, *others)
        hint = nearest(name, known)
        fix = f"did you mean `{hint}`?" if hint else f"it has {join_words(known)}"
        raise UsageError(f"{origin} {printable(name)!r}: lrplan has no family of that name; {fix}")
    return FAMILIES[name]


def suffixes_of(families: Iterable[ConfigFamily]) -> tuple[str, ...]:
    """The ends of the names that configs of some families have: ``.yaml``, ``.py``."""
    formats = {each for family in families for each in family.formats}
    return tuple(f".{suffix}" for suffix, form in FORMAT_OF_SUFFIX.items() if form in formats)
