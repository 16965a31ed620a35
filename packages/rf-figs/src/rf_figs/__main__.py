"""`python -m rf_figs` is the command rf-figs."""

from rf_figs.cli import main

if __name__ == "__main__":
    main()
