"""A run that ends its loop early is not judged as if it had been meant to be that short."""

import sys

import pytest
from torch.optim import lr_scheduler

from lrplan.commands.recording.planned_lengths import PlannedLengths
from lrplan.lint.run_check import check_observation
from lrplan.observe.installation import Installation
from lrplan.observe.recorder import Recorder
from lrplan.recordings.observed_run import observed_run
from tests.support.recorded_runs import backward, loader, two_groups


def observe(program):
    """The observed run of ``program``, and what is said of its end."""
    recorder = Recorder(__file__, own=(__file__,))
    planned = PlannedLengths(recorder)
    recorder.at_doubled_steps = lambda: planned.look(sys._getframe(1))
    installation = Installation(recorder)
    installation.install()
    try:
        program()
    finally:
        installation.remove()
    assert recorder.faults == []
    recording = recorder.finish("finished")
    notes = planned.note_in(recording)
    return observed_run(recording), notes


def run(epochs, made):
    def program():
        net, optimizer = two_groups()
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
        batches = loader()
        for epoch in range(epochs):
            if epoch == made:
                break
            for (batch,) in batches:
                backward(net, batch)
                optimizer.step()
            scheduler.step()

    return program


@pytest.mark.parametrize(
    ("epochs", "made", "names", "notes"),
    [
        (90, 12, [], ["the run ended by itself after 12 of 90 epochs"]),
        (12, 12, ["floor-not-reached"], []),
        (90, 90, [], []),
    ],
)
def test_an_end_before_the_loop_is_over(epochs, made, names, notes):
    observation, said = observe(run(epochs, made))
    assert said == notes
    assert [each.name for each in check_observation(observation)] == names
    assert observation.epochs.value == (epochs if notes else made)
    assert observation.optimizers[0].trace.steps == 4 * made


def test_a_loop_of_steps():
    def program():
        net, optimizer = two_groups()
        for step in range(100):
            backward(net)
            optimizer.step()
            if step == 20:
                break

    observation, said = observe(program)
    assert said == ["the run ended by itself after 21 of 100 steps"]
    assert observation.steps.value == 100


def every_second_round():
    net, optimizer = two_groups()
    for step in range(40):
        if step % 2 == 0:
            backward(net)
            optimizer.step()


def an_optimizer_a_round():
    for _round in range(40):
        net, optimizer = two_groups()
        backward(net)
        optimizer.step()


def every_second_epoch():
    net, optimizer = two_groups()
    for epoch in range(20):
        for (batch,) in loader() if epoch % 2 == 0 else ():
            backward(net, batch)
            optimizer.step()


@pytest.mark.parametrize("program", [every_second_round, an_optimizer_a_round, every_second_epoch])
def test_loops_that_count_something_else_say_nothing(program):
    observation, said = observe(program)
    assert said == []
    assert observation.ending == "finished"


def test_several_loops_one_after_the_other_are_one_run():
    def program():
        net, optimizer = two_groups()
        batches = loader()
        for _stage in range(3):
            for _epoch in range(4):
                for (batch,) in batches:
                    backward(net, batch)
                    optimizer.step()

    observation, said = observe(program)
    assert said == []
    assert observation.epochs.value == 12
