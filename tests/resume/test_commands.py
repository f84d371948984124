"""``--resume-at`` from the command line: tables, pictures, findings, and wrong usage."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from lrplan.cli import app

SPEC = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  cosine:
    optimizer: {type: SGD, groups: {body: {lr: 0.01}, head: {lr: 0.1}}}
    scheduler: {type: CosineAnnealingLR, T_max: 100%}
  steps:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10}
  cycle:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 1.0, total_steps: 100%}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return str(path)


def run(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def flat(text):
    return " ".join(text.split())


def test_a_complete_resume_is_the_unbroken_run(spec):
    status, out, err = run("table", spec, "cosine", "--resume-at", "12ep")
    assert (status, err) == (0, "")
    assert "resumed before step 120, epoch 12, from the states of optimizer and scheduler" in out
    assert "the resumed run has the values of the unbroken run, to the last bit" in out
    assert "error" not in out


def test_both_columns_stand_side_by_side(spec):
    status, out, _ = run(
        "table", spec, "steps", "--resume-at", "12ep", "--resume-from", "scheduler"
    )
    assert status == 0
    header = next(line for line in out.splitlines() if "unbroken" in line)
    assert header.index("unbroken") < header.index("resumed")
    rows = {m[1]: m[0].split()[-2:] for m in re.finditer(r"^ *(\d+) .*$", out, re.MULTILINE)}
    assert rows["119"] == ["0.01", "0.01"]
    assert rows["120"] == ["0.01", "0.1"]
    assert rows["299"] == ["0.001", "0.01"]
    told = "lr: largest difference 0.09 (90% of the peak) at step 120, the first that differs;"
    assert f"{told} all 180 steps left differ" in flat(out)
    assert "[resume-load-order-or-missing-optimizer-state]" in out


def test_no_findings_where_none_are_wanted(spec):
    arguments = ("table", spec, "steps", "--resume-at", "12ep", "--resume-from", "scheduler")
    _, out, _ = run(*arguments, "--no-findings")
    assert "resume-load-order" not in out


def test_a_pair_of_columns_is_not_torn_apart(spec):
    _, out, _ = run("table", spec, "cosine", "--resume-at", "12ep", "--resume-from", "none")
    headers = [line for line in out.splitlines() if re.match("step +epoch", line)]
    assert headers
    for line in headers:
        assert line.count("unbroken") == line.count("resumed") >= 1


def test_a_longer_run_that_stops(spec):
    status, out, err = run(
        "table", spec, "cycle", "--resume-at", "12ep", "--resume-training", "epochs=60"
    )
    assert status == 1
    assert "with training epochs=60 from there on" in out
    assert "the resumed run stops" in out
    assert "cycle, resumed at step 120, stops after step 309 of 600" in flat(err)


def test_every_nth_row(spec):
    _, out, _ = run("table", spec, "steps", "--resume-at", "120", "--every", "50")
    for step in (0, 50, 100, 118, 119, 120, 121, 122, 150, 200, 250, 299):
        assert re.search(rf"^ *{step} ", out, re.MULTILINE)


def test_a_picture_of_both(spec, tmp_path):
    for name in ("a.png", "b.svg", "c.pdf"):
        arguments = ("plot", spec, "--resume-at", "12ep", "--resume-training", "epochs=60")
        status, _, err = run(*arguments, "-o", str(tmp_path / name))
        assert status == 1, "one of them stops"
        assert "resumed at step 120, stops" in flat(err)
        assert (tmp_path / name).stat().st_size > 1000


def test_validate_tells_the_pitfalls_of_a_resume(spec):
    status, out, _ = run("validate", spec, "--resume-at", "12ep", "-f", "json", *LONGER)
    results = [each for each in json.loads(out) if each["severity"] == "error"]
    assert status == 1
    assert {each["rule"] for each in results} == {"LRP853"}
    assert {each["schedule"] for each in results} == {"cosine", "cycle"}
    status, out, _ = run("validate", spec, "--resume-at", "12ep", "-f", "json")
    assert status == 0


LONGER = ("--resume-training", "epochs=60")


def test_what_a_spec_ignores_is_not_told_and_not_unused(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        SPEC.replace("scheduler: {type: Cos", "ignore: [LRP853]\n    scheduler: {type: Cos")
    )
    _, out, _ = run("validate", str(path), "--resume-at", "12ep", "-f", "json", *LONGER)
    found = {(each["schedule"], each["name"]) for each in json.loads(out)}
    assert ("cosine", "resume-state-dict-overrides-arguments") not in found
    assert ("cycle", "resume-state-dict-overrides-arguments") in found
    status, out, _ = run("validate", str(path), "-f", "json")
    assert status == 0
    assert "unused-ignore" not in {each["name"] for each in json.loads(out)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume-from", "scheduler"), "--resume-from needs --resume-at"),
        (("--resume-training", "epochs=3"), "--resume-training needs --resume-at"),
        (("--resume-at", "nowhere"), "--resume-at 'nowhere': \"nowhere\" is not a duration"),
        (("--resume-at", "5", "--engine", "closed"), "--engine closed does not go with"),
        (("--resume-at", "5", "--get-lr"), "--get-lr does not go with --resume-at"),
        (("--resume-at", "5", "--resume-training", "epochs"), "write key=value"),
        (("--resume-at", "5", "--resume-training", "epohcs=3"), "did you mean `epochs`?"),
        (("--resume-at", "5", "--field", "nonsense"), "no schedule has the field `nonsense`"),
    ],
)
def test_wrong_usage(spec, arguments, said):
    status, out, err = run("table", spec, "steps", *arguments)
    assert status == 2
    assert out == ""
    assert said in flat(err)
    assert "Traceback" not in err


def test_validate_wants_a_curve(spec):
    status, _, err = run("validate", spec, "--static", "--resume-at", "5")
    assert status == 2
    assert "which --static leaves out" in flat(err)


def test_many_groups_are_cut(tmp_path):
    groups = ", ".join(f"g{i}: {{lr: {0.01 * (i + 1):.2f}}}" for i in range(20))
    path = tmp_path / "many.yaml"
    path.write_text(
        "training: {epochs: 10, steps_per_epoch: 2}\nschedules:\n  s:\n    optimizer: {type: SGD,"
        f" groups: {{{groups}}}}}\n    scheduler: {{type: StepLR, step_size: 2}}\n"
    )
    status, out, _ = run("table", str(path), "--resume-at", "5ep", "--resume-from", "none")
    assert status == 0
    assert "and 12 more columns, which differ less" in out


def test_the_picture_shows_the_unbroken_run_under_the_resumed_one(spec):
    from matplotlib.colors import to_hex

    from lrplan.commands.simulate_spec import simulate_spec
    from lrplan.render.picture_options import PictureOptions
    from lrplan.render.schedule_picture import draw
    from lrplan.request import DEFAULT_REQUEST
    from lrplan.resume import parse_resume_options
    from tests.commands.comparing import Paper

    done = simulate_spec(
        spec, ["steps"], Paper(), DEFAULT_REQUEST, parse_resume_options("12ep", ["scheduler"])
    )
    figure = draw(done.traces, PictureOptions())
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    solid, dashed = sorted(lines, key=lambda line: -line.get_zorder())
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert to_hex(solid.get_color()) == to_hex(dashed.get_color())
    for line, value in ((solid, 0.1), (dashed, 0.01)):
        held = np.searchsorted(line.get_xdata(), 150, side="right") - 1
        assert line.get_ydata()[held] == pytest.approx(value)
