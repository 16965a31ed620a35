"""`python -m rf_synth`."""

from rf_synth.cli import main

if __name__ == "__main__":
    main()
