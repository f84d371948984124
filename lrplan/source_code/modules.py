"""Modules of other files that a script imports: their text, their tree, and their names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from lrplan.source_code.package_names import mentions_makers
from lrplan.source_code.project_files import NO_FILES, ProjectFiles
from lrplan.source_code.relevance import makers_in
from lrplan.source_code.syntax import lines_of, parse_script
from lrplan.text_position import InputText


@dataclass(slots=True)
class Modules:
    """The other files of a script, joined with the script to one text.

    Their lines follow those of the script, so that a position says the file too: of a script of
    100 lines, line 101 is the first one of the first file that it imports from.
    """

    script: str = ""
    lines: list[str] = field(default_factory=list)
    """The lines of the script; those of other files are added."""
    files: ProjectFiles = NO_FILES
    trees: dict[str, ast.Module | None] = field(default_factory=dict)
    found: dict[tuple[str, int, str], str | None] = field(default_factory=dict)
    """The files of modules, by the file that imports them, and how it names them."""
    starts: list[tuple[int, str]] = field(default_factory=list)
    """The number of lines before each file, in their order."""

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a file, with lines that count on; None where it cannot be parsed."""
        if path not in self.trees:
            source = self.files.texts[path]
            before = "\n" * len(self.lines)
            tree, _ = parse_script(InputText(source.name, before + source.text))
            if tree is not None:
                self.starts.append((len(self.lines), path))
                self.lines += lines_of(source)
            self.trees[path] = tree
        return self.trees[path]

    def path_at(self, line: int) -> str:
        """The file that a line is in."""
        found = [path for before, path in self.starts if before < line]
        return found[-1] if found else self.script

    def find(self, line: int, level: int, module: str) -> str | None:
        """The file of a module that is imported in ``line``; None: it was not read."""
        key = self.path_at(line), level, module
        if key not in self.found:
            self.found[key] = self.files.find(*key)
        return self.found[key]

    def makers(self) -> frozenset[str]:
        """The names of functions and classes of other files that make a scheduler."""
        texts = self.files.texts.items()
        trees = [self.tree(path) for path, each in texts if mentions_makers(each.text)]
        return frozenset(
            each.name
            for tree in trees
            if tree is not None
            for each in makers_in(tree)
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        )

    def places(self) -> tuple[tuple[int, str], ...]:
        """The number of lines before each file, and its name."""
        return tuple((before, self.files.texts[path].name) for before, path in self.starts)
