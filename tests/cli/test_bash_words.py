"""Completion in bash, which takes a colon for a word of its own."""

import shutil
import subprocess
import sys

import pytest

from lrplan.cli.bash_words import join_around_colons
from lrplan.recipes import names
from tests.timeouts import HANG

BASH = shutil.which("bash")


@pytest.mark.parametrize(
    ("words", "current", "wanted"),
    [
        # As bash 5.2 has them for `lrplan plot recipe:`, and so on.
        (["lrplan", "plot", "recipe", ":"], 3, (["lrplan", "plot", "recipe:"], 2, "recipe:")),
        (["p", "recipe", ":", "ll"], 3, (["p", "recipe:ll"], 1, "recipe:")),
        (["p", "a", ":", "b", ":", "r"], 5, (["p", "a:b:r"], 1, "a:b:")),
        (["p", "recipe", ":", ""], 3, (["p", "recipe:", ""], 2, "")),
        (["p", "recipe", ":", "x", ""], 4, (["p", "recipe:x", ""], 2, "")),
        (["p", "a.yaml", ":", "x", "b.yaml", ":"], 5, (["p", "a.yaml:x", "b.yaml:"], 2, "b.yaml:")),
        (["p", "a.yaml", "::"], 2, (["p", "a.yaml::"], 1, "a.yaml::")),
        (["p", "plot", "Cos"], 2, (["p", "plot", "Cos"], 2, "")),
        (["p", "a", ":", "b", "--fi"], 4, (["p", "a:b", "--fi"], 2, "")),
        (["p"], 4, (["p"], 4, "")),
        ([":"], 0, ([":"], 0, ":")),
    ],
)
def test_words_are_joined_around_colons(words, current, wanted):
    assert join_around_colons(words, current) == wanted


def completed(folder, words, current):
    """What the function that lrplan gives to bash puts into COMPREPLY."""
    program = folder / "lrplan"
    program.write_text(f"#!{sys.executable}\nfrom lrplan.__main__ import main\nmain()\n")
    program.chmod(0o755)
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f'eval "$(_LRPLAN_COMPLETE=source_bash {program})"\n'
        f"COMP_WORDS=({quoted}) COMP_CWORD={current}\n"
        f"_lrplan_completion {program}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    result = subprocess.run(
        [BASH, "--norc", "--noprofile", "-c", script],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=HANG,
        check=True,
    )
    assert result.stderr == ""
    return result.stdout.split()


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["plot", "recipe", ":"], list(names())),
        (["table", "recipe", ":", "lla"], [each for each in names() if each.startswith("lla")]),
        (["plot", "timm", ":", "Cos"], ["CosineLRScheduler"]),
        (["compare", "spec.yaml", ":"], ["one", "two"]),
        (["audit", "log.csv", "--plan", "spec.yaml", ":", "t"], ["two"]),
        (["plot", "recipe", ":", "llama1", ""], ["run"]),
        (["plot", "StepL"], ["StepLR"]),
    ],
    ids=" ".join,
)
def test_bash_completes_what_follows_a_colon(words, wanted, tmp_path):
    (tmp_path / "spec.yaml").write_text("schedules: {one: {}, two: {}}\n")
    assert completed(tmp_path, ["lrplan", *words], len(words)) == wanted
