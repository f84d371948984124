"""Modules of other files that a script imports: their text, their tree, and their names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

from lrplan.source_code.project_files import NO_FILES, ProjectFiles
from lrplan.source_code.relevance import makers_in
from lrplan.source_code.syntax import lines_of, parse_script


@dataclass(slots=True)
class Modules:
    """The other files of one script, as one text with it.

    Their lines follow those of the script, so that a position tells the file too: of a script of
    100 lines, line 101 is the first one of the first file that it imports from.
    """

    script: Path = field(default_factory=Path)
    lines: list[str] = field(default_factory=list)
    """The lines of the script; those of other files are added."""
    files: ProjectFiles = NO_FILES
    trees: dict[Path, ast.Module | None] = field(default_factory=dict)
    starts: list[tuple[int, Path]] = field(default_factory=list)
    """The number of lines before each file, in their order."""

    def tree(self, path: Path) -> ast.Module | None:
        """The syntax tree of a file, with lines that count on; None where it cannot be parsed."""
        if path not in self.trees:
            source = self.files.texts[path]
            tree, _ = parse_script(source)
            if tree is not None:
                ast.increment_lineno(tree, len(self.lines))
                self.starts.append((len(self.lines), path))
                self.lines += lines_of(source)
            self.trees[path] = tree
        return self.trees[path]

    def path_at(self, line: int) -> Path:
        """The file that a line stands in."""
        found = [path for before, path in self.starts if before < line]
        return found[-1] if found else self.script

    def find(self, line: int, level: int, module: str) -> Path | None:
        """The file of a module that is imported in ``line``; None: it is none that was read."""
        return self.files.find(self.path_at(line), level, module)

    def makers(self) -> frozenset[str]:
        """The names of functions and classes of other files that make a scheduler."""
        trees = [self.tree(path) for path in self.files.texts]
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
