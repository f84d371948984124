"""From traces to text that other programs read."""
