"""Recipes: LLaMA-Factory's keys, read strictly."""
