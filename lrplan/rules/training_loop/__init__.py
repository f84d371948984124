"""Rules about the training loop: what a script calls, on what, and in which order."""
