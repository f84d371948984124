"""Rules about several parameter groups."""
