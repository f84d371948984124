"""The question about facts that a config lacks, with the command line that answers it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Sequence

from lrplan.importers.fact import Fact
from lrplan.text import join_words


def question_of(facts: Iterable[Fact], typed: Sequence[str]) -> tuple[str, str]:
    """A sentence about the missing facts, and the words to type.

    Args:
        facts: those that the config does not say.
        typed: the words of the command line, which is repeated with the options that answer; empty
            where there was none.
    """
    facts = list(facts)
    listed = join_words([f"`{each.name}` ({each.question})" for each in facts])
    options = [word for each in facts for word in ("--set", f"{each.name}={each.example}")]
    if not typed:
        return f"this config does not say {listed}", f"add {' '.join(options)}, {_OWN}"
    # What follows `--` is not an option.
    end = typed.index("--") if "--" in typed else len(typed)
    line = _shell_line(["lrplan", *typed[:end], *options, *typed[end:]])
    return f"this config does not say {listed}", f"type `{line}`, {_OWN}"


_OWN = "with your own values"


def _shell_line(words: Sequence[str]) -> str:
    """``words`` as a shell takes them: a name with a blank, or one that a shell runs, in quotes."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
