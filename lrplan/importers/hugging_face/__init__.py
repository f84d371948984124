"""Configs of transformers' Trainer in four dialects: its own, TRL's, LLaMA-Factory's, axolotl's."""
