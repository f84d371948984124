"""Trains two epochs, saves, builds everything anew, loads, and goes on."""

import os
import tempfile

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 5


def train(path, first, last):
    torch.manual_seed(12)
    loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=8)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
    if first:
        state = torch.load(path)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])
    for epoch in range(first, last):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
        scheduler.step()
        print(epoch, f"{loss.item():.6f}")
    state = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    torch.save({name: each.state_dict() for name, each in state.items()}, path)


with tempfile.TemporaryDirectory() as folder:
    checkpoint = os.path.join(folder, "last.pt")
    train(checkpoint, 0, 2)
    train(checkpoint, 2, EPOCHS)
