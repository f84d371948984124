"""Builds the example scripts of rule pages: one training loop with replaceable parts."""

from __future__ import annotations

from collections.abc import Iterable

_SGD = "torch.optim.SGD(model.parameters(), lr=0.1)"
_SCHEDULERS = "torch.optim.lr_scheduler"


def script(
    scheduler: str = "",
    *,
    optimizer: str = _SGD,
    epochs: int = 10,
    made: Iterable[str] = (),
    before_epoch: Iterable[str] = (),
    before_step: Iterable[str] = (),
    step: str = "optimizer.step()",
    after_step: Iterable[str] = (),
    after_epoch: Iterable[str] = (),
) -> str:
    """A whole script that trains on 64 samples in batches of 8.

    Args:
        scheduler: its class and arguments, e.g. ``StepLR(optimizer, step_size=3)``; empty: none.
        optimizer: the expression that makes it.
        epochs: how long it trains.
        made: lines after everything is made.
        before_epoch: lines of the loop over epochs, before that over batches.
        before_step: lines of the loop over batches, after the backward pass.
        step: the line that makes the optimizer step.
        after_step: lines after it.
        after_epoch: lines after the loop over batches.
    """
    lines = ["import torch", "", "model = torch.nn.Linear(4, 1)", f"optimizer = {optimizer}"]
    if scheduler:
        lines.append(f"scheduler = {_SCHEDULERS}.{scheduler}")
    lines += [
        "data = torch.utils.data.TensorDataset(torch.randn(64, 4))",
        "loader = torch.utils.data.DataLoader(data, batch_size=8)",
        *made,
        f"for epoch in range({epochs}):",
        *_indented(before_epoch, 1),
        "    for (x,) in loader:",
        "        optimizer.zero_grad()",
        "        loss = model(x).pow(2).mean()",
        "        loss.backward()",
        *_indented((*before_step, step, *after_step), 2),
        *_indented(after_epoch, 1),
    ]
    return "\n".join(lines) + "\n"


def _indented(lines: Iterable[str], depth: int) -> list[str]:
    return [" " * 4 * depth + line for line in lines]
