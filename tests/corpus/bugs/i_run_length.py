def encode(text: str) -> list[tuple[str, int]]:
    """Each run of one letter as the letter and its length."""
    runs: list[tuple[str, int]] = []
    for letter in text:
        if runs and runs[-1][0] == letter:
            runs[-1] = (letter, runs[-1][1] + 1)
        else:
            runs.append((letter, 1))
    return runs


def decode(runs: list[tuple[str, int]]) -> str:
    """The text of runs."""
    return "".join(letter * count for letter, count in runs)
