"""Lines with numbers."""

from typing import TextIO


def number_lines(source: TextIO, sink: TextIO, start: int = 1, skip_blank: bool = False) -> int:
    """Copy lines with their numbers; how many were copied."""
    number = start
    for line in source:
        if skip_blank and not line.strip():
            sink.write("\n")
            continue
        sink.write(f"{number:>3} {line.rstrip()}\n")
        number += 1
    return number - start
