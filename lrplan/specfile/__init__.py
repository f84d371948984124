"""From YAML text to plans: a positioned tree, typed models, resolved schedules."""
