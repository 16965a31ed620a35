"""Readers of the files that the other packages write: strict, typed, `path:line` on error."""
