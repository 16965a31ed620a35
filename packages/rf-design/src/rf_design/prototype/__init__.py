"""The low-pass prototype: its elements, its response as a formula, its poles."""
