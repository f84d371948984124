"""The order and the cadence of what a script does, whatever form its loops have."""

import pytest

from tests.support.scripts import epochs_of, programs, script

PER_EPOCH = """
scheduler = StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
    scheduler.step()
"""
IN_FUNCTIONS = """
def train_one(model, batches, opt):
    for i, batch in enumerate(batches):
        loss = model(batch)
        loss.backward()
        opt.step()

def main(epochs=10):
    scheduler = StepLR(optimizer, 30)
    for e in range(1, epochs + 1):
        train_one(model, loader, optimizer)
        scheduler.step()

if __name__ == "__main__":
    main()
"""
IN_A_CLASS = """
class Trainer:
    def __init__(self, model, batches):
        self.batches = batches
        self.optimizer = optim.Adam(model.parameters())
        self.scheduler = ExponentialLR(self.optimizer, 0.9)

    def epoch(self):
        for batch in self.batches:
            loss = batch.sum()
            loss.backward()
            self.optimizer.step()

    def fit(self, epochs):
        for epoch in range(epochs):
            self.epoch()
            self.scheduler.step()

Trainer(model, loader).fit(10)
"""
CASES = {
    "per-epoch": (PER_EPOCH, ["", "SSSST", "SSSST", "SSSST", "SSSST"]),
    "in-functions": (IN_FUNCTIONS, ["", "SSSST", "SSSST", "SSSST", "SSSST"]),
    "in-a-class": (IN_A_CLASS, ["", "SSSST", "SSSST", "SSSST", "SSSST"]),
    "per-batch": (
        """
        scheduler = OneCycleLR(optimizer, 0.1, total_steps=100)
        for epoch in tqdm(range(10)):
            for x in tqdm(loader):
                model(x).backward()
                optimizer.step()
                scheduler.step()
        """,
        ["", "STSTSTST"] + ["STSTSTST"] * 3,
    ),
    "before": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            scheduler.step()
            for x in loader:
                model(x).backward()
                optimizer.step()
        """,
        ["", "TSSSS"] + ["TSSSS"] * 3,
    ),
    "not-in-the-first-epoch": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            if epoch > 0:
                scheduler.step()
            for x in loader:
                model(x).backward()
                optimizer.step()
        """,
        ["", "SSSS"] + ["TSSSS"] * 3,
    ),
    "accumulation": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for i, x in enumerate(loader):
                model(x).backward()
                if (i + 1) % 4 == 0:
                    optimizer.step()
                    scheduler.step()
        """,
        ["", "STST"] + ["STST"] * 3,
    ),
    "accumulation-by-continue": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for i, x in enumerate(loader):
                model(x).backward()
                if (i + 1) % 4 != 0:
                    continue
                optimizer.step()
            scheduler.step()
        """,
        ["", "SST"] + ["SST"] * 3,
    ),
    "a-counter": (
        """
        scheduler = StepLR(optimizer, 30)
        steps = 0
        for epoch in range(90):
            for x in loader:
                model(x).backward()
                optimizer.step()
                steps += 1
                if steps % 100 == 0:
                    print(scheduler.get_lr())
        """,
        ["", "SLSSLS"] + ["SLSSLS"] * 3,
    ),
    "late-epochs": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for x in loader:
                model(x).backward()
                optimizer.step()
            if epoch >= 50:
                scheduler.step()
        """,
        ["", "SSSS", "SSSS", "SSSST", "SSSST"],
    ),
    "scaler": (
        """
        scaler = torch.cuda.amp.GradScaler()
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for x in loader:
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                scaler.update()
            scheduler.step()
        """,
        ["", "SSSST"] + ["SSSST"] * 3,
    ),
    "phases": (
        """
        loaders = {"train": loader, "val": DataLoader(held_out)}
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for phase in ["train", "val"]:
                for x in loaders[phase]:
                    if phase == "train":
                        model(x).backward()
                        optimizer.step()
                if phase == "train":
                    scheduler.step()
        """,
        ["", "SSSST"] + ["SSSST"] * 3,
    ),
    "steps-only": (
        """
        scheduler = StepLR(optimizer, 30)
        batches = iter(loader)
        for step in range(1000):
            model(next(batches)).backward()
            optimizer.step()
            scheduler.step()
        """,
        ["STSTSTST"],
    ),
    "unread-train": (
        """
        from engine import train
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            scheduler.step()
            train(loader, model, optimizer, epoch)
        """,
        ["", "TSSSS"] + ["TSSSS"] * 3,
    ),
    "by-hand": (
        """
        scheduler = StepLR(optimizer, 30)
        for epoch in range(90):
            for group in optimizer.param_groups:
                group["lr"] = 0.1
            for x in loader:
                model(x).backward()
                optimizer.step()
            scheduler.step()
        """,
        ["", "WSSSST"] + ["WSSSST"] * 3,
    ),
    "folds": (
        """
        for fold in range(5):
            optimizer = optim.SGD(model.parameters(), lr=0.1)
            scheduler = StepLR(optimizer, 30)
            for epoch in range(90):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
        """,
        ["", "SSSST"] + ["SSSST"] * 3,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_order_and_cadence(case):
    text, expected = CASES[case]
    first, *_ = programs(script(text))
    assert epochs_of(first) == expected


def test_each_branch_of_an_option_is_a_way():
    text = """
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--schedule", default="step")
    args = parser.parse_args()
    if args.schedule == "step":
        scheduler = StepLR(optimizer, 30)
    elif args.schedule == "cosine":
        scheduler = CosineAnnealingLR(optimizer, 90)
    else:
        scheduler = ReduceLROnPlateau(optimizer)
    for epoch in range(90):
        for x in loader:
            model(x).backward()
            optimizer.step()
        if args.schedule == "plateau":
            scheduler.step(loss)
        else:
            scheduler.step()
    """
    ways = programs(script(text))
    types = {tuple(each.type for each in way.schedulers) for way in ways}
    assert {("StepLR",), ("CosineAnnealingLR",)} <= types


def test_a_class_of_a_scheduler_decides_a_condition():
    text = """
    scheduler = ReduceLROnPlateau(optimizer)
    for epoch in range(90):
        for x in loader:
            model(x).backward()
            optimizer.step()
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step(loss)
        else:
            scheduler.step()
    """
    ways = programs(script(text))
    assert len(ways) == 1
    ticks = [each for each in ways[0].acts() if each.kind == "scheduler_tick"]
    assert [len(each.arguments) for each in ticks] == [1]


def test_a_function_that_nobody_calls_is_a_way():
    text = """
    def fit(model, batches, optimizer, epochs):
        scheduler = CosineAnnealingLR(optimizer, epochs)
        for epoch in range(epochs):
            for x in batches:
                model(x).backward()
                optimizer.step()
            scheduler.step()
    """
    last = programs(script(text))[-1]
    assert epochs_of(last)[1:] == ["SSSST"] * 4
    assert last.schedulers[0].arguments["T_max"].units == {"epochs": 1}


def test_code_that_is_not_read_may_step_what_it_is_given():
    text = """
    scheduler = StepLR(optimizer, 30)
    Engine(model, optimizer, scheduler).run()
    """
    (way,) = programs(script(text))
    assert way.optimizers[0].escapes
    assert way.schedulers[0].escapes


def test_a_recursive_function_ends():
    text = """
    def again(n):
        scheduler = StepLR(optimizer, 30)
        return again(n - 1)
    again(3)
    """
    assert len(programs(script(text))[0].schedulers) == 1
