"""What is read from the optimizer and the schedulers while they are stepped."""
