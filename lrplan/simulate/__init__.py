"""The loop that steps real objects in the order of a real training loop."""
