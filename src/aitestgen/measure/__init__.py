"""What a test file is worth: coverage, mutants killed, and whether it passes every time."""
