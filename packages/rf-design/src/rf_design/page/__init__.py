"""The page: a request, its reading as a form, and the designed filter, in a browser on loopback.

`rf_design.design` computes all answers; this package converts messages to its arguments and its
answers to what the page draws. Nothing is stored on disk.
"""
