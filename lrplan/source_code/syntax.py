"""The syntax tree of a script or a notebook."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from lrplan.finding import Finding, spec_problem
from lrplan.source_code.notebook_lines import code_cells, code_lines
from lrplan.text_position import START, InputText, TextPosition

MAX_CHARACTERS = 2_000_000
"""Characters of a script; a longer one is refused."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_MAGIC = re.compile(r"^\s*(?:%|!|\?|.*\?$)|^\s*[\w.,\s]+=\s*[!%]\s*\w")


def lines_of(source: InputText) -> list[str]:
    """The lines of a script as Python counts them."""
    return _LINE_END.split(source.text.removeprefix("\ufeff"))


def parse_script(source: InputText) -> tuple[ast.Module | None, list[Finding]]:
    """The syntax tree of a script; None, with the reason, if it cannot be parsed."""
    if len(source.text) > MAX_CHARACTERS:
        text = f"the script has more than {MAX_CHARACTERS:,} characters"
        return None, [spec_problem("over-budget", text, file=source.name)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the script: an invalid escape in a pattern
            tree = ast.parse("\n".join(lines_of(source)))
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        place = TextPosition(line, column, line, column + 1)
        return None, [_problem(source, f"this is not Python: {error.msg}", place)]
    except (ValueError, RecursionError, MemoryError) as error:
        # A null byte, or brackets nested thousands deep.
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deep"
        return None, [_problem(source, f"this cannot be read as Python: {reason}", START)]
    return tree, []


def _problem(source: InputText, message: str, place: TextPosition) -> Finding:
    return spec_problem("source-syntax", message, place=place, file=source.name)


def is_notebook(name: str) -> bool:
    """Return True for the name of a Jupyter notebook."""
    return name.lower().endswith(".ipynb")


def script_of_notebook(source: InputText) -> tuple[InputText, list[int], list[Finding]]:
    """The code of a notebook as one script.

    Magics and shell commands (``%time``, ``!pip``) become statements that do nothing.

    Returns:
        the script, for each of its lines the line of the file (1 for all of a notebook that was
        saved on one line), and what is wrong with the notebook.
    """
    try:
        cells = code_cells(source.text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        deep = "it is nested too deep"
        reason = f"this is no notebook: {deep if isinstance(error, RecursionError) else error}"
        return source, [], [spec_problem("source-syntax", reason, file=source.name)]
    found = [list(code_lines(source.text, cell)) for cell in cells]
    file_lines = [number for cell in found for _, number in cell]
    texts = [[line for line, _ in cell] for cell in found]
    return InputText(source.name, "\n".join(_without_magics(texts))), file_lines, []


def _without_magics(texts: list[list[str]]) -> Iterator[str]:
    for lines in texts:
        is_other_language = bool(lines) and lines[0].lstrip().startswith("%%")
        for line in lines:
            yield "" if is_other_language else _without_magic(line)


def _without_magic(line: str) -> str:
    if not _MAGIC.search(line) or line.lstrip().startswith(("#", '"', "'")):
        return line
    # In place of a magic a statement that does nothing, for blocks that hold nothing else.
    return f"{line[: len(line) - len(line.lstrip())]}pass"
