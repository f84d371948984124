"""MMEngine's Runner: a linear warm-up by iteration under a MultiStepLR by epoch."""

import logging
import tempfile

import applied  # noqa: F401
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Data(Dataset):
    def __len__(self):
        return 40

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        return {"inputs": torch.randn(4, generator=generator)}


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)

    def forward(self, inputs, mode="loss"):
        return {"loss": (self.linear(inputs) ** 2).mean()}


torch.manual_seed(18)
with tempfile.TemporaryDirectory() as folder:
    runner = Runner(
        model=Model(),
        work_dir=folder,
        train_dataloader=DataLoader(Data(), batch_size=8),
        train_cfg={"by_epoch": True, "max_epochs": 4},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1, "momentum": 0.9}},
        param_scheduler=[
            {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "begin": 0, "end": 6},
            {"type": "MultiStepLR", "by_epoch": True, "milestones": [2, 3], "gamma": 0.1},
        ],
        default_hooks={"checkpoint": None, "logger": None},
        log_level=logging.CRITICAL,
        default_scope="mmengine",
    )
    runner.train()
    print("iterations", runner.iter)
    logging.shutdown()
