"""Live torch objects of a plan: a real optimizer and the real schedulers that drive it."""
