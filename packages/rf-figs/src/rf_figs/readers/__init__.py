"""Strict, typed readers of the other packages' files; errors give `path:line`."""
