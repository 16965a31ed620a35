"""`python -m rf_train`, which torchrun starts on every device."""

from rf_train.cli import main

if __name__ == "__main__":
    main()
