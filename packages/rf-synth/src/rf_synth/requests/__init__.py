"""Generates requests as people write them, from texts with slots, and the corresponding calls.

`slots` parses a slotted text, `voices` loads the texts of all voices, `filters` draws the numbers
of a filter that fits a text, `printing` formats them, `compose` combines text and call.
"""
