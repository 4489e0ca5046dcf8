def counts(words: list[str]) -> dict[str, int]:
    """How often each word occurs."""
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
