def ordinal(n):
    """Number with its ending.

    Example: ordinal(2) -> '2nd'

    Teens are special, e.g. ``ordinal(12)`` returns ``'12th'``.
    """
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"
