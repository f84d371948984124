"""``let``: names for lengths, in durations and in expressions."""

from pathlib import Path

import pytest

from lrplan.cache.key import key_of
from lrplan.clock.terms import Term, add_up, parse_terms
from lrplan.errors import SpecError
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan_of, spec

LENGTHS = "let: {warmup: 1000st, decay: 20%, stable: 100% - warmup - decay}"
WSD = """
type: SequentialLR
milestones: [warmup, 100% - decay]
schedulers:
- {type: LinearLR, start_factor: 0.01, total_iters: warmup}
- {type: ConstantLR, factor: 1, total_iters: stable}
- {type: LambdaLR, lr_lambda: 1 - (step / decay) ** 0.5}
"""


def one(scheduler, rest=LENGTHS, **training):
    return plan_of(spec(scheduler, rest=rest, **(training or {"steps": 10_000})))


def test_a_name_stands_for_a_length_wherever_one_is_read():
    flow = " ".join(WSD.split()).replace("schedulers: - ", "schedulers: [").replace("} - {", "}, {")
    flow = flow.replace("type: SequentialLR milestones", "type: SequentialLR, milestones")
    plan = one(f"{{{flow.replace('] schedulers', '], schedulers')}]}}")
    assert plan.resolved == {
        "milestones": [1000, 8000],
        "schedulers[0].total_iters": 1000,
        "schedulers[1].total_iters": 7000,
        "schedulers[2].lr_lambda": "1 - (step / 2000) ** 0.5",
    }
    lr = simulate(plan).lr["all"]
    assert lr[[0, 1000, 7999, 8000]] == pytest.approx([1e-3, 0.1, 0.1, 0.1], rel=1e-12)
    assert lr[8500] == pytest.approx(0.1 * (1 - 0.25**0.5), rel=1e-12)


def test_it_counts_the_ticks_of_the_scheduler_that_uses_it():
    schedulers = (
        "[{type: StepLR, step_size: cut, interval: step, groups: [a]},"
        " {type: LambdaLR, lr_lambda: 0.5 ** (t // cut), groups: [b]}]"
    )
    optimizer = "{type: SGD, lr: 1, groups: {a: {}, b: {}}}"
    plan = plan_of(spec(schedulers, optimizer=optimizer, rest="let: {cut: 10ep}"))
    assert plan.resolved == {"[0].step_size": 100, "[1].lr_lambda": "0.5 ** (t // 10)"}


def test_the_warmup_key_and_sums_take_names():
    scheduler = "{type: CosineAnnealingLR, T_max: 100% - warmup, warmup: {length: warmup + 2ep}}"
    plan = one(scheduler, "let: {warmup: 3ep}", epochs=30, steps_per_epoch=10)
    assert plan.resolved == {"warmup.length": 5, "T_max": 27}


def test_a_schedule_replaces_names_of_the_file_one_by_one():
    text = "let: {a: 5ep, b: 2ep}\n" + spec(
        "{type: StepLR, step_size: a + b}", rest="let: {a: 1ep}"
    )
    assert plan_of(text).resolved == {"step_size": 3}


def test_sums_of_sums_stay_short():
    lines = ["n0: 1st + 1ep", *(f"n{i + 1}: n{i} + n{i} - n{i} + n{i}" for i in range(45))]
    text = spec(
        "{type: StepLR, step_size: n1, interval: step}", rest=f"let: {{{', '.join(lines)}}}"
    )
    assert plan_of(text).resolved == {"step_size": 22}
    assert add_up(parse_terms("5ep - 2ep + 3st - 9st")) == (
        *parse_terms("3ep"),
        Term(-1, parse_terms("6st")[0].duration),
    )


WRONG = {
    # `let`, then messages and fixes at that line; an empty fix may be any.
    "warmup: 1000": [("`warmup` must be a duration with a unit, not 1000",
                      "write 1000st, or with another unit")],
    "warmup: [3]": [("`warmup` must be a duration with a unit, not a list", "")],
    "warmup: 5xx": [("`warmup`: \"5xx\" has the unknown unit 'xx'", "")],
    "warm-up: 5st": [("`warm-up` is no name for a length: letters, digits and _ make one",
                      "write `warm_up`")],
    "total: 5st": [("`total` stands for a number already", "use another name")],
    "rest: 5st": [("`rest` stands for a number already", "use another name")],
    "step: 5st": [("`step` stands for a number already", "use another name")],
    "sqrt: 5st": [("`sqrt` is a function", "use another name")],
    "ep: 5st": [("`ep` is a unit", "use another name")],
    "if: 5st": [("`if` is a word of expressions", "use another name")],
    "a: b, b: 5st": [("`a`: there is no length `b`", "names stand above what uses them")],
    "b: 5st, a: bb": [("`a`: there is no length `bb`", "did you mean `b`?")],
    "a: 5st, b: b": [("`b`: there is no length `b`", "`let` has a")],
    "a: rest": [("`a`: `rest` is not the same for every scheduler",
                 "write it where the length is used")],
    "a: 5e17st, b: a + a + a": [("`b`: it is too long for any run", "check the numbers")],
    ", ".join(f"n{i}: 5st" for i in range(101)): [
        ("101 is more than the 100 lengths that `let` names that are allowed", "")
    ],
}  # fmt: skip


def found(text):
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path())
    return [(each.line, each.message, each.fix) for each in caught.value.findings]


def test_what_is_wrong_is_said_once_at_its_line():
    wrong = {}
    for lengths, expected in WRONG.items():
        text = f"let: {{{lengths}}}\n" + spec("{type: StepLR, step_size: 3}")
        results = found(text)
        places = {line for line, _, _ in results}
        told = [(message, fix if hint else "") for (_, message, fix), (_, hint) in
                zip(results, expected, strict=False)]  # fmt: skip
        if places != {1} or len(results) != len(expected) or told != expected:
            wrong[lengths] = results
    assert wrong == {}


def test_a_name_that_is_not_known_is_told_with_the_nearest():
    def fix(scheduler):
        ((line, message, hint),) = found(spec(scheduler, rest=LENGTHS))
        assert line == 5
        return message, hint

    assert fix("{type: StepLR, step_size: decai}") == (
        "`step_size`: there is no length `decai`",
        "did you mean `decay`?",
    )
    assert fix("{type: LambdaLR, lr_lambda: step / decai}") == (
        "`lr_lambda`: there is no name `decai`",
        "did you mean `decay`?",
    )


def test_the_schema_knows_it():
    validator = spec_validator()
    good = spec("{type: StepLR, step_size: decay, warmup: 100% - decay}", rest=LENGTHS)
    bad = spec("{type: StepLR, step_size: 3}", rest="let: {warm-up: 3st}")
    shorts = spec("{type: StepLR, step_size: 3}", rest="let: {warmup: 3}")
    results = [
        validator.is_valid(parse(InputText("spec.yaml", text), None).to_python())
        for text in (good, bad, shorts)
    ]
    assert results == [True, False, False]


def test_a_curve_with_names_is_kept_in_the_cache():
    assert key_of(one("{type: StepLR, step_size: decay}"), Request()) is not None
