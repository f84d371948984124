"""The text of the spec that a source amounts to, with the source of each value beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lrplan._version import __version__
from lrplan.importers.import_config import ImportedConfig
from lrplan.node import Node
from lrplan.plan_origin import ForeignKey
from lrplan.specfile.problem_scope import child_path
from lrplan.text import join_words, wrap_list, yaml_flow
from lrplan.text_position import printable

_COLUMN = 42
"""Where comments begin, if the value leaves room."""
_PAGE = 100
"""The longest line of the comments at the top."""
_INLINE = 3
"""Mappings of at most this many plain values are written on one line."""
_WIDTH = 60
"""The longest such line."""


def spec_text(imported: ImportedConfig) -> str:
    """The YAML of a spec that is to be kept; what is not known is in comments.

    The first lines say where it comes from and what was assumed. A value has a comment that names
    its line and key in the config; one without was not in the config and follows from the rest.
    """
    root, origin = imported.root, imported.origin
    file = printable(Path(imported.source.name).name)
    head = [f"# From {file}, by lrplan {__version__}."]
    for note in map(printable, imported.notes):
        head += wrap_list(f"# {note[:1].upper()}{note[1:]}.", _PAGE, indent="#   ")
    if root is None:
        return "\n".join(head) + "\n"
    writer = _Writer(file, origin.keys, imported)
    return "\n".join([*head, *writer.mapping(root, "", 0)]) + "\n"


class _Writer:
    """Writes the nodes of a spec as lines.

    Args:
        file: the name of the config, for comments.
        keys: the key of the config that each value comes from, by its path in the spec.
        imported: what is missing.
    """

    def __init__(self, file: str, keys: Mapping[str, ForeignKey], imported: ImportedConfig) -> None:
        self._file = file
        self._keys = keys
        self._missing = imported.missing
        self._questions = imported.questions

    def mapping(self, node: Node, path: str, indent: int) -> Iterator[str]:
        """The lines of a mapping, key by key."""
        for key, child in node.items():
            below = child_path(path, key)
            if self._missing and key == "scheduler" and path.count(".") == 1:
                # Lengths in it were computed from placeholders.
                known = join_words([f"`{name}`" for name in self._missing])
                yield f"{' ' * indent}# scheduler: its lengths depend on {known}"
                continue
            yield from self._entry(yaml_flow(key), child, below, indent)

    def _entry(self, key: str, node: Node, path: str, indent: int) -> Iterator[str]:
        space = " " * indent
        question = self._question(path)
        if question:
            value = "?" if path in self._questions else yaml_flow(node.to_python())
            yield _line(f"{space}# {key}: {value}", question)
        elif node.is_mapping and node.keys() and not self._is_short(node, path):
            yield f"{space}{key}:"
            yield from self.mapping(node, path, indent + 2)
        elif node.is_list and any(each.is_mapping for each in node.elements()):
            yield f"{space}{key}:"
            yield from self._items(node, path, indent + 2)
        else:
            yield _line(f"{space}{key}: {yaml_flow(node.to_python())}", self._comment(node, path))

    def _items(self, node: Node, path: str, indent: int) -> Iterator[str]:
        for index, item in enumerate(node.elements()):
            lines = list(self.mapping(item, child_path(path, index), indent + 2))
            first = lines[0].lstrip()
            yield f"{' ' * indent}- {first}" if lines else f"{' ' * indent}- {{}}"
            yield from lines[1:]

    def _question(self, path: str) -> str:
        if path in self._questions:
            return self._questions[path]
        key = self._keys.get(path)
        fact = None if key is None else self._missing.get(key.name)
        return "" if fact is None else f"{fact.question}?"

    def _is_short(self, node: Node, path: str) -> bool:
        """Return True for a mapping of few values with nothing to say about each."""
        children = [(child_path(path, key), child) for key, child in node.items()]
        plain = all(child.is_scalar for _, child in children)
        sourced = sum(1 for below, _ in children if below in self._keys)
        is_open = any(below in self._questions for below, _ in children)
        fits = len(yaml_flow(node.to_python())) <= _WIDTH
        return plain and fits and not is_open and len(children) <= _INLINE and sourced <= 1

    def _comment(self, node: Node, path: str) -> str:
        """The source of a value; of several in one line, the source of each."""
        names: dict[tuple[str, str], list[str]] = {}
        for each in [path, *_below(node, path)]:
            if each in self._keys:
                names.setdefault(self._source(self._keys[each]), []).append(self._keys[each].name)
        return ", ".join(
            f"{before}{', '.join(dict.fromkeys(of))}{after}"
            for (before, after), of in names.items()
        )

    def _source(self, key: ForeignKey) -> tuple[str, str]:
        """The texts before and after the name of a key in a comment."""
        before = "" if key.exact else "from "
        if key.set_by_user:
            return f"{before}--set ", ""
        if not key.line:
            return "default of ", ""
        return before, f" in {key.file or self._file}:{key.line}"


def _below(node: Node, path: str) -> Iterator[str]:
    for key, child in node.items():
        yield child_path(path, key)
        yield from _below(child, child_path(path, key))
    for index, child in enumerate(node.elements()):
        yield child_path(path, index)
        yield from _below(child, child_path(path, index))


def _line(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}}  # {printable(comment)}" if comment else text
