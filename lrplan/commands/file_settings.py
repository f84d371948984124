"""The options that ``[[tool.lrplan.files]]`` of pyproject.toml gives to a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lrplan.config import Config, find_config, read_config
from lrplan.request import Request, SourceOptions


def project_config(path: str = "") -> Config:
    """The settings in the file at ``path``, or of the project that the working folder belongs to.

    Raises:
        LrplanError: they cannot be read, or one does not exist.
    """
    if path:
        return read_config(path)
    try:
        return find_config(Path.cwd())
    except FileNotFoundError:  # the working directory has been deleted
        return Config()


def options_of_files(options: SourceOptions) -> Callable[[str], SourceOptions]:
    """A function from the path of a source to its options: those given, then the project's.

    Raises:
        LrplanError: the settings cannot be read, or one does not exist.
    """
    config = project_config(options.config)

    def options_of(path: str) -> SourceOptions:
        if path == "-" or options.schedule_words:
            return options
        rows = list(config.settings_of_file(path))
        if not rows:
            return options
        # Of a key that several rows set, the last row's value counts.
        facts = {_name(text): text for row in rows for text in row.settings}
        facts = {**{_name(text): text for text in options.defaults}, **facts}
        family = options.family or next((row.family for row in reversed(rows) if row.family), "")
        ignore = tuple(rule for row in rows for rule in row.ignore)
        if ignore:
            from lrplan.lint.rule_names import check_names

            check_names(ignore, config.origin)
        return replace(options, family=family, defaults=tuple(facts.values()), ignore=ignore)

    return options_of


def request_of_file(path: str, request: Request) -> Request:
    """``request`` with what the project says of the source at ``path``."""
    return replace(request, source=options_of_files(request.source)(path))


def _name(text: str) -> str:
    return text.partition("=")[0].strip()
