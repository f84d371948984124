"""Rules about lengths in the wrong unit, and ticks counted in another way than meant."""
