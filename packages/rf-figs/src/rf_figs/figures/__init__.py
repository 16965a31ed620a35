"""One module a figure; see `rf_figs.registry` for what such a module holds."""
