"""Requests as people write them: slotted texts, their numbers, and the call that reads them.

`slots` parses a slotted text, `voices` loads the texts of all voices, `filters` draws the numbers
of a filter that fits a text, `printing` prints them, `compose` puts text and call together.
"""
