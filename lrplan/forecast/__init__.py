"""The rest of a run that was stopped early: what it would go on calling, and how often."""
