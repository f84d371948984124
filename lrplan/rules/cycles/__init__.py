"""Rules about schedules that repeat, and OneCycleLR."""
