"""Exports of traces: numbers, code and tables for other programs."""
