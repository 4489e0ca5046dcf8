def parse_version(text: str) -> tuple[int, ...]:
    """The numbers of a dotted version; what is no number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split("."))
