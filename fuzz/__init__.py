"""The coverage-guided fuzzer: ``python -m fuzz``, which ``make fuzz`` runs within its time."""
