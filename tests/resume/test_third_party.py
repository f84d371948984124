"""Schedulers of other packages, resumed by lrplan and by hand; skipped without the package.

Comparisons are exact.
"""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from tests.resume.by_hand import BREAK, EPOCHS, PER_EPOCH, ask, resumed, spec_of, table
from tests.resume.kinds import of

AT = BREAK * PER_EPOCH


def test_gradual_warmup_no_longer_changes_the_rate():
    package = pytest.importorskip("warmup_scheduler", reason="warmup-scheduler is missing")

    def make(optimizer):
        after = of("CosineAnnealingLR", T_max=17)(optimizer)
        return package.GradualWarmupScheduler(optimizer, 1, 3, after_scheduler=after)

    inside = {"type": "CosineAnnealingLR", "T_max": 17}
    spec = spec_of(
        {
            "type": "warmup_scheduler:GradualWarmupScheduler",
            "multiplier": 1,
            "total_epoch": 3,
            "after_scheduler": inside,
        }
    )
    asked = ask(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package calls get_lr() of the scheduler inside
        wanted = resumed(make)
    assert np.array_equal(table(asked.trace), wanted)
    after = asked.trace.lr["g0"][AT:]
    assert len(set(after)) == 1, "frozen"
    assert len(set(asked.unbroken.lr["g0"][AT:])) > 10
    assert asked.unsafe.startswith("it holds a torch.optim.lr_scheduler.CosineAnnealingLR")


def test_transformers_goes_on_as_it_was():
    optimization = pytest.importorskip(
        "transformers.optimization", reason="transformers is missing"
    )

    def make(optimizer):
        return optimization.get_cosine_schedule_with_warmup(optimizer, 4, EPOCHS)

    spec = spec_of(
        {
            "type": "transformers:cosine",
            "num_warmup_steps": 4,
            "num_training_steps": EPOCHS,
        }
    )
    for parts in ("optimizer,scheduler", "scheduler"):
        asked = ask(spec, *parts.split(","))
        assert np.array_equal(table(asked.trace), resumed(make, parts=parts))
        assert asked.identical == (parts != "scheduler")


@pytest.mark.parametrize(
    ("package", "scheduler"),
    [
        (
            "mmengine",
            {"type": "mmengine:CosineAnnealingLR", "T_max": 20},
        ),
        (
            "timm",
            {"type": "timm:CosineLRScheduler", "t_initial": 20, "warmup_t": 3},
        ),
        (
            "ignite",
            {
                "type": "ignite:LinearCyclicalScheduler",
                "param_name": "lr",
                "start_value": 0.1,
                "end_value": 0.01,
                "cycle_size": 12,
            },
        ),
        (
            "deepspeed",
            {"type": "deepspeed:WarmupDecayLR", "total_num_steps": 20, "warmup_num_steps": 3},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_others_go_on_as_they_were(package, scheduler):
    if find_spec(package) is None:
        pytest.skip(f"{package} is missing")
    spec = spec_of(scheduler)
    assert ask(spec).identical
    lost = [gap.first for gap in ask(spec, "scheduler").differences if gap.field == "lr"]
    assert lost in ([AT], []), "the first update after the resume, or none: those that count anew"
