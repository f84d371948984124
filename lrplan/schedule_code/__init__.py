"""A model of the schedule code of a script: what is made, and what is called in which loop."""
