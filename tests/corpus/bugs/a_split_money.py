def split_cents(cents: int, people: int) -> tuple[int, int]:
    """What each pays, and what is left over."""
    if people <= 0:
        return 0, cents
    return cents // people, cents % people
