"""The commands that CI runners recognise, by a copy of their own parsers."""

import re

_LINES = re.compile(r"\r\n|\r|\n")
_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_ANYWHERE = re.compile(r"##([A-Za-z]*)\[")


def obeyed(text):
    """The lines of ``text`` that GitHub, Azure Pipelines or TeamCity may obey.

    GitHub trims a line and looks for ``::`` at its start (``TryParseV2``), then for ``##[``
    anywhere (``TryParse``); Azure looks for ``##vso[`` anywhere. Any name counts as one they know.
    """
    return [line for line in _LINES.split(text) if _is_command(_STYLES.sub("", line))]


def _is_command(line):
    return line.lstrip().startswith("::") or _ANYWHERE.search(line) is not None
