"""Edits of the code of a notebook as edits of its file, which is JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lrplan.edits import TextEdit
from lrplan.source_code.syntax import lines_of
from lrplan.text_position import InputText, TextPosition


def in_notebook(
    edits: Sequence[TextEdit], code: Sequence[str], notebook: InputText, file_lines: Sequence[int]
) -> tuple[TextEdit, ...]:
    """``edits`` of the code of a notebook, as edits of its file.

    A line of code is a string of the file, on a line of its own. Empty where an edit reaches over
    several lines, or where the file has another form, such as all of it on one line.

    Args:
        edits: those of one fix.
        code: the lines of its cells.
        notebook: the file.
        file_lines: the line of the file for each line of code.
    """
    lines = lines_of(notebook)
    result: list[TextEdit] = []
    for edit in edits:
        line = edit.place.line
        if edit.place.end_line != line or "\n" in edit.new or line > len(file_lines):
            return ()
        in_file = file_lines[line - 1]
        moved = _moved(edit, code[line - 1], lines[in_file - 1], in_file)
        if moved is None:
            return ()
        result.append(moved)
    return tuple(result)


def _moved(edit: TextEdit, code: str, text: str, line: int) -> TextEdit | None:
    """An edit of a line of code in the string of JSON that holds it; None if none does."""
    indent = len(text) - len(text.lstrip())
    for ascii_only in (True, False):
        # In a file `print("é")` is `"print(\"\u00e9\")\n"` or `"print(\"é\")\n"`.
        held = json.dumps(code, ensure_ascii=ascii_only)[:-1]
        if not text.startswith(held, indent) or text[indent + len(held)] not in '"\\':
            continue
        start, end = (
            indent + len(json.dumps(code[: column - 1], ensure_ascii=ascii_only))
            for column in (edit.place.column, edit.place.end_column)
        )
        new = json.dumps(edit.new, ensure_ascii=ascii_only)[1:-1]
        return TextEdit(TextPosition(line, start, line, end), new, edit.is_safe)
    return None
