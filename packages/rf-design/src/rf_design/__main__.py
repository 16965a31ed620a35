"""`python -m rf_design`."""

from rf_design.cli import main

main()
