"""The loops of packages as plain code: what each calls, and when, written out again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Told:
    """The calls between optimizer steps, and the state of a loop."""

    rates: list
    skipped: frozenset = frozenset()
    cap: int | None = None
    gaps: list = field(default_factory=lambda: [[]])
    ticks: dict = field(default_factory=dict)
    handed_over: dict = field(default_factory=dict)
    """The number of metric values that each scheduler's ``step()`` was called with, read or not."""
    read: dict = field(default_factory=dict)
    """The indices, from 0, of the values that it read."""

    @property
    def steps(self):
        return len(self.gaps) - 1

    @property
    def over(self):
        return self.cap is not None and self.steps >= self.cap

    def optimizer_step(self):
        """True if it was a real step."""
        self.gaps.append([])
        return self.steps - 1 not in self.skipped

    def due(self, interval, kinds=("plain", "plateau")):
        """Schedulers of ``interval`` whose turn it is, counted from the run's start."""
        for index, rate in enumerate(self.rates):
            if rate.interval == interval and rate.kind in kinds:
                self.ticks[index] = self.ticks.get(index, 0) + 1
                if self.ticks[index] % rate.frequency == 0:
                    yield self.hand_over(index)

    def hand_over(self, index):
        self.handed_over[index] = self.handed_over.get(index, 0) + 1
        return index

    def call(self, indices):
        for index in indices:
            self.gaps[-1].append(index)
            self.read.setdefault(index, []).append(self.handed_over[index] - 1)

    def call_numbered(self, interval, number, kind):
        """Call those whose frequency divides ``number``."""
        for index, rate in enumerate(self.rates):
            if (rate.interval, rate.kind) == (interval, kind) and number % rate.frequency == 0:
                self.call([self.hand_over(index)])

    def made_by(self, index):
        return sum(gap.count(index) for gap in self.gaps)


def epochs_of(epochs):
    return range(10**9 if epochs is None else epochs)


def torch_loop(told, epochs, batches, accumulate):
    for _ in epochs_of(epochs):
        gathered = 0
        for batch in range(batches):
            gathered += 1
            if gathered == accumulate or batch == batches - 1:
                gathered = 0
                told.optimizer_step()
                told.call(told.due("step"))
            told.call(told.due("batch"))
            if told.over and batch < batches - 1:
                return
        told.call(told.due("epoch"))
        if told.over:
            return


def lightning_loop(told, epochs, batches, accumulate):
    """``frequency`` is compared with the number of the batch in its epoch, or of the epoch."""
    update = told.call_numbered
    for epoch in epochs_of(epochs):
        for batch_idx in range(batches):
            is_last = batch_idx == batches - 1
            stepped = (batch_idx + 1) % accumulate == 0 or is_last
            if stepped:
                told.optimizer_step()
                update("step", batch_idx + 1, "plain")
            if is_last:
                update("epoch", epoch + 1, "plain")
            # validation, which gives the metrics that plateaus read
            if stepped:
                update("step", batch_idx + 1, "plateau")
            if told.over and not is_last:
                return
        update("epoch", epoch + 1, "plateau")
        if told.over:
            return


def trainer_loop(told, epochs, batches, accumulate):
    """The Trainer's one scheduler; a plateau waits for evaluations, which ignore skipped
    updates."""
    for _ in epochs_of(epochs):
        for step in range(batches):
            if (step + 1) % accumulate == 0 or step + 1 == batches:
                if told.optimizer_step():
                    told.call(told.due("step", ["plain"]))
                told.call(told.due("step", ["plateau"]))
            if told.over and step + 1 < batches:
                return
        told.call(told.due("epoch"))
        if told.over:
            return


@dataclass
class Prepared:
    """Schedulers that went through ``Accelerator.prepare``, and how that was told to behave."""

    told: Told
    devices: int
    split: bool
    with_optimizer: bool
    sync_with_dataloader: bool
    counter: int = 0
    sync: bool = False
    was_skipped: bool = False

    def step(self, interval):
        for index in list(self.told.due(interval)):
            self.told.call([index] * self.moves(index))

    def moves(self, index):
        if not self.with_optimizer:
            return 1
        if not self.sync or self.was_skipped:
            return 0
        limit = self.told.rates[index].limit
        if self.split or limit is None:
            return 1 if self.split else self.devices
        return max(min(self.devices, limit - self.told.made_by(index)), 0)

    def accumulate(self, accumulate, *, is_last):
        if self.sync_with_dataloader and is_last:
            self.counter, self.sync = 0, True
        else:
            self.counter += 1
            self.sync = self.counter % accumulate == 0


def accelerate_loop(prepared, epochs, batches, accumulate):
    """A script in which every scheduler is prepared."""
    told = prepared.told
    for _ in epochs_of(epochs):
        for batch in range(batches):
            is_last = batch == batches - 1
            prepared.accumulate(accumulate, is_last=is_last)
            if prepared.sync:
                prepared.was_skipped = not told.optimizer_step()
                prepared.step("step")
            prepared.step("batch")
            if told.over and not is_last:
                return
        prepared.step("epoch")
        if told.over:
            return
