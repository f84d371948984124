"""The data class of a kind of foreign config: how to read it, and the values to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.fact import Fact
from lrplan.importers.foreign_config import Format

Schedule: TypeAlias = Mapping[str, object]
"""A schedule of a spec (``training``, ``optimizer``, ``scheduler``), as ``tree.spec_tree`` takes
it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFamily:
    """A kind of foreign config.

    Args:
        name: as ``--as`` takes it.
        title: for sentences, with its article: ``a nanoGPT config``.
        release: the framework and the release whose rules hold: ``transformers 5.24``.
        formats: the syntaxes that its files have.
        read: the schedule that a config describes; None where it describes none, after reporting
            why. Facts that are missing are asked for by the reader.
        facts: all that it may ask for.
        per_step: what its users write so that the scheduler ticks per step; empty: its files cannot
            say it.
        other_keys: keys of its files that look like misspellings of those that it reads.
        own_names: keys of ``training``, and the name that its files have for each, where the tree
            of a config does not always have both.
        words: words of rules about specs, and those that are right for its files.
        notes: sentences for its page in the documentation: traps, and what is refused.
    """

    name: str
    title: str
    release: str
    formats: tuple[Format, ...]
    read: Callable[[ConfigReader], Schedule | None]
    facts: tuple[Fact, ...] = ()
    per_step: str = ""
    other_keys: tuple[str, ...] = ()
    own_names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
