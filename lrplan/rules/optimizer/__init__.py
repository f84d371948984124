"""Rules about optimizers, and learning rates that are tensors."""
