"""Logs of finished runs for tests: where the real ones are, and writers of small ones."""

import json
from pathlib import Path

LOGS = Path(__file__).parents[1] / "data" / "logs"
"""Written by real trainers; ``applied.json`` beside one has the rates that a hook saw."""

EXAMPLES = {
    "ultralytics": (
        "results.csv",
        "epoch,time,train/box_loss,lr/pg0,lr/pg1\n1,4.1,0.9,0.00033,0.07\n2,8.0,0.8,0.00066,0.04\n",
    ),
    "timm": (
        "summary.csv",
        (
            "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n0,6.9,6.8,0.1,0.5,0.1\n"
            "1,6.5,6.4,0.9,3.1,0.09755282581475769\n"
        ),
    ),
    "wandb": (
        "wandb_export.csv",
        (
            '"Step","run - lr","run - lr__MIN","run - lr__MAX"\n"0","0.1","0.1","0.1"\n'
            '"10","0.05","0.05","0.05"\n'
        ),
    ),
    "detectron2": (
        "metrics.json",
        (
            '{"data_time": 0.1, "iteration": 19, "lr": 0.00039962, "total_loss": 2.1}\n'
            '{"data_time": 0.1, "iteration": 39, "lr": 0.00079922, "total_loss": 1.9}\n'
        ),
    ),
    "deepspeed": (
        "train.log",
        (
            "[2024-01-01] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0,"
            " lr=[0.001, 0.0001], mom=[(0.9, 0.999), (0.9, 0.999)]\n"
            "[2024-01-01] [INFO] [logging.py:96:log_dist] [Rank 0] step=20, skipped=3,"
            " lr=[np.float64(0.0005), np.float64(5e-05)], mom=[(0.9, 0.999), (0.9, 0.999)]\n"
        ),
    ),
    "megatron": (
        "out.log",
        (
            " iteration       10/     500 | consumed samples:           80 |"
            " elapsed time per iteration (ms): 100.0 | learning rate: 6.000000E-05 |"
            " global batch size:     8 |\n"
        ),
    ),
    "mlflow": ("lr", "1700000000000 0.1 0\n1700000000100 0.05 10\n"),
    "jsonl": ("log.jsonl", '{"step": 1, "train/lr": 0.1}\n{"step": 2, "train/lr": 0.05}\n'),
    "csv": ("any.csv", "iter, loss, lr\n0, 1.0, 0.1\n1, 0.9, 0.05\n"),
    "text": ("out.txt", "[step 10] loss 1.2 lr 1.00e-03\n[step 20] loss 1.1 lr 9.51e-04\n"),
}
"""By the name of the format: a name and a text as that tool writes it."""


def write_log(folder, format_):
    """Write the example of a format below ``folder``; return its path."""
    name, text = EXAMPLES[format_]
    path = folder / name
    path.write_text(text, "utf-8")
    return path


_REAL = {
    "lightning": "lightning/metrics.csv",
    "mmengine": "mmengine/vis_data/scalars.json",
    "mmengine-log": "mmengine/by_epoch.log",
    "tensorboard": "tensorboard/events.out.tfevents.1700000000.host",
}
_MOST_BYTES = 1_500


def small_logs():
    """A short log of each format that is read, as bytes, by the name of the format."""
    written = {name: text.encode() for name, (_, text) in EXAMPLES.items()}
    real = {name: (LOGS / path).read_bytes()[:_MOST_BYTES] for name, path in _REAL.items()}
    state = json.loads((LOGS / "transformers/checkpoint-15/trainer_state.json").read_text("utf-8"))
    state["log_history"] = state["log_history"][:4]
    return {**written, **real, "transformers": json.dumps(state).encode()}
