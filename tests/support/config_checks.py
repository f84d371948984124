"""Measures how far the curves of configs are from those of their frameworks, for docs/configs.md.

``python -m tests.support.config_checks`` runs the tests below, prints what they found and writes it
into ``docs/config_checks.json``, from which ``docs/generate.py`` makes the table. It wants the
packages of constraints-peers.txt and constraints-configs.txt: a family whose framework is missing
is an error, not a gap.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import foreign

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "config_checks.json"


@dataclass(frozen=True)
class Reference:
    """What the curves of a family are compared with.

    Args:
        code: that ran, as a noun phrase.
        packages: that it comes from; none for a second reading of the source.
        tests: that compare, by module and name.
        note: what else holds for the family; a clause.
    """

    code: str
    packages: tuple[str, ...]
    tests: tuple[str, ...]
    note: str = ""


REFERENCES = {
    "transformers": Reference(
        "`get_scheduler`, stepped in a loop",
        ("transformers",),
        (
            "test_transformers:test_each_schedule_is_that_of_get_scheduler",
            "test_transformers:test_the_run_is_as_long_as_the_trainer_makes_it",
        ),
    ),
    "trl": Reference(
        "the 14 classes of arguments, and `get_scheduler` in a loop",
        ("trl", "transformers"),
        ("test_trainer_dialects:test_the_arguments_are_those_of_the_classes_of_trl",),
    ),
    "llamafactory": Reference(
        "its builders, and the Trainer's `create_scheduler`, stepped in a loop",
        ("llamafactory", "transformers"),
        ("test_trainer_dialects:test_the_builders_of_llama_factory_make_the_same",),
    ),
    "axolotl": Reference(
        "its builder, and its trainer's `create_scheduler`, stepped in a loop",
        ("axolotl", "transformers"),
        ("test_axolotl:test_the_trainer_of_axolotl_makes_the_same",),
    ),
    "deepspeed": Reference(
        "the classes of `lr_schedules`, stepped in a loop",
        ("deepspeed",),
        ("test_deepspeed:test_each_scheduler_is_that_of_deepspeed",),
    ),
    "nanogpt": Reference(
        "a second reading: `get_lr` of train.py, called in a loop",
        (),
        (
            "test_nanogpt:test_the_curve_is_that_of_train_py",
            "test_nanogpt:test_the_defaults_are_those_of_train_py",
        ),
    ),
    "ultralytics": Reference(
        "the trainer's `_do_train`, with stand-ins for model and data",
        ("ultralytics",),
        ("test_ultralytics:test_the_trainer_that_is_installed_has_the_same_curves",),
        "15 older releases: recorded runs",
    ),
    "timm": Reference(
        "`create_scheduler_v2`, ticked as train.py does",
        ("timm",),
        (
            "test_timm:test_the_curve_is_that_of_train_py",
            "test_timm:test_random_options_have_the_curve_of_train_py",
        ),
    ),
    "mmengine": Reference(
        "`Config`, the optimizer wrapper, the schedulers and their hook, in a loop",
        ("mmengine",),
        (
            "test_mmengine:test_the_curve_is_that_of_mmengine",
            "test_mmengine:test_bases_are_merged_as_mmengine_does",
        ),
        "mmcv: a second reading",
    ),
    "detectron2": Reference(
        "a second reading of `build_lr_scheduler`, with fvcore's schedules, in a loop",
        ("fvcore",),
        (
            "test_detectron2:test_the_schedules_of_fvcore_make_the_same",
            "test_detectron2:test_random_solvers_have_the_curve_of_fvcore",
        ),
    ),
    "lightning-cli": Reference(
        "`Trainer.fit`, with what `LightningCLI.configure_optimizers` returns",
        ("lightning",),
        ("test_lightning_cli:test_the_curve_is_that_of_lightning",),
    ),
}
"""By the name of the family."""


def main() -> int:
    """Run the tests, print a line for each family, and write the results; pytest's status."""
    differences = defaultdict[str, list[float]](list)
    configs = defaultdict[str, set[str]](set)
    observe(differences, configs)
    names = [f"tests/importers/{test.replace(':', '.py::')}" for test in _all_tests()]
    status = pytest.main(["-q", "-p", "no:cacheprovider", "-m", "slow or not slow", *names])
    if status:
        return int(status)
    rows = {}
    for family, reference in REFERENCES.items():
        unseen = [test for test in reference.tests if not differences[test]]
        if unseen:
            sys.stdout.write(f"{family}: {', '.join(unseen)} compared nothing\n")
            return 1
        shares = [share for test in reference.tests for share in differences[test]]
        rows[family] = {
            "code": reference.code,
            "packages": [f"{each} {metadata.version(each)}" for each in reference.packages],
            "configs": sum(len(configs[test]) for test in reference.tests),
            "curves": len(shares),
            "difference": float(f"{max(shares):.1g}"),
            "note": reference.note,
        }
        told = f"{family}: {len(shares)} curves, off by {max(shares):.1g} of the peak\n"
        sys.stdout.write(told)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0


def _all_tests() -> list[str]:
    return [test for each in REFERENCES.values() for test in each.tests]


def observe(differences: dict[str, list[float]], configs: dict[str, set[str]]) -> None:
    """Note what tests compare, before they import the functions that do it."""
    compare, read, last = foreign.assert_same, foreign.read_config, [""]

    def compared(own: np.ndarray, real: object) -> None:
        compare(own, real)
        other = np.asarray(real, dtype=float)
        share = np.abs(own - other).max() / max(np.abs(other).max(), 1e-300)
        differences[_test()].append(float(share))
        configs[_test()].add(last[0])

    def noted(*args: Any, **options: Any) -> object:
        last[0] = repr((args, options))
        return read(*args, **options)

    foreign.assert_same = compared
    foreign.read_config = noted  # type: ignore[assignment]


def _test() -> str:
    """The test that runs, as the table above names it."""
    path, _, name = os.environ["PYTEST_CURRENT_TEST"].split(" ")[0].rpartition("::")
    return f"{Path(path).stem}:{name.partition('[')[0]}"


if __name__ == "__main__":
    sys.exit(main())
