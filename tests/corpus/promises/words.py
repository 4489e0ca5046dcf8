def initials(name):
    """The first letters of all words of a name, in capitals: of `ada king lovelace` it is AKL."""
    return "".join(part[0] for part in name.split())


def longest(words):
    """The longest of the words; of several as long, the first of them."""
    best = ""
    for word in words:
        if len(word) >= len(best):
            best = word
    return best
