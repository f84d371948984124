"""A training process under observation."""
