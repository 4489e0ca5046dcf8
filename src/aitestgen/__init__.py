"""Python in, a verified pytest suite out: every test ran in a jail and is there because it proves something."""
