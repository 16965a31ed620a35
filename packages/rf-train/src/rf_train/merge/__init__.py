"""Adapters merged into their base model, reduced in rank, or exported."""
