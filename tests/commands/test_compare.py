"""``lrplan compare``: real mistakes in words, operands of every kind, exit statuses."""

from __future__ import annotations

import json

import pytest

from lrplan.commands.export import export
from lrplan.commands.path_and_name import Operand, operand_of
from tests.commands.comparing import Paper, flat, run_compare

STEPS = "training: {epochs: 10, steps_per_epoch: 100}"
COSINE = "{type: CosineAnnealingLR, T_max: 1000, interval: step}"
WARM = (
    "{type: SequentialLR, milestones: [100], interval: step, schedulers:"
    " [{type: LinearLR, start_factor: 0.01, total_iters: 100},"
    " {type: CosineAnnealingLR, T_max: %s}]}"
)
GROUPS = "{type: SGD, groups: {backbone: {lr: 1e-3}, head: {lr: %s}}}"


def two(right, wrong, training=STEPS):
    """A spec with two schedules, each a mapping of what it has besides."""
    return f"{training}\nschedules:\n  right: {{{right}}}\n  wrong: {{{wrong}}}\n"


def sgd(scheduler, lr="0.1", extra=""):
    return f"optimizer: {{type: SGD, lr: {lr}}}, scheduler: {scheduler}{extra}"


def lambda_of(expression):
    return f'{{type: LambdaLR, lr_lambda: "{expression}", interval: step}}'


MISTAKES = {
    "a-step-late": (
        two(
            sgd(lambda_of("0.5 * (1 + cos(pi * (step + 1) / 1000))")),
            sgd(lambda_of("0.5 * (1 + cos(pi * step / 1000))")),
        ),
        "lr: in steps 1 to 999 B is A one step later.",
    ),
    "epochs-for-steps": (
        two(
            sgd("{type: CosineAnnealingLR, T_max: 10, interval: epoch}"),
            sgd("{type: CosineAnnealingLR, T_max: 10, interval: step}"),
        ),
        (
            "lr: in steps 0 to 9 B follows A 100 times faster: its value at step 5 is that of A"
            " at step 500 (an epoch has 100 steps); in steps 10 to 999 they differ by up to 100%"
            " of the peak, most at step 10."
        ),
    ),
    "accumulation-of-4": (
        two(
            sgd("{type: CosineAnnealingLR, T_max: 10ep, interval: step}"),
            sgd("{type: CosineAnnealingLR, T_max: 1000, interval: step}"),
            "training: {epochs: 10, batches_per_epoch: 100, accumulate: 4}",
        ),
        (
            "lr: in steps 0 to 249 B follows A 4 times slower: its value at step 200 is that of A"
            " at step 50 (a step takes 4 batches)."
        ),
    ),
    "rate-doubled-in-one-group": (
        two(
            f"optimizer: {GROUPS % '1e-2'}, scheduler: {COSINE}",
            f"optimizer: {GROUPS % '2e-2'}, scheduler: {COSINE}",
        ),
        (
            "lr of `head`: B is A times 2 at every step."
            " The same at every step: lr of `backbone`, momentum, weight decay."
        ),
    ),
    "t-max-off": (
        two(sgd(WARM % 900), sgd(WARM % 1000)),
        (
            "lr: in steps 0 to 100 A and B are the same; in steps 101 to 999 B follows A 1.111"
            " times slower, counted from step 100: its value at step 600 is that of A at step 550."
        ),
    ),
    "devices-forgotten": (
        two(
            sgd("{type: CosineAnnealingLR, T_max: 250, interval: step}"),
            sgd("{type: CosineAnnealingLR, T_max: 1000, interval: step}"),
            "training: {epochs: 1, dataset_size: 8000, batch_size: 8, world_size: 4}",
        ),
        (
            "lr: in steps 0 to 249 B follows A 4 times slower: its value at step 200 is that of A"
            " at step 50 (there are 4 devices)."
        ),
    ),
    "interval-left-out": (
        two(
            sgd(COSINE),
            sgd("{type: CosineAnnealingLR, T_max: 10ep}"),
        ),
        (
            "in steps 0 to 999 B changes only every 100 steps, to the value A has then"
            " (an epoch has 100 steps)."
        ),
    ),
    "warm-up-twice-as-long": (
        two(
            sgd(
                lambda_of("step/100 if step < 100 else 0.5*(1 + cos(pi*min((step - 100)/800, 1)))")
            ),
            sgd(
                lambda_of("step/200 if step < 200 else 0.5*(1 + cos(pi*min((step - 200)/800, 1)))")
            ),
        ),
        (
            "lr: in steps 0 to 199 B follows A 2 times slower: its value at step 100 is that of A"
            " at step 50; in steps 200 to 999 B is A 100 steps later"
        ),
    ),
}


@pytest.mark.parametrize(("spec", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_in_words(spec, sentence, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(spec)
    printed = run_compare(path)
    assert sentence in flat(printed.text)
    assert printed.status == 1


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        f"{STEPS}\nschedules:\n"
        f"  one: {{optimizer: {GROUPS % '1e-2'}, scheduler: {COSINE}}}\n"
        f"  half: {{optimizer: {GROUPS % '5e-3'}, scheduler: {COSINE}}}\n"
        f"  plain: {{{sgd(COSINE)}}}\n"
    )
    return path


def numbers(printed):
    return json.loads(printed.text)["comparisons"]


def as_json(capsys, *operands, **options):
    status = run_compare(*operands, output_format="json", **options).status
    return status, json.loads(capsys.readouterr().out)["comparisons"]


def test_a_spec_alone_compares_with_its_first_schedule(spec, capsys):
    status, found = as_json(capsys, spec)
    assert status == 1
    assert [(each["a"]["name"], each["b"]["name"]) for each in found] == [
        ("one", "half"),
        ("one", "plain"),
    ]


def test_the_numbers_of_a_difference(spec, capsys):
    _, (found,) = as_json(capsys, f"{spec}:one", f"{spec}:half")
    backbone, head = found["groups"]
    assert (backbone["differs"], backbone["largest"], backbone["first_at"]) == (False, 0, None)
    # The head starts at 0.01 and at 0.005: the first step has the largest difference.
    assert head["largest"] == pytest.approx(0.005, rel=1e-12)
    assert head["relative"] == pytest.approx(0.5, rel=1e-12)
    assert head["largest_at"] == {"at": 0, "step": [0, 0]}
    assert head["sum_ratio"] == pytest.approx(0.5, rel=1e-12)
    # The mean of the first 1000 steps of a cosine over 1000: half the peak, and half a step.
    assert head["a"]["mean"] == pytest.approx(0.01 * (0.5 + 0.0005), rel=1e-9)
    assert (head["a"]["peak"], head["a"]["peak_step"]) == (0.01, 0)


@pytest.mark.parametrize(
    ("options", "status"),
    [({}, 1), ({"tolerance": 0.49}, 1), ({"tolerance": 0.51}, 0)],
    ids=["default", "below-the-difference", "above-it"],
)
def test_the_tolerance_is_a_share_of_the_peak(spec, options, status):
    printed = run_compare(f"{spec}:one", f"{spec}:half", **options)
    assert printed.status == status
    # Whoever reads that curves are the same has to know how far.
    share = f"Differences of up to {100 * options.get('tolerance', 0):g}% of the peak are ignored."
    assert (share in flat(printed.text)) == bool(options)


def test_rounding_is_told_where_no_tolerance_is_left(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(two(sgd(lambda_of("1 - step / 3000")), sgd(lambda_of("(3000 - step) / 3000"))))
    assert run_compare(path).status == 0
    printed = run_compare(path, tolerance=0.0)
    assert printed.status == 1
    assert "lr: they differ by rounding, by up to" in flat(printed.text)


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("every", [1, 7])
def test_an_export_equals_its_spec(spec, tmp_path, form, every):
    path = tmp_path / f"numbers.{form}"
    export(str(spec), (), str(path), form, Paper(), every=every)
    printed = run_compare(spec, path)
    assert (printed.status, printed.errors) == (0, "")
    scope = "at every step" if every == 1 else "at the 144 steps compared"
    same = f"A and B have the same lr, momentum and weight decay {scope}."
    assert flat(printed.text).count(same) == 3
    assert run_compare(f"{path}:one", f"{spec}:half").status == 1


def test_groups_are_mapped_by_hand(spec, capsys):
    status, (found,) = as_json(
        capsys, f"{spec}:one", f"{spec}:half", groups=("backbone=backbone", "head=backbone")
    )
    assert [each["group"] for each in found["groups"]] == [
        ["backbone", "backbone"],
        ["head", "backbone"],
    ]
    assert (status, found["only_b"]) == (1, ["head"])


def test_the_group_of_an_optimizer_that_names_none_is_compared_with_all(spec, capsys):
    _, (found,) = as_json(capsys, f"{spec}:plain", f"{spec}:one")
    assert [each["group"] for each in found["groups"]] == [["all", "backbone"], ["all", "head"]]
    assert found["words"].startswith(
        "lr of `all` = `backbone`: B is A times 0.01 at every step."
        " lr of `all` = `head`: B is A times 0.1 at every step."
    )


def test_runs_of_different_length_are_aligned(tmp_path, capsys):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "schedules:\n"
        "  small: {training: {epochs: 10, steps_per_epoch: 50},"
        " optimizer: {type: SGD, lr: 1}, scheduler: {type: CosineAnnealingLR, T_max: 10ep,"
        " interval: step}}\n"
        "  large: {training: {epochs: 10, steps_per_epoch: 100},"
        " optimizer: {type: SGD, lr: 1}, scheduler: {type: CosineAnnealingLR, T_max: 10ep,"
        " interval: step}}\n"
        "  long: {training: {epochs: 20, steps_per_epoch: 50},"
        " optimizer: {type: SGD, lr: 1}, scheduler: {type: CosineAnnealingLR, T_max: 20ep,"
        " interval: step}}\n"
    )
    small, large, long = (f"{path}:{name}" for name in ("small", "large", "long"))
    status, (found,) = as_json(capsys, small, large)
    assert (status, found["same_length"]) == (1, False)
    assert found["groups"][0]["relation"]["stretch"] == pytest.approx(2)
    assert run_compare(small, large, align="epoch").status == 0
    assert run_compare(small, large, align="progress").status == 0
    assert run_compare(small, long, align="epoch").status == 1
    assert run_compare(small, long, align="progress").status == 0


DIFFERENT = {
    "momentum-and-weight-decay": (
        "optimizer: {type: SGD, lr: 1, momentum: 0.9}",
        "optimizer: {type: SGD, lr: 1, momentum: 0.5, weight_decay: 0.3}",
        "momentum: 0.9 in A, 0.5 in B. weight decay: 0 in A, 0.3 in B. The same at every step: lr.",
    ),
    "a-group-that-only-one-has": (
        "optimizer: {type: SGD, groups: {body: {lr: 1}, head: {lr: 2}}}",
        "optimizer: {type: SGD, groups: {body: {lr: 1}}}",
        (
            "A and B have the same lr of `body`, momentum and weight decay at every step."
            " Only A has the group `head`."
        ),
    ),
    "a-field-that-only-one-has": (
        "optimizer: {type: SGD, lr: 1, momentum: 0.9}",
        "optimizer: {type: Adagrad, lr: 1}",
        "A and B have the same lr and weight decay at every step. Only A has momentum.",
    ),
    "groups-called-as-runs-are": (
        "optimizer: {type: SGD, groups: {a: {lr: 1}, b: {lr: 2}}}",
        "optimizer: {type: SGD, groups: {a: {lr: 2}, b: {lr: 2}}}",
        (
            "lr of `a`: B is A times 2 at every step."
            " The same at every step: lr of `b`, momentum, weight decay."
        ),
    ),
    "huge-and-opposite": (
        "optimizer: {type: SGD, lr: 1e308}",
        "optimizer: {type: SGD, lr: 1e308}, scheduler: {type: LambdaLR, lr_lambda: '-1'}",
        "they differ by up to 200% of the peak, most at step 0.",
    ),
    "a-factor-near-1": (
        "optimizer: {type: SGD, lr: 1}",
        "optimizer: {type: SGD, lr: 1.000000002}",
        "lr: B is A times 1.000000002 at every step.",
    ),
}


def test_whatever_a_step_is_given_counts(tmp_path):
    path = tmp_path / "spec.yaml"
    results = {}
    for name, (one, other, text) in DIFFERENT.items():
        path.write_text(two(one, other))
        printed = run_compare(path)
        results[name] = (printed.status, text in flat(printed.text)), flat(printed.text)[:400]
    assert {name: said for name, (right, said) in results.items() if right != (1, True)} == {}


def test_a_field_that_a_file_does_not_have_is_no_difference(tmp_path):
    path, log = tmp_path / "spec.yaml", tmp_path / "log.csv"
    path.write_text(f"{STEPS}\nschedules: {{run: {{{sgd(COSINE)}}}}}\n")
    export(str(path), (), str(log), "csv", Paper())
    rows = [line.split(",") for line in log.read_text().splitlines()]
    log.write_text("".join(",".join(row[:5]) + "\n" for row in rows))
    printed = run_compare(path, log)
    assert "A and B have the same lr at every step. Only A has momentum" in flat(printed.text)
    assert printed.status == 0


def test_epochs_are_compared_in_epochs(tmp_path):
    path = tmp_path / "spec.yaml"
    decay = "optimizer: {type: SGD, lr: 1}, scheduler: {type: ExponentialLR, gamma: 0.9}"
    path.write_text(
        "schedules:\n"
        f"  long: {{training: {{epochs: 10, steps_per_epoch: 100}}, {decay}}}\n"
        f"  short: {{training: {{epochs: 7, steps_per_epoch: 200}}, {decay}}}\n"
    )
    printed = run_compare(path, align="epoch")
    assert (
        "A and B have the same lr, momentum and weight decay at the 700 points compared."
        " A has 10 epochs, B has 7 epochs."
    ) in flat(printed.text)
    assert printed.status == 1


@pytest.mark.parametrize(
    ("operands", "options", "message"),
    [
        (["{spec}:nope", "{spec}:one"], {}, "has no schedule `nope`"),
        (["{spec}:one"], {}, "name something to compare it with"),
        (["{spec}:one", "{spec}:half"], {"groups": ("head",)}, "--group 'head': write GROUP_OF_A="),
        (["{spec}:one", "{spec}:half"], {"groups": ("hed=head",)}, "has no group `hed`"),
        (["{spec}:one", "{spec}:half"], {"fields": ("lrr",)}, "neither has 'lrr'"),
        (["{spec}:one", "{spec}:half"], {"tolerance": -1.0}, "--tolerance must be 0 or more"),
        (["{spec}:one", "{spec}:half"], {"output": "x.gif"}, "cannot tell the format of x.gif"),
        (["{spec}.gone:one", "{spec}"], {}, "there is no such file"),
        (["{spec}:one", "{spec}.csv"], {}, "there is no such file"),
        (["-:one", "-:half"], {}, "standard input can be read once"),
    ],
    ids=[
        "schedule",
        "one-alone",
        "group",
        "unknown-group",
        "field",
        "tolerance",
        "picture",
        "file",
        "csv",
        "standard-input",
    ],
)
def test_wrong_usage_is_said(spec, operands, options, message):
    printed = run_compare(*(each.format(spec=spec) for each in operands), **options)
    assert printed.status == 2
    assert message in flat(printed.errors)


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("plain.yaml", "plain.yaml", None),
        ("plain.yaml:one", "plain.yaml", "one"),
        ("plain.yaml:one:two", "plain.yaml", "one:two"),
        ("a:b.yaml", "a:b.yaml", None),
        ("a:b.yaml:one", "a:b.yaml", "one"),
        ("-", "-", None),
        ("-:one", "-", "one"),
        ("gone.yaml:one", "gone.yaml", "one"),
        (r"C:\gone.yaml", r"C:\gone.yaml", None),
        (r"C:\gone.yaml:one", r"C:\gone.yaml", "one"),
    ],
)
def test_where_a_path_ends(text, path, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for existing in ("plain.yaml", "a:b.yaml"):
        (tmp_path / existing).touch()
    assert operand_of(text) == Operand(path, name)


def test_a_picture_is_written(spec, tmp_path):
    path = tmp_path / "picture.svg"
    assert run_compare(f"{spec}:one", f"{spec}:half", output=str(path)).status == 1
    assert path.read_bytes().startswith(b"<?xml")


def test_a_schedule_that_only_one_file_has_is_a_difference(spec, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(spec.read_text().replace("  plain:", "  other:"))
    printed = run_compare(spec, other)
    assert printed.status == 1
    assert "in one file only: spec.yaml:plain, other.yaml:other" in flat(printed.text)
    assert run_compare(f"{spec}:one", other).status == 0


def table(path, *rows):
    """A CSV of ``(group, step, lr)``."""
    lines = ["group,step,lr", *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_is_the_same_is_told_with_the_steps_of_its_own(tmp_path):
    rows = [(group, step, 1 + step) for group in "ab" for step in range(5)]
    whole, cut = table(tmp_path / "a.csv", *rows), table(tmp_path / "b.csv", *rows[:-1])
    printed = run_compare(f"{whole}:a", f"{cut}:b")
    assert printed.status == 0
    assert (
        "A and B have the same lr of `a` at every step."
        " A and B have the same lr of `b` at the 4 steps compared."
    ) in flat(printed.text)
    assert "compared at 4 to 5 of 5 steps: those that are in the file" in flat(printed.text)


def test_a_constant_is_told_with_the_steps_at_which_it_was_compared(tmp_path):
    text = "step,lr,momentum\n0,0.1,0.9\n1,0.2,0.9\n2,0.3,0.9\n3,0.4,0.9\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv").write_text(text.replace("2,0.3,0.9\n", ""))
    printed = run_compare(f"{tmp_path / 'a.csv'}:a", f"{tmp_path / 'b.csv'}:b")
    assert "A and B have the same lr and momentum at the 3 steps compared." in flat(printed.text)


def test_the_peak_of_aligned_runs_is_that_of_the_whole_curves(tmp_path, capsys):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "schedules:\n"
        "  saw: {training: {epochs: 5, steps_per_epoch: 10}, optimizer: {type: SGD, lr: 0.1},"
        f" scheduler: {lambda_of('1 + step % 10')}}}\n"
        "  low: {training: {epochs: 5, steps_per_epoch: 1}, optimizer: {type: SGD, lr: 0.1},"
        f" scheduler: {lambda_of('1 - step / 10')}}}\n"
    )
    _, (found,) = as_json(capsys, path, align="epoch")
    (group,) = found["groups"]
    # At epochs 0 to 4: 0.1 in `saw`, whose peak is 1, and 0.1 to 0.06 in `low`.
    assert group["relative"] == pytest.approx(0.04)
    assert group["relation"]["parts"][-1]["relative"] == pytest.approx(0.04)
    assert "by up to 4% of the peak, most at epoch 4 (5 points compared)" in found["words"]


def test_where_only_one_is_a_finite_number_is_told(tmp_path):
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text("step,lr\n" + "".join(f"{step},{1 + step % 3}\n" for step in range(8)))
    b.write_text(
        "step,lr\n" + "".join(f"{step},{9 - step**2 if step - 3 else ''}\n" for step in range(8))
    )
    told = flat(run_compare(f"{a}:a", f"{b}:b").text)
    assert "they differ, and at step 3 only one of them is a finite number" in told


def test_learning_rates_that_one_file_does_not_have_are_named(tmp_path, capsys):
    rows = [(group, step, 1 + step) for group in "ab" for step in range(4)]
    whole = f"{table(tmp_path / 'a.csv', *rows)}:a"
    empty = [(group, step, lr if group == "a" else "") for group, step, lr in rows]
    part = f"{table(tmp_path / 'b.csv', *empty)}:b"
    only = run_compare(whole, part)
    assert only.status == 1
    assert "lr of `a` at every step. Only A has values of lr of `b`." in flat(only.text)
    _, (found,) = as_json(capsys, part, whole)
    assert found["not_compared"] == [{"group": ["b", "b"], "field": "lr", "only": "b"}]
    neither = run_compare(part, part)
    assert neither.status == 0
    assert "at every step. Neither A nor B has values of lr of `b`." in flat(neither.text)


def test_constants_that_differ_in_the_last_bit_are_printed_with_all_digits(tmp_path):
    path = tmp_path / "spec.yaml"
    rates = [
        f"optimizer: {{type: SGD, lr: 1, momentum: {each}}}" for each in (0.9, 0.9000000000000001)
    ]
    path.write_text(two(*rates))
    printed = run_compare(path, tolerance=0.0)
    assert "momentum: 0.9 in A, 0.9000000000000001 in B." in flat(printed.text)


def test_names_of_groups_may_have_an_equals_sign(tmp_path, capsys):
    rows = [(group, step, 1 + step) for group in ("a=b", "c") for step in range(4)]
    operand = f"{table(tmp_path / 'a.csv', *rows)}:a"
    for asked, pair in (("a=b=c", ["a=b", "c"]), ("c=a=b", ["c", "a=b"])):
        _, (found,) = as_json(capsys, operand, operand, groups=(asked,))
        assert found["groups"][0]["group"] == pair
