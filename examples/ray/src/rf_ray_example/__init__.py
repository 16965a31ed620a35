"""Requests answered and scored, and data sets made, by the machines of a Ray cluster."""

import os

# Started by `uv run`, Ray would send this folder to every worker and make an environment there.
# All machines have this one: it lies where they all see it.
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
