def format_duration(seconds: int) -> str:
    """Seconds as h:mm:ss."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{rest:02}"


def parse_duration(text: str) -> int:
    """Seconds of h:mm:ss."""
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = map(int, text.lstrip("-").split(":"))
    return sign * (hours * 3600 + minutes * 60 + seconds)
