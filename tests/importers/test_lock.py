"""A lock of a config records the facts, and ``--locked`` uses them."""

from pathlib import Path

from typer.testing import CliRunner

from lrplan.cli import app


def run(*arguments):
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False)


def test_the_facts_of_a_lock_are_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sft.yaml").write_text("per_device_train_batch_size: 4\nwarmup_steps: 5\n")
    assert run("lock", "sft.yaml").exit_code == 2
    facts = ("--set", "dataset_size=1000", "--set", "world_size=2")
    assert run("lock", "sft.yaml", *facts).exit_code == 0
    text = Path("sft.lrplan.lock").read_text()
    assert '\nset: ["dataset_size=1000", "world_size=2"]\n' in text
    assert run("validate", "sft.yaml", "--locked").exit_code == 0
    assert run("lock", "sft.yaml", "--check").exit_code == 0
    # They are what the curves were computed with, and another value is told.
    assert run("lock", "sft.yaml", "--check", "--set", "dataset_size=999").exit_code == 0
    for command in (("lock", "sft.yaml", "--check"), ("validate", "sft.yaml", "--locked")):
        changed = run(*command, "--set", "dataset_size=500")
        assert changed.exit_code == 1
        told = " ".join(changed.stdout.split())
        # The spec is what it was.
        assert "Since then `dataset_size` was 1000 and is 500. [" in told
        assert "the schedule in the spec" not in told
        again = "run `lrplan lock sft.yaml --set dataset_size=500 --set world_size=2`"
        assert again in told
    Path("sft.yaml").write_text("per_device_train_batch_size: 4\nwarmup_steps: 6\n")
    changed = run("validate", "sft.yaml", "--locked")
    assert changed.exit_code == 1
    assert "Since then the schedule in the spec has changed." in " ".join(changed.stdout.split())
    assert run("lock", "sft.yaml").exit_code == 0  # with the facts of before
    assert Path("sft.lrplan.lock").read_text().count("dataset_size=1000") == 1
