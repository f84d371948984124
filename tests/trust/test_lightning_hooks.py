"""A LightningModule's own hooks: harmless ones draw nothing, the others are refused by name."""

import sys

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.errors import SpecError
from lrplan.simulate.engine_choice import simulate
from tests.trust.code import plan, problem, trace, write
from tests.trust.lightning_modules import FAKE, HARMLESS, MOVING, REFUSED, module, returning

METRICS = "metrics: {loss: {values: [2.0], then: hold}}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a package that passes for Lightning."""
    package = tmp_path / "lightning" / "pytorch"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("", "utf-8")
    (package / "__init__.py").write_text(FAKE, "utf-8")
    for name in [each for each in sys.modules if each.startswith("lightning")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def spec_of(folder, code, more="", head=None):
    spec = write(folder, f"factory: ./lit.py:Lit\n{more}", lit=code)
    if head is not None:
        spec.write_text(spec.read_text("utf-8").replace("epochs: 6, steps_per_epoch: 5", head))
    return spec


def validate(spec):
    return CliRunner().invoke(app, ["validate", str(spec), "--trust"])


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_hooks_are_simulated(name, folder):
    more = METRICS if "plateau" in name else ""
    run = trace(spec_of(folder, module(HARMLESS[name]), more))
    assert run.failure is None
    assert run.steps == 30


@pytest.mark.parametrize("name", MOVING)
def test_hooks_that_move_the_schedule_are_named(name, folder):
    hook, code = MOVING[name]
    with pytest.raises(SpecError) as caught:
        simulate(plan(spec_of(folder, module(code))))
    messages = [each.message for each in caught.value.findings]
    named = ("on_train_batch_start of its callback", "a function of configure_optimizers")
    starts = tuple(f"Lit: {each}" for each in (hook, f"`{hook}`", *named))
    assert any(text.startswith(starts) for text in messages), messages
    assert all("lit.py:" in text for text in messages)
    assert all(each.fix for each in caught.value.findings)


@pytest.mark.parametrize("name", REFUSED)
def test_what_lightning_does_not_take_is_refused(name, folder):
    finding = problem(spec_of(folder, returning(REFUSED[name]), METRICS))
    assert "Lightning" in finding.message, finding.message


BELOW = """
    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
        optimizer.param_groups[0]["lr"] = 0.1
        optimizer.step(closure=optimizer_closure)
"""


@pytest.mark.parametrize(
    ("bases", "is_called"),
    [("Mixin, Base", True), ("Base, Mixin", False), ("Middle", True)],
    ids=["before", "behind-lightnings", "base"],
)
def test_hooks_of_mixins_and_bases_count_where_they_are_called(bases, is_called, folder):
    code = module("").replace("class Lit(Base):\n    pass\n", "")
    code += (
        f"class Mixin:{BELOW}\n\nclass Middle(Base):{BELOW}\n\n\nclass Lit({bases}):\n    pass\n"
    )
    spec = spec_of(folder, code)
    if is_called:
        assert problem(spec).message.startswith("Lit: optimizer_step writes a parameter group's")
    else:
        assert trace(spec).failure is None


def test_what_super_leads_to_is_read(folder):
    code = module("").replace("class Lit(Base):\n    pass\n", f"class Middle(Base):{BELOW}\n\n")
    code += """
class Lit(Middle):
    def optimizer_step(self, *args, **kwargs):
        super().optimizer_step(*args, **kwargs)
"""
    assert "lit.py:" in problem(spec_of(folder, code)).message


@pytest.mark.parametrize(
    "body",
    [
        "on_train_start = functools.partial(print)",
        "exec('def on_train_start(self): pass')",
        "def __init__(self):\n    super().__init__()\n    self.on_train_start = print",
    ],
    ids=["partial", "exec", "on-the-object"],
)
def test_a_hook_without_source_is_refused(body, folder):
    finding = problem(spec_of(folder, module(body)))
    assert "on_train_start is overridden, and its source cannot be read" in finding.message


def test_a_hook_put_on_the_object_is_read(folder):
    body = """
        def __init__(self):
            super().__init__()
            self.on_train_start = self.other

        def other(self):
            self.opt.param_groups[0]["lr"] = 0.1
    """
    assert "on_train_start writes" in problem(spec_of(folder, module(body))).message


def test_every_hook_is_told_at_once_with_its_lines(folder):
    body = MOVING["train-start"][1] + MOVING["epoch-start"][1]
    with pytest.raises(SpecError) as caught:
        simulate(plan(spec_of(folder, module(body))))
    assert [each.message.split()[1] for each in caught.value.findings] == [
        "on_train_start",
        "on_train_epoch_start",
    ]
    detail = caught.value.findings[0].detail
    assert detail[0].endswith('in on_train_start: self.opt.param_groups[0]["lr"] = 0.4')


def test_the_loop_is_lightnings(folder):
    body = """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            return [optimizer], [
                {"scheduler": StepLR(optimizer, 1, 0.5), "interval": "step", "frequency": 3}
            ]
    """
    run = trace(spec_of(folder, module(body), head="epochs: 2, batches_per_epoch: 10"))
    # Lightning begins to count again in each epoch: after batches 3, 6 and 9.
    expected = [0.8 * 0.5 ** (epoch * 3 + batch // 3) for epoch in range(2) for batch in range(10)]
    assert run.lr["all"].tolist() == expected
    assert any("estimated_stepping_batches" in each for each in run.arithmetic)


def test_another_loop_in_the_spec_is_a_warning(folder):
    spec = spec_of(
        folder, module(MOVING["warm-up"][1]), head="epochs: 2, steps_per_epoch: 5, loop: torch"
    )
    done = validate(spec)
    assert done.exit_code == 1
    assert "warning: `./lit.py:Lit` makes a LightningModule, and `loop: torch`" in done.stdout
    assert "[lightning-module-in-other-loop]" in done.stdout
    text = spec.read_text("utf-8").replace("loop: torch", "loop: lightning")
    spec.write_text(text.replace("Lit\n", "Base\n"), "utf-8")
    done = validate(spec)
    assert "lightning-module-in-other-loop" not in done.stdout


def test_rules_speak_of_lightnings_loop(folder):
    head = "epochs: 2, steps_per_epoch: 5, skipped_steps: [1]"
    done = validate(spec_of(folder, module(""), head=head))
    assert "a plain loop" not in done.stdout


def test_a_setting_that_lightning_does_not_have_is_told(folder):
    head = "epochs: 2, batches_per_epoch: 10, accumulate: 4, last_window: drop"
    finding = problem(spec_of(folder, module(""), head=head))
    assert "last_window: drop is not possible in Lightning's loop" in finding.message
    assert finding.path.endswith("training.last_window")


def test_a_run_in_steps_ticks_per_epoch_like_lightning(folder):
    body = HARMLESS["a-mapping"]
    finding = problem(spec_of(folder, module(body), head="steps: 30"))
    assert "interval epoch and never ticks: this run has no epochs" in finding.message


def test_the_current_epoch_of_a_run_without_epochs_is_not_guessed(folder):
    body = HARMLESS["scheduler-step-with-the-epoch"]
    finding = problem(spec_of(folder, module(body), head="steps: 30"))
    assert "lr_scheduler_step reads `current_epoch`, and this run has no epochs" in finding.message


def test_a_function_that_sets_the_module_up_is_taken_at_its_word(folder):
    more = """
def made():
    lit = Lit()
    lit.setup("fit")
    return lit
"""
    spec = spec_of(folder, module(MOVING["set-up"][1]) + more)
    spec.write_text(spec.read_text("utf-8").replace("lit.py:Lit", "lit.py:made"), "utf-8")
    assert trace(spec).lr["all"][0] == 0.4


def test_hooks_on_an_optimizer_that_move_the_rate_are_refused(folder):
    code = """
        def moving(optimizer, args, kwargs):
            optimizer.param_groups[0]["lr"] *= 0.5

        def reading(optimizer, args, kwargs):
            seen.append(optimizer.param_groups[0]["lr"])

        seen = []

        def made(hook):
            optimizer = torch.optim.SGD(parameters(), lr=0.8)
            optimizer.register_step_post_hook(moving if hook == "moving" else reading)
            return optimizer
    """
    factory = "factory: {{call: './own.py:made', arguments: {{hook: {}}}}}"
    finding = problem(write(folder, factory.format("moving"), code))
    assert "a hook of its step() writes a parameter group's `lr`" in finding.message
    assert trace(write(folder, factory.format("reading"), code)).failure is None
