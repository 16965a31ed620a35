"""Answers of a trained model, prompted as in its training."""
