"""The plan that a training script amounts to, as far as the script says it."""
