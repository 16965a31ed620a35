"""What fits into memory and how long it takes, estimated before anything is trained."""
