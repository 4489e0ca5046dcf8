def initials(name: str) -> str:
    """The initials of a name.

    >>> initials("ada lovelace")
    'A.L.'
    >>> initials("")
    ''
    """
    return "".join(f"{part[0].upper()}." for part in name.split())
