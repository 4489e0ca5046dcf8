"""Questions to the user."""

import sys


def confirm(question: str, default: bool = False) -> bool:
    """Ask until the answer is yes or no; an empty one is the default, the end of the input means no."""
    while True:
        try:
            answer = input(f"{question} [y/n] ").strip().lower()
        except EOFError:
            return False
        if not answer:
            return default
        if answer in ("y", "yes"):
            return True
        if answer in ("n", "no"):
            return False
        print("Please answer yes or no.")


def choose(options: list[str]) -> str:
    """The option whose number was typed."""
    if not options:
        raise ValueError("nothing to choose from")
    for number, option in enumerate(options, start=1):
        print(f"{number}. {option}")
    typed = input("> ")
    if not typed.isdigit():
        raise ValueError("not a number")
    place = int(typed)
    if not 1 <= place <= len(options):
        raise IndexError("no such option")
    return options[place - 1]


def sum_of_input() -> int:
    """The sum of the numbers on the standard input; other lines are reported and left out."""
    total = 0
    for line in sys.stdin:
        line = line.strip()
        if not line:
            continue
        try:
            total += int(line)
        except ValueError:
            sys.stderr.write(f"skipped {line}\n")
    return total
