"""The page: a request, its reading as a form and the filter it leads to, in a browser on loopback.

Everything is answered by `rf_design.design`; what is here turns messages into its arguments, and
its answers into what the page draws. Nothing is kept on disk.
"""
