"""Configs of DeepSpeed: alone, and named by the arguments of transformers' Trainer."""
