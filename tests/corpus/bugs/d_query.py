def parse_query(text):
    """Parse a query string.

    >>> sorted(parse_query("a=1&b=2&a=3").items())
    [('a', ['1', '3']), ('b', ['2'])]
    >>> parse_query("flag")
    {'flag': ['']}
    """
    found = {}
    for part in text.split("&"):
        if part:
            key, _, value = part.partition("=")
            found.setdefault(key, []).append(value)
    return found
