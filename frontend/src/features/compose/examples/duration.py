import re

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
PART = re.compile(r"(\d+)([dhms])")


def parse_duration(text: str) -> int:
    """Seconds of a duration such as `1h30m` or `45s`.

    >>> parse_duration("1h30m")
    5400
    """
    compact = text.replace(" ", "").lower()
    if not compact:
        raise ValueError("an empty duration")
    seconds, position = 0, 0
    for match in PART.finditer(compact):
        if match.start() != position:
            break
        seconds += int(match[1]) * UNITS[match[2]]
        position = match.end()
    if position != len(compact):
        raise ValueError(f"not a duration: {text!r}")
    return seconds
