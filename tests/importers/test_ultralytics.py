"""Ultralytics: the curves are those of the trainer's own functions, release by release.

``tests/data/ultralytics.json`` was recorded by ``tests/support/record_ultralytics.py``. Where the
package is installed, its trainer also runs here.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lrplan.importers.ultralytics.rules import OLDEST, release_of, rules_of, rules_that_fit
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.for_all import for_all
from tests.support.foreign import TOLERANCE, assert_same, read_config, said
from tests.support.real_code import source_of
from tests.support.record_ultralytics import LONG, SHORT, record

RUNS = json.loads(Path("tests/data/ultralytics.json").read_text("utf-8"))
FULL = [f"key{index}" for index in range(80)]
FIRST = "lr0: 0.01\nlrf: 0.01\n"


def yaml_of(arguments):
    merged = {"lr0": 0.01, "lrf": 0.01, "optimizer": "SGD", **arguments}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in merged.items())


def facts_of(run):
    needs = run["arguments"].get("optimizer") == "auto"
    known = {"version": run["release"], "dataset_size": run["data"]["images"]}
    return known | ({"nc": run["data"]["nc"]} if needs else {})


def trace_of(text, **facts):
    spec, problems = read_config(text, **facts)
    assert [str(each) for each in problems] == []
    return simulate(spec.plans["run"], Request())


def assert_like(trace, run):
    assert trace.steps == run["steps"]
    for index, group in enumerate(trace.groups):
        for field in ("lr", "momentum"):
            real = [values[index] for values in run[field]]
            if real[0] is None:
                continue
            own = np.asarray(trace.columns[field][group])[run["at"]]
            assert np.abs(own - real).max() <= TOLERANCE * np.abs(real).max(), (group, field)
    assert len(trace.groups) == len(run["lr"][0])


@for_all((f"{run['release']} {run['arguments']}", (run,)) for run in RUNS)
def test_the_curves_are_those_of_the_trainer(run):
    assert_like(trace_of(yaml_of(run["arguments"]), **facts_of(run)), run)


LIVE = [
    ("SGD", ({}, LONG)),
    ("short", ({"epochs": 8}, SHORT)),
    ("accumulation", ({"epochs": 9, "batch": 4, "nbs": 64}, SHORT)),
    ("a small batch, one epoch", ({"epochs": 1, "batch": 2, "nbs": 640}, SHORT)),
    ("a cosine", ({"epochs": 12, "cos_lr": True, "lrf": 0.2}, LONG)),
    ("no warm-up", ({"epochs": 5, "warmup_epochs": 0.0}, LONG)),
    ("half an epoch", ({"epochs": 5, "warmup_epochs": 0.5, "batch": 10}, LONG)),
    ("Adam", ({"epochs": 6, "optimizer": "AdamW", "lr0": 0.002, "warmup_bias_lr": 0.05}, LONG)),
    ("auto, short", ({"epochs": 12, "optimizer": "auto", "lr0": 3.0}, SHORT)),
    ("auto, long", ({"epochs": 2010, "optimizer": "auto", "batch": 64}, LONG)),
    ("auto, many classes", ({"epochs": 3, "optimizer": "auto"}, {"images": 90, "nc": 21841})),
    ("MuSGD", ({"epochs": 6, "optimizer": "MuSGD"}, LONG)),
]


@for_all(LIVE)
def test_the_trainer_that_is_installed_has_the_same_curves(arguments, data):
    """Every group, learning rate and momentum, at each update."""
    source = source_of("ultralytics", "ultralytics/engine/trainer.py")
    real = record(source, arguments, data)
    run = {"arguments": arguments, "data": data, "release": version("ultralytics")}
    trace = trace_of(yaml_of(arguments), **facts_of(run))
    for number, field in enumerate(("lr", "momentum")):
        for index, group in enumerate(trace.groups):
            values = [step[index][number] for step in real]
            if values[0] is not None:
                assert_same(np.asarray(trace.columns[field][group]), values)


def test_batches_may_be_given_instead_of_images():
    text = yaml_of({"epochs": 8})
    by_images, by_batches = (
        trace_of(text, version="8.3.0", **fact)
        for fact in ({"dataset_size": 320}, {"batches_per_epoch": 20})
    )
    assert by_images.steps == by_batches.steps
    for group in by_images.groups:
        assert np.array_equal(by_images.columns["lr"][group], by_batches.columns["lr"][group])


def test_devices_share_a_batch():
    text = yaml_of({"epochs": 8, "batch": 128}) + "device: [0, 1]\n"
    spec, problems = read_config(text, version="8.4.190", dataset_size=1001)
    assert not problems
    clock = spec.plans["run"].clock
    assert (clock.batches_per_epoch, clock.settings.world_size, clock.settings.batch_size) == (
        8,
        2,
        64,
    )


ASKED = [
    ("nothing but the rate", (FIRST, {}, ["dataset_size", "nc", "version"])),
    ("images", (FIRST + "optimizer: SGD\n", {}, ["dataset_size", "version"])),
    ("classes", (FIRST, {"dataset_size": 320, "version": "8.3.0"}, ["nc"])),
    ("a release", (FIRST + "optimizer: SGD\n", {"dataset_size": 320}, ["version"])),
    (
        "a batch size",
        (FIRST + "optimizer: SGD\nbatch: -1\n", {}, ["batch", "dataset_size", "version"]),
    ),
    (
        "images, for the number of updates",
        (
            FIRST + "batch: 12\n",
            {"batches_per_epoch": 534, "version": "8.3.0"},
            ["dataset_size", "nc"],
        ),
    ),
]


def test_auto_tells_that_the_release_knows_it():
    """A release that the keys fit as well, and that has no ``auto``, is no cause of a problem."""
    text = FIRST + "optimizer: auto\nepochs: 100\nbatch: 16\n"
    _, problems = read_config(text, dataset_size=118287, nc=80)
    assert [each.name for each in problems] == ["missing-fact"]
    _, problems = read_config(text, dataset_size=118287, nc=80, version="8.0.50")
    assert [each.message for each in problems] == ["`optimizer: auto` came with release 8.0.113"]


@for_all(ASKED)
def test_all_that_is_missing_is_asked_for_at_once(text, facts, names):
    _, problems = read_config(text, **facts)
    (finding,) = [each for each in problems if each.name == "missing-fact"]
    assert [part.split("=")[0] for part in finding.fix.split("--set ")[1:]] == names


REFUSED = [
    ("hours", ("time: 3", 320, 7, "`time` ends the run by the clock")),
    ("an optimizer", ("optimizer: SDG", 320, 12, "Ultralytics has no optimizer `SDG`")),
    ("validation", ("mode: val", 320, 7, "`mode: val` trains nothing")),
    ("a share", ("fraction: 20", 320, 11, "`fraction` is no share")),
    ("words", ("epochs: many", 320, 9, "`epochs` must be a whole number")),
    ("no epochs", ("epochs: 0", 320, 9, "`epochs` must be above 0, not 0")),
    ("windows", ("nbs: 640000", 320, 6, "a step would take 40000 batches")),
    ("a long warm-up", ("warmup_epochs: 1e308", 320, 16, "a warm-up of 1e+308 epochs is more")),
    ("too many epochs", ("epochs: 99999999999999", 320, 9, "a run of 99999999999999 epochs is")),
    ("no classes", ("nc: -4\noptimizer: auto", 320, 5, "`nc` must be at least 1, not -4")),
    (
        "a short run",
        ("batch: 1\nepochs: 1\nwarmup_epochs: 0", 3, 8, "the run's 3 batches are fewer"),
    ),
]


@for_all(REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(lines, images, column, message):
    optimizer = "" if "optimizer" in lines else "optimizer: SGD\n"
    _, (problem,) = read_config(f"{FIRST}{lines}\n{optimizer}", dataset_size=images, version="8.3")
    assert (problem.line, problem.column) == (3, column)
    assert problem.message.startswith(message)


def test_hyperparameters_of_yolov5_are_refused():
    _, (problem,) = read_config(f"{FIRST}warmup_epochs: 3.0\nanchor_t: 4.0\n")
    message = "`anchor_t` is a hyperparameter of YOLOv5 or YOLOv7, which train in another way"
    assert said([problem]) == [("bad-value", 4, 11, message)]


def test_a_release_before_all_is_refused():
    _, problems = read_config(FIRST, version="8.0.1", dataset_size=320, nc=80)
    assert "`version` must be a release from 8.0.40 on" in problems[0].message


FITS = [
    ("nothing", ([], OLDEST, None)),
    ("copy_paste_mode", (["copy_paste_mode"], (8, 1, 42), None)),
    ("angle", (["angle"], (8, 4, 0), None)),
    ("dlog", (["dlog"], (8, 4, 103), None)),
    ("all of 8.3", ([*FULL, "fraction", "time", "bgr", "copy_paste_mode"], (8, 1, 42), (8, 4, 0))),
    ("all of 8.1", ([*FULL, "fraction", "time"], (8, 0, 119), (8, 1, 42))),
]


@for_all(FITS)
def test_the_keys_of_a_file_tell_its_releases(keys, first, until):
    rules = rules_that_fit(keys)
    assert rules[0].first == first
    assert rules[-1].until == (until or ())


def test_every_recorded_release_fits_its_rules():
    for run in RUNS:
        release = release_of(run["release"])
        rules = rules_of(run["release"])
        assert rules.first <= release
        assert not rules.until or release < rules.until


def test_releases_are_asked_about_only_where_they_differ():
    keys = [*FULL, "fraction", "time", "bgr", "copy_paste_mode", "compile", "angle"]
    text = f"{FIRST}optimizer: SGD\n" + "".join(f"{key}: null\n" for key in keys)
    spec, problems = read_config(f"{text}warmup_bias_lr: 0.0\n", dataset_size=320)
    assert [each.message for each in problems] == []
    release = "read as Ultralytics from 8.4.0 to before 8.4.103 reads it"
    assert spec.notes[0].startswith(release)
    _, (problem,) = read_config(text, dataset_size=320)
    assert "--set version=8.3.0" in problem.fix


def test_what_auto_does_not_read_is_a_finding():
    spec, _ = read_config("lr0: 0.001\nlrf: 0.01\n", dataset_size=3200, nc=80, version="8.3.0")
    message = "`lr0` is not read: `optimizer: auto` takes AdamW at 0.000119"
    assert said(spec.origin.findings) == [("misleading-config-key", 1, 1, message)]
    assert any("a step takes from 1 to 4 batches" in each for each in spec.notes)


def test_a_warm_up_longer_than_written_is_told():
    text = FIRST + "optimizer: SGD\nepochs: 4\nwarmup_epochs: 2\n"
    spec, _ = read_config(text, dataset_size=320, version="8.3.0")
    (finding,) = spec.origin.findings
    assert (finding.line, finding.severity.value) == (5, "warning")
    assert (
        "lasts 100 batches, 5 epochs, longer than the run: Ultralytics takes at least 100 batches"
        in finding.message
    )


def test_steps_that_grow_are_an_accumulation_that_changes():
    """So that the run has epochs: a batch of the trainer is one of the plan."""
    text = yaml_of({"epochs": 20, "batch": 16})
    for fact in ({"dataset_size": 475}, {"batches_per_epoch": 30}):
        spec, _ = read_config(text, version="8.3.0", **fact)
        clock = spec.plans["run"].clock
        stages = [(each.step, each.accumulate) for each in clock.batching.stages]
        assert [size for _, size in stages] == [1, 2, 3, 4]
        trace = simulate(spec.plans["run"], Request())
        taken = clock.batching.batches_after(np.arange(trace.steps)) - 1
        assert trace.epochs.tolist() == (taken // 30).tolist()
        assert trace.epochs[-1] == 19
