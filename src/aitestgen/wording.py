"""Counts as people write them."""

from aitestgen.values import Mutation


def counted(count: int, noun: str) -> str:
    """The number and the noun, which is in the plural unless there is one: `1 test`, `2 tests`, `0 branches`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def killed_of(mutation: Mutation) -> str:
    return f"{mutation.killed} of {counted(mutation.valid, 'mutant')} killed"
