"""One module per figure; `rf_figs.registry` describes what such a module defines."""
