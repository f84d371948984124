"""The parts of ``lrplan validate``: what is judged, how, and what is done with the findings."""
