"""A loop as timm's train.py has it: step_update after every update, step(epoch + 1) at the end."""

import sys
import types
from importlib.util import find_spec

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    import timm  # noqa: F401
except ImportError:  # it needs torchvision for its models, which are not used here
    folder = find_spec("timm").submodule_search_locations
    sys.modules["timm"] = types.ModuleType("timm")
    sys.modules["timm"].__path__ = folder
from timm.scheduler.cosine_lr import CosineLRScheduler

EPOCHS = 6

torch.manual_seed(19)
loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=8)
model = nn.Linear(4, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
scheduler = CosineLRScheduler(
    optimizer, t_initial=EPOCHS, lr_min=1e-5, warmup_t=2, warmup_lr_init=1e-6, warmup_prefix=True
)
updates = 0
for epoch in range(EPOCHS):
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        updates += 1
        scheduler.step_update(num_updates=updates, metric=loss.item())
    scheduler.step(epoch + 1, loss.item())
    print(epoch, f"{loss.item():.6f}")
