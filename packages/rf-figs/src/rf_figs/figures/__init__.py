"""One module per figure; see `rf_figs.registry` for what such a module holds."""
