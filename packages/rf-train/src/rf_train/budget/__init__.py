"""Estimates of memory and time, made before anything is trained."""
