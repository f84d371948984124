"""A small recording, made by hand."""

import numpy as np

from lrplan.recordings.column_codec import encode_table, pack_bytes
from lrplan.recordings.model import (
    EventCode,
    EventLog,
    RecordedGroup,
    RecordedOptimizer,
    RecordedScheduler,
    Recording,
)


def recording(**options):
    """Three steps of one group at 0.1, 0.1 and 0.05, with a StepLR."""
    codes = np.array([0, 1, 1, 2, 1], "<u4")
    return Recording(
        file="train.py",
        locations=[("train.py", 3), ("train.py", 9)],
        optimizers=[
            RecordedOptimizer(
                type="SGD",
                arguments={"lr": 0.1, "nesterov": False, "betas": [0.9, 0.99]},
                location=0,
                order=0,
                steps=3,
                groups=[RecordedGroup(options={"lr": 0.1, "weight_decay": 0.0})],
                lr=[encode_table([np.array([0.1, 0.1, 0.05])])],
                final_lr=[0.05],
            )
        ],
        schedulers=[
            RecordedScheduler(
                type="StepLR",
                module="torch.optim.lr_scheduler",
                optimizer=0,
                arguments={"step_size": 2},
            )
        ],
        events=EventLog(
            codes=[
                EventCode("scheduler_made", "scheduler"),
                EventCode("optimizer_step", "optimizer", location=1),
                EventCode("scheduler_tick", "scheduler", values=1),
            ],
            chunks=[pack_bytes(codes.tobytes())],
            counts=[5],
            values=[encode_table([np.array([7.0])])],
        ),
        **options,
    )
