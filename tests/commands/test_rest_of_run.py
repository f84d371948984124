"""The rest of a run that is stopped: as the whole run has it, to the last bit, or why not."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrplan.commands.recording.rest_of_run import RestOfRun, set_lengths
from lrplan.lint.run_check import check_observation
from lrplan.observe.installation import Installation
from lrplan.observe.recorder import Recorder
from lrplan.recordings.file_format import pack, unpack
from lrplan.recordings.observed_run import observed_run
from tests.support.recorded_runs import backward, loader, two_groups

EPOCHS = 5


class StoppedError(SystemExit):
    """As ``lrplan record`` stops a program."""


def observe(program, *, steps=None, epochs=None, lengths=None):
    """The observed run of ``program``, stopped after so many steps or epochs."""
    recorder = Recorder(__file__, own=(__file__,))
    rest = RestOfRun(recorder, epochs)

    def stop():
        rest.capture()
        raise StoppedError

    def after_step(live):
        if live.values.steps == steps:
            stop()

    def at_epoch(live):
        if live.recorded.is_training and live.recorded.passes == epochs:
            stop()

    recorder.after_step.append(after_step)
    installation = Installation(recorder, at_epoch)
    installation.install()
    try:
        program()
        ending = "finished"
    except StoppedError:
        ending = "stopped"
    finally:
        installation.remove()
    recording = recorder.finish(ending)
    if ending == "stopped":
        set_lengths(recording, lengths or {})
        rest.predict(recording)
    return observed_run(unpack(pack(recording)))


def curves(optimizer):
    """All values of an optimizer, with those that are predicted."""
    parts = [optimizer.trace, *([optimizer.predicted] if optimizer.predicted else [])]
    return {
        (field, name): np.concatenate([part.columns[field][name] for part in parts]).tolist()
        for field, of in optimizer.trace.columns.items()
        for name in of
    }


def by_epoch():
    net, optimizer = two_groups(momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    batches = loader()
    for _epoch in range(EPOCHS):
        for (batch,) in batches:
            backward(net, batch)
            optimizer.step()
        scheduler.step()


def by_step():
    net, optimizer = two_groups(momentum=0.9)
    batches = loader()
    total = EPOCHS * len(batches)
    scheduler = lr_scheduler.OneCycleLR(optimizer, [0.3, 0.1], total_steps=total)
    for _epoch in range(EPOCHS):
        for (batch,) in batches:
            backward(net, batch)
            optimizer.step()
            scheduler.step()


def accumulating():
    net, optimizer = two_groups()
    warmup = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 7)
    scheduler = lr_scheduler.SequentialLR(optimizer, [warmup, cosine], [3])
    batches = loader()
    for _epoch in range(EPOCHS):
        for number, (batch,) in enumerate(batches):
            backward(net, batch)
            if number % 2:
                optimizer.step()
                scheduler.step()


def in_steps():
    net, optimizer = two_groups()
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
    for _step in range(30):
        backward(net)
        optimizer.step()
        scheduler.step()


def fractional_epochs():
    net, optimizer = two_groups()
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2)
    batches = loader()
    for epoch in range(EPOCHS):
        for number, (batch,) in enumerate(batches):
            backward(net, batch)
            optimizer.step()
            scheduler.step(epoch + number / len(batches))


AT_STEP, AT_EPOCH = {"steps": 6}, {"epochs": 1}
STOPS = [
    *((by_epoch, AT_STEP), (by_epoch, AT_EPOCH), (by_step, AT_EPOCH), (accumulating, AT_STEP)),
    *((in_steps, AT_STEP), (fractional_epochs, AT_EPOCH)),
]


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize(("program", "stop"), STOPS)
def test_the_rest_is_what_the_whole_run_has(program, stop):
    whole = observe(program).optimizers[0]
    stopped = observe(program, **stop).optimizers[0]
    assert 0 < stopped.trace.steps < whole.trace.steps
    assert curves(stopped) == curves(whole)
    if whole.trace.epochs is not None:
        epochs = np.concatenate([stopped.trace.epochs, stopped.predicted.epochs])
        assert epochs.tolist() == whole.trace.epochs.tolist()


def endless():
    net, optimizer = two_groups()
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    while True:
        backward(net)
        optimizer.step()
        scheduler.step()


def test_a_length_that_nothing_says_is_asked_for():
    observation = observe(endless, steps=5)
    assert observation.optimizers[0].predicted is None
    (note,) = observation.prediction_notes
    assert "it is not known how many steps the run has; --set epochs=N or --set steps=N" in note


def test_epochs_say_nothing_of_a_loop_without_any():
    (note,) = observe(endless, steps=5, lengths={"epochs": 12}).prediction_notes
    assert "no epoch was seen: --set steps=N says how long the whole run is" in note


def test_a_length_that_the_user_says_is_enough():
    observation = observe(endless, steps=5, lengths={"steps": 12})
    assert observation.optimizers[0].predicted.steps == 7
    assert observation.prediction_notes == ()


def test_an_lr_that_the_program_sets_is_not_predicted():
    def program():
        net, optimizer = two_groups()
        for number in range(30):
            for group in optimizer.param_groups:
                group["lr"] = 0.1 / (1 + number)
            backward(net)
            optimizer.step()

    observation = observe(program, steps=5)
    assert observation.optimizers[0].predicted is None
    assert "the program itself sets its learning rate" in observation.prediction_notes[0]


def test_a_schedule_that_is_too_short_is_predicted_up_to_there():
    def program():
        net, optimizer = two_groups(momentum=0.9)
        scheduler = lr_scheduler.OneCycleLR(optimizer, 0.3, total_steps=10)
        for _step in range(30):
            backward(net)
            optimizer.step()
            scheduler.step()

    observation = observe(program, steps=5)
    assert observation.optimizers[0].predicted.steps < 10
    (note,) = observation.prediction_notes
    assert note.startswith("a scheduler refuses to go on: Tried to step")


def test_the_program_does_not_notice():
    """Its objects and random numbers are what they would be without."""
    kept = []

    def program():
        torch.manual_seed(3)
        kept.clear()
        net, optimizer = two_groups()
        scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
        kept.append((optimizer, scheduler))
        for _step in range(6):
            backward(net)
            optimizer.step()
            scheduler.step()

    def state():
        optimizer, scheduler = kept[0]
        return str(optimizer.state_dict()["param_groups"]), str(scheduler.state_dict())

    observe(program)
    whole = state(), torch.get_rng_state().tolist()

    def stopping():
        with pytest.raises(StoppedError):
            program()
        kept[0][1].step()
        raise StoppedError

    observe(stopping, steps=6)
    assert (state(), torch.get_rng_state().tolist()) == whole


def with_a_step_left_out():
    net, optimizer = two_groups()
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    for epoch in range(EPOCHS):
        for number, (batch,) in enumerate(loader()):
            optimizer.zero_grad()
            factor = float("inf") if epoch == number == 0 else 1.0
            scaler.scale(net(batch).sum() * factor).backward()
            before = scaler.get_scale()
            scaler.step(optimizer)
            scaler.update()
            if scaler.get_scale() >= before:
                scheduler.step()


def test_a_step_that_a_scaler_left_out_is_not_made_up_for():
    whole = observe(with_a_step_left_out)
    part = observe(with_a_step_left_out, steps=3)
    assert part.optimizers[0].trace.steps == 3
    assert curves(part.optimizers[0]) == curves(whole.optimizers[0])


def a_cycle_before_the_optimizer(batches):
    _, optimizer = two_groups()
    scheduler = lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=EPOCHS, steps_per_epoch=4)
    for _epoch in range(EPOCHS):
        for _batch in batches():
            optimizer.zero_grad()
            optimizer.param_groups[0]["params"][0].sum().backward()
            scheduler.step()
            optimizer.step()


class Endless(torch.utils.data.IterableDataset):
    """Data without a length."""

    def __iter__(self):
        return iter(torch.ones(16, 1, 3))


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("batches", [loader, lambda: torch.utils.data.DataLoader(Endless(), 4)])
@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_an_epoch_that_was_cut_short_is_not_the_length_of_an_epoch(batches, steps):
    """The cycle has as many steps as the run: after 3 of 4 steps an epoch is no shorter."""
    part = observe(lambda: a_cycle_before_the_optimizer(batches), steps=steps)
    names = {each.name for each in check_observation(part)}
    assert names == {"scheduler-step-before-optimizer-step"}
