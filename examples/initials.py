"""Initials of names. It holds a bug on purpose: see how it is reported as suspected, and never blessed by a test.

`initials` promises that extra spaces do not matter, with an example; the code splits at every single space.
"""


def initials(name: str) -> str:
    """The upper-case first letters of a name's words. Extra spaces do not matter.

    >>> initials("ada lovelace")
    'AL'
    >>> initials("grace  hopper")
    'GH'
    """
    return "".join(word[0].upper() for word in name.split(" "))


def monogram(first: str, last: str, separator: str = "&") -> str:
    """Two initials around a separator; a single one where the other name is empty.

    >>> monogram("ada", "lovelace")
    'A&L'
    """
    if not first and not last:
        raise ValueError("a monogram needs at least one name")
    if not first or not last:
        return initials(first or last)
    return f"{initials(first)}{separator}{initials(last)}"
