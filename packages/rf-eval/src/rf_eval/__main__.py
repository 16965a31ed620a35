"""`python -m rf_eval`."""

from rf_eval.cli import main

if __name__ == "__main__":
    main()
