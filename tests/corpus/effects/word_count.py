"""A small command."""

import argparse
import sys


def main(argv: list[str] | None = None) -> int:
    """Count lines or words of a file or of the standard input."""
    parser = argparse.ArgumentParser(prog="count")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--minimum", type=int, default=0)
    options = parser.parse_args(argv)
    if options.file:
        try:
            with open(options.file) as file:
                text = file.read()
        except OSError:
            print(f"cannot read {options.file}", file=sys.stderr)
            return 2
    else:
        text = sys.stdin.read()
    count = len(text.split()) if options.words else len(text.splitlines())
    if count < options.minimum:
        print("too few", file=sys.stderr)
        sys.exit(1)
    print(count)
    return 0
