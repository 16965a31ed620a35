"""What a call of `design_filter` says: its quantities by value, and two calls compared."""
