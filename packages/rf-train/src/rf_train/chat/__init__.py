"""Conversations with a model in the terminal, and their log."""
