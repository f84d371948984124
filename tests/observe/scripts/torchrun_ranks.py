"""One rank of a run that torchrun starts, over gloo."""

import os

import applied  # noqa: F401
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
dist.init_process_group("gloo")
torch.manual_seed(22)
model = DistributedDataParallel(nn.Linear(2, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for _ in range(10):
    optimizer.zero_grad()
    (model(torch.randn(4, 2)) ** 2).mean().backward()
    optimizer.step()
    scheduler.step()
if dist.get_rank() == 0:
    print("done")
dist.destroy_process_group()
