"""Real trainings of LightningModules with hooks: lrplan gives the same curve, or names the hook."""

import importlib.util
import logging
import sys
import warnings
from types import ModuleType

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrplan.errors import SpecError
from lrplan.simulate.engine_choice import simulate
from tests.trust.code import plan, trace, write
from tests.trust.lightning_modules import HARMLESS, MOVING, REFUSED, module, returning

lightning = pytest.importorskip("lightning.pytorch", reason="lightning is missing")

EPOCHS, BATCHES = 6, 5
METRICS = "metrics: {loss: {values: [2.0], then: hold}}"


def trained(folder, code, **options):
    """The rates that each optimizer step of a real training is given."""
    file = folder / "lit.py"
    file.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location("lit_of_test", file)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    lit = loaded.Lit()
    rows = []
    configure = lit.configure_optimizers

    def observed():
        returned = configure()
        held = returned
        while not isinstance(held, torch.optim.Optimizer):
            held = held["optimizer"] if isinstance(held, dict) else held[0]
        held.register_step_pre_hook(lambda opt, *_: rows.append(opt.param_groups[0]["lr"]))
        return returned

    lit.configure_optimizers = observed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning has opinions on workers and loggers
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        trainer = lightning.Trainer(
            **{"max_epochs": EPOCHS, **options},
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        data = DataLoader(TensorDataset(torch.ones(BATCHES, 1)), batch_size=1)
        trainer.fit(lit, data, data)
    return rows


def spec_of(folder, code, more=""):
    spec = write(folder, f"factory: ./lit.py:Lit\n{more}", lit=code)
    text = spec.read_text("utf-8").replace("steps_per_epoch", "batches_per_epoch")
    spec.write_text(text, "utf-8")
    return spec


@pytest.mark.parametrize("name", HARMLESS)
def test_the_curve_is_that_of_the_trainer(name, tmp_path):
    code = module(HARMLESS[name])
    shown = trace(spec_of(tmp_path, code, METRICS if "plateau" in name else ""))
    assert shown.failure is None
    np.testing.assert_array_equal(shown.lr["all"], np.array(trained(tmp_path, code)))


@pytest.mark.parametrize("accumulate", [2, 3])
@pytest.mark.parametrize("name", ["every-3rd-step", "scheduler-step-from-the-4th", "mappings"])
def test_the_curve_is_that_of_the_trainer_with_accumulation(name, accumulate, tmp_path):
    code = module(HARMLESS[name])
    spec = spec_of(tmp_path, code)
    text = spec.read_text("utf-8").replace("epochs: 6", f"epochs: 6, accumulate: {accumulate}")
    spec.write_text(text, "utf-8")
    rows = trained(tmp_path, code, accumulate_grad_batches=accumulate)
    np.testing.assert_array_equal(trace(spec).lr["all"], np.array(rows))


@pytest.mark.parametrize("name", MOVING)
def test_a_hook_that_moves_the_schedule_is_named(name, tmp_path):
    hook, body = MOVING[name]
    with pytest.raises(SpecError) as caught:
        simulate(plan(spec_of(tmp_path, module(body))))
    named = hook.replace("configure_callbacks", "")  # a callback is called by its own name
    assert any(named in each.message for each in caught.value.findings)
    # It is refused for a reason: the schedulers alone, in Lightning's loop, give something else.
    rows = trained(tmp_path, module(body))
    plain = trace(spec_of(tmp_path, module("")))
    assert rows != plain.lr["all"].tolist()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_lightning_refuses(name, tmp_path):
    with pytest.raises(Exception) as caught:  # of several classes
        trained(tmp_path, returning(REFUSED[name]))
    assert not isinstance(caught.value, AssertionError)


TIMM = """
        def configure_optimizers(self):
            from timm.scheduler import CosineLRScheduler

            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = CosineLRScheduler(optimizer, t_initial=6, warmup_t=2, warmup_lr_init=0.1{})
            return [optimizer], [{{"scheduler": scheduler, "interval": "{}"}}]

        def lr_scheduler_step(self, scheduler, metric):
            {}
"""


@pytest.mark.parametrize(
    ("more", "interval", "call"),
    [
        ("", "epoch", "scheduler.step(epoch=self.current_epoch)"),
        ("", "epoch", "scheduler.step(epoch=self.current_epoch + 1)"),
        (", t_in_epochs=False", "step", "scheduler.step_update(num_updates=self.global_step)"),
        (", t_in_epochs=False", "step", "scheduler.step_update(self.trainer.global_step)"),
    ],
)
def test_timm_in_lightning_by_its_documented_override(more, interval, call, tmp_path, monkeypatch):
    from lrplan.torch_objects.adapters.timm import _package

    bare = ModuleType("timm")  # the whole package needs more than its schedulers do
    bare.scheduler = _package()
    monkeypatch.setitem(sys.modules, "timm", bare)
    monkeypatch.setitem(sys.modules, "timm.scheduler", bare.scheduler)
    code = module(TIMM.format(more, interval, call))
    rows = trained(tmp_path, code)
    np.testing.assert_array_equal(trace(spec_of(tmp_path, code)).lr["all"], np.array(rows))
    assert len(set(rows)) > 3


@pytest.mark.parametrize(
    "options", [{"max_epochs": -1, "max_steps": 13}, {"max_steps": 13}], ids=["steps", "both"]
)
def test_what_the_trainer_answers_is_what_lightning_answers(options, tmp_path):
    body = """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            asked = self.trainer
            self.answers = [
                asked.max_steps, asked.max_epochs, asked.num_training_batches,
                asked.estimated_stepping_batches, asked.num_training_batches,
                asked.accumulate_grad_batches, asked.global_step, asked.current_epoch,
            ]
            total = float(sum(each for each in self.answers if each != float("inf")))
            scheduler = LambdaLR(optimizer, lambda step: 1 / (step + total))
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
    """
    code = module(body)
    spec = spec_of(tmp_path, code)
    length = "steps: 13" if "max_epochs" in options else "epochs: 6, steps: 13"
    spec.write_text(spec.read_text("utf-8").replace("epochs: 6", length), "utf-8")
    np.testing.assert_array_equal(
        trace(spec).lr["all"], np.array(trained(tmp_path, code, **options))
    )
