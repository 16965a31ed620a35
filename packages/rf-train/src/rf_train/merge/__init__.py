"""Adapters merged into their base model, made smaller, or exported."""
