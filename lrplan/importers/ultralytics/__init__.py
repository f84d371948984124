"""Ultralytics: its args.yaml, by the rules of the release that wrote it."""
