"""Reads the text of a foreign config: YAML, JSON with comments, TOML, or Python as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lrplan.importers.foreign_config import ForeignConfig, Format
from lrplan.importers.json_text import begins_json, without_comments
from lrplan.importers.python_file import parse_python
from lrplan.importers.toml_file import parse_toml
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText

FORMATS: tuple[Format, ...] = ("yaml", "json", "python", "toml")
"""Every syntax that is read."""

FORMAT_OF_SUFFIX: Mapping[str, Format] = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "jsonc": "json",
    "py": "python",
    "toml": "toml",
}
"""The syntax that the end of a file's name says."""
_TABLE = re.compile(r"^\[\[?[\w.\"' -]+\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^(?:\w+\s*=[^=]|import \w|from [\w.]+ import )", re.MULTILINE)


def parse_foreign(source: InputText, formats: Sequence[Format] = FORMATS) -> ForeignConfig:
    """The tree of a text, in the syntax that its name and its beginning say, of ``formats``."""
    form = _format(source, formats)
    problems = Problems(source)
    if form == "python":
        parsed = parse_python(source, problems)
        root = None if parsed is None else parsed.root
        unread = {} if parsed is None else parsed.unread
        return ForeignConfig(source, form, root, problems, unread)
    if form == "toml":
        return ForeignConfig(source, form, parse_toml(source, problems), problems)
    text = without_comments(source.text) if form == "json" else source.text
    root = parse(InputText(source.name, text), problems)
    return ForeignConfig(source, form, root, problems)


def _format(source: InputText, formats: Sequence[Format]) -> Format:
    suffix = source.name.rpartition(".")[2].lower()
    by_name = FORMAT_OF_SUFFIX.get(suffix)
    if begins_json(source.text) and "json" in formats:
        guess: Format = "json"
    elif by_name is not None:
        guess = by_name
    else:
        guess = _by_lines(source.text)
    return guess if guess in formats else formats[0]


def _by_lines(text: str) -> Format:
    if not _ASSIGNMENT.search(text):
        return "yaml"
    return "toml" if _TABLE.search(text) else "python"
