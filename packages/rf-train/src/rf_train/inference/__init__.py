"""Answers of a trained model, prompted as it was trained."""
