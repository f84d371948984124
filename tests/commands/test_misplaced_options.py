"""Options of ``record`` behind the script."""

import pytest

from lrplan.commands.recording.misplaced_options import note_of_misplaced


@pytest.mark.parametrize(
    ("text", "arguments", "behind"),
    [
        ("import torch\n", ["--steps", "3"], "--steps after SCRIPT is passed to"),
        ("import torch\n", ["--steps=3", "--lr", "1"], "--steps after SCRIPT is passed to"),
        (
            "x",
            ["--epochs", "3", "--set", "a=1", "--epochs"],
            "--epochs and --set after SCRIPT are",
        ),
        ('parser.add_argument("--steps", type=int)\n', ["--steps", "3"], ""),
        ("@dataclass\nclass Options:\n    steps: int = 3\n", ["--steps", "3"], ""),
        ("import torch\n", ["--lr", "3", "steps"], ""),
        ("import torch\n", [], ""),
    ],
)
def test_an_option_is_misplaced_that_the_script_does_not_know(text, arguments, behind, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(text)
    note = note_of_misplaced(str(script), arguments)
    assert bool(note) == bool(behind)
    assert note.startswith(behind.replace("SCRIPT", str(script)))


def test_nothing_is_said_of_a_script_that_is_not_there(tmp_path):
    assert note_of_misplaced(str(tmp_path / "none.py"), ["--steps", "3"]) == ""
