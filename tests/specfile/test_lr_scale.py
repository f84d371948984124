"""``lr_scale`` of a parameter group: kept for timm, refused where nothing reads it.

None of this needs timm.
"""

import pytest

from lrplan.cache.stable_digest import Digest
from lrplan.errors import SpecError
from lrplan.lock.fingerprint import plan_digest
from lrplan.simulate.stepping.identical_groups import names_of_identical_groups
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan
from tests.trust.code import trace, write

TIMM = "scheduler: {type: timm:CosineLRScheduler, t_initial: 6}"
SGD = "optimizer: {{type: SGD, lr: 0.1, groups: {}}}"
TWO = SGD.format("{a: {lr_scale: 0.5}, b: {}}")


def problems(schedule):
    with pytest.raises(SpecError) as caught:
        plan(schedule)
    return caught.value.findings


@pytest.mark.parametrize(
    "groups",
    [
        "{a: {lr_scale: 0.5}, b: {}, c: {lr: 1, lr_scale: 2}}",
        "[{name: a, lr_scale: 0.5}, {name: b}, {lr_scale: 2, name: c, lr: 1}]",
    ],
)
def test_a_group_keeps_it_for_timm(groups):
    optimizer = plan(f"{SGD.format(groups)}\n{TIMM}").optimizer
    assert [each.options.get("lr_scale") for each in optimizer.groups] == [0.5, None, 2.0]
    assert "lr_scale" not in optimizer.arguments


@pytest.mark.parametrize(
    "scheduler",
    [
        "[{type: StepLR, step_size: 2}, {type: timm:StepLRScheduler, decay_t: 2}]",
        "{type: timm:StepLRScheduler, decay_t: 2, groups: [a]}",
    ],
)
def test_one_scheduler_of_timm_on_the_group_is_enough(scheduler):
    assert plan(f"{TWO}\nscheduler: {scheduler}").optimizer.groups[0].options == {"lr_scale": 0.5}


UNREAD = {
    "null": "no scheduler drives group `a`",
    "{type: timm:StepLRScheduler, decay_t: 2, groups: [b]}": "no scheduler drives group `a`",
    "{type: StepLR, step_size: 2}": "StepLR does not read it",
    "[{type: StepLR, step_size: 2}, {type: LinearLR}]": "StepLR and LinearLR do not read it",
    "{type: SequentialLR, milestones: [2], schedulers: [{type: ConstantLR}, {type: LinearLR}]}": (
        "SequentialLR does not read it"
    ),
    "{type: WarmupCosine, warmup_steps: 1, total_steps: 6}": "WarmupCosine does not read it",
    "{type: transformers:constant}": "transformers:constant does not read it",
    "{type: mmengine:StepLR, step_size: 2}": "mmengine:StepLR does not read it",
}


@pytest.mark.parametrize("scheduler", UNREAD)
def test_where_nothing_reads_it_it_is_refused_at_its_place(scheduler):
    (finding,) = problems(f"{TWO}\nscheduler: {scheduler}")
    assert finding.name == "unknown-key"
    assert finding.message == f"`lr_scale` has no effect: {UNREAD[scheduler]}"
    assert finding.path == "schedules.it.optimizer.groups.a.lr_scale"
    assert (finding.line, finding.column) == (4, 50)
    assert "multiply it into the group's `lr`" in finding.fix


def test_in_a_list_the_path_has_the_number_of_the_group():
    (finding,) = problems(SGD.format("[{name: b}, {name: a, lr_scale: 0.5}]"))
    assert finding.path == "schedules.it.optimizer.groups[1].lr_scale"


def test_a_scheduler_that_cannot_be_read_is_the_only_problem():
    (finding,) = problems(f"{TWO}\nscheduler: {{type: timm:CosineScheduler, t_initial: 6}}")
    assert finding.name == "unknown-name"


@pytest.mark.parametrize(
    ("optimizer", "name", "message", "fix"),
    [
        (
            "{type: SGD, lr: 0.1, lr_scale: 0.5}",
            "unknown-key",
            "`lr_scale` is a key of a parameter group, not of SGD itself",
            "write it into the groups, as in groups: {all: {lr_scale: 0.5}}",
        ),
        (
            "{type: SGD, groups: {a: {lr_scale: half}}}",
            "wrong-type",
            "`lr_scale` must be a number, not the string 'half'",
            "",
        ),
        (
            "{type: SGD, groups: {a: {lr_scale: .inf}}}",
            "bad-value",
            "`lr_scale` must be a finite number, not inf",
            "",
        ),
        (
            "{type: SGD, groups: {a: {lr_scal: 0.5}}}",
            "unknown-key",
            "unknown key `lr_scal` for SGD",
            "did you mean `lr_scale`?",
        ),
    ],
)
def test_a_mistake_is_named(optimizer, name, message, fix):
    (finding,) = problems(f"optimizer: {optimizer}\n{TIMM}")
    assert (finding.name, finding.message, finding.fix) == (name, message, fix)


def test_code_of_the_users_own_may_read_it(tmp_path):
    code = """
        class Scaled(LRScheduler):
            def get_lr(self):
                groups = zip(self.base_lrs, self.optimizer.param_groups)
                return [base * group.get("lr_scale", 1) for base, group in groups]
    """
    curves = trace(write(tmp_path, f"{TWO}\nscheduler: {{type: ./own.py:Scaled}}", code)).lr
    assert {name: set(curve) for name, curve in curves.items()} == {"a": {0.05}, "b": {0.1}}


@pytest.mark.parametrize(
    ("optimizer", "valid"),
    [
        ("{type: SGD, groups: {a: {lr_scale: 0.5}}}", True),
        ("{type: SGD, groups: [{name: a, lr_scale: 0.5}]}", True),
        ("{type: SGD, groups: {a: {lr_scale: half}}}", False),
        ("{type: SGD, lr_scale: 0.5}", False),
    ],
)
def test_the_schema_knows_it(optimizer, valid):
    text = f"training: {{epochs: 6}}\nschedules:\n  it:\n    optimizer: {optimizer}\n    {TIMM}\n"
    source = InputText("spec.yaml", text)
    document = parse(source, Problems(source)).to_python()
    assert spec_validator().is_valid(document) is valid


def test_groups_that_differ_in_it_are_not_alike():
    groups = "{a: {lr_scale: 0.5}, b: {}, c: {lr_scale: 0.5}, d: {lr_scale: 2}}"
    identical = names_of_identical_groups(plan(f"{SGD.format(groups)}\n{TIMM}"))
    assert identical == [["a", "c"], ["b"], ["d"]]


@pytest.mark.parametrize("mark", [plan_digest, lambda read: Digest().add(read.optimizer).text()])
def test_lock_and_cache_tell_scales_apart(mark):
    read = [
        plan(f"{SGD.format(groups)}\n{TIMM}")
        for groups in ("{a: {}}", "{a: {lr_scale: 0.5}}", "{a: {lr_scale: 0.6}}")
    ]
    assert len({mark(each) for each in read}) == 3
