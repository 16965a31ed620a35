"""The meaning of calls of `design_filter`: quantities by value, and comparison of two calls."""
