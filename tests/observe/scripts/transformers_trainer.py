"""The Trainer of transformers: cosine with a warm-up, two batches a step, 11 batches an epoch."""

import tempfile

import applied  # noqa: F401
import torch
from torch import nn
from transformers import PrinterCallback, Trainer, TrainingArguments


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)
        self.norm = nn.LayerNorm(4)

    def forward(self, x, labels):
        return {"loss": nn.functional.mse_loss(self.linear(self.norm(x))[:, 0], labels)}


torch.manual_seed(15)
data = [{"x": torch.randn(4), "labels": torch.randn(())} for _ in range(44)]
with tempfile.TemporaryDirectory() as folder:
    args = TrainingArguments(
        output_dir=folder,
        num_train_epochs=3,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=2,
        learning_rate=5e-4,
        weight_decay=0.01,
        lr_scheduler_type="cosine",
        warmup_steps=4,
        report_to="none",
        disable_tqdm=True,
        save_strategy="no",
        logging_strategy="no",
        use_cpu=True,
    )
    trainer = Trainer(model=Model(), args=args, train_dataset=data)
    trainer.remove_callback(PrinterCallback)  # it prints how long the run took
    trainer.train()
    print("steps", trainer.state.global_step)
