"""Lengths of time as people write them: `1h 30m`, `90 min`, `2d`."""

import re

SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
PART = re.compile(r"(\d+)\s*([a-z]+)\s*")


class DurationError(ValueError):
    """The text is no length of time."""


def parse_duration(text: str) -> int:
    """The length in seconds. Units go from large to small, and each comes once at most.

    Raises DurationError for anything else.

    >>> parse_duration("1h 30m")
    5400
    >>> parse_duration("90 min")
    5400
    """
    rest = text.strip().lower()
    if not rest:
        raise DurationError("no duration given")
    total = 0
    last = None
    while rest:
        part = PART.match(rest)
        if part is None:
            raise DurationError(f"cannot read {rest!r}")
        size = _unit_seconds(part[2])
        if last is not None and size >= last:
            raise DurationError(f"{part[2]!r} is out of order")
        total += int(part[1]) * size
        last = size
        rest = rest[part.end() :]
    return total


def _unit_seconds(unit: str) -> int:
    for name in ("day", "hour", "minute", "second"):
        if unit in (name[0], name[:3], name, f"{name}s"):
            return SECONDS[name[0]]
    raise DurationError(f"unknown unit {unit!r}")


def format_duration(seconds: int) -> str:
    """The shortest text for a length of time; `0s` for none. Raises ValueError for a negative one.

    >>> format_duration(5400)
    '1h 30m'
    """
    if seconds < 0:
        raise ValueError("a duration is not negative")
    parts = []
    for unit, size in SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
