def clamp(value: float, lo: float, hi: float) -> float:
    """Limit a value to the range from lo to hi.

    The result is always between lo and hi, inclusive.
    """
    if value < lo:
        return lo
    if value > hi:
        return hi
    return value
