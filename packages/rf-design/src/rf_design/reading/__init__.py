"""From what a user typed to a call: text made plain, a model's answer taken apart, turns played."""

from rf_design.reading.conversation import Reader, Reading, read_many, read_request

__all__ = ["Reader", "Reading", "read_many", "read_request"]
