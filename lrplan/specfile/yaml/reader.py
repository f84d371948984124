"""Parses the text of a spec to a tree of nodes with their lines and columns.

PyYAML only cuts the text into events here; it constructs nothing, so no tag can reach Python. The
tree is put together without recursion, within a budget of values and of depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from lrplan.node import Node
from lrplan.specfile.problems import Problems, TooManyProblemsError
from lrplan.specfile.yaml.composer import TOO_DEEP, Composer, StopReadingError
from lrplan.specfile.yaml.syntax_errors import explain_syntax_error
from lrplan.text_position import START, InputText, TextPosition

_DEPTH_OF_LIBYAML = "exceeded maximum nesting depth"
_UNPRINTABLE = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
# https://yaml.org/spec/1.2.2/#51-character-set; libyaml and PyYAML differ in what they report.


def parse(source: InputText, problems: Problems) -> Node | None:
    """The tree of a text; None when it is empty or cannot be read to its end.

    Every problem goes to ``problems``. A tree may come back although there are some: of a key given
    twice the first value counts, and a scalar without a value (an unknown tag, 1e999) is null.
    """
    text = source.text.removeprefix("\ufeff")
    if unprintable := _UNPRINTABLE.search(text):
        message = f"the character U+{ord(unprintable[0]):04X} is not allowed in YAML"
        problems.add("yaml-syntax", _end(text[: unprintable.start()]), message)
        return None
    composer = Composer(problems)
    try:
        for event in _events(text):
            composer.feed(event)
    except (StopReadingError, TooManyProblemsError):
        return None
    except yaml.YAMLError as error:
        problem = explain_syntax_error(error, source)
        # libyaml looks ahead, and since PyYAML 6.0.4 it gives up at 1000 levels of its own.
        if _DEPTH_OF_LIBYAML in str(error):
            problems.add("over-budget", problem.place, f"{problems.subject} {TOO_DEEP}")
        else:
            problems.add("yaml-syntax", problem.place, problem.message, fix=problem.fix)
        return None
    if composer.root is None or (composer.root.value is None and not problems):
        fix = "`lrplan init` writes a spec to start from"
        problems.add("yaml-syntax", START, f"{problems.subject} is empty", fix=fix)
        return None
    return composer.root


def _events(text: str) -> Iterator[yaml.Event]:
    # libyaml, where PyYAML was built with it: about ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except (ValueError, OverflowError) as error:
        # PyYAML's own scanner lets chr() fail on escapes such as "\UFFFFFFFF".
        raise yaml.YAMLError(f"a character that does not exist ({error})") from None


def _end(text: str) -> TextPosition:
    # The "|" stands for the character after the text, so that a final line break begins a new line.
    lines = (text + "|").splitlines()
    return TextPosition(len(lines), len(lines[-1]), len(lines), len(lines[-1]) + 1)
