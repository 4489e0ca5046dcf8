RATES = {"domestic": 390, "europe": 890, "world": 1690}


def shipping_cents(grams: int, zone: str, express: bool = False) -> int:
    """What it costs to send a parcel, in cents.

    Raises ValueError for a weight out of range and for an unknown zone.
    """
    if not 0 < grams <= 30_000:
        raise ValueError("a parcel weighs 1 to 30000 grams")
    if zone not in RATES:
        raise ValueError(f"unknown zone: {zone!r}")
    cents = RATES[zone]
    if grams > 10_000:
        cents *= 2
    elif grams > 2_000:
        cents += 250
    if express and zone == "domestic":
        cents += 500
    elif express:
        cents = cents * 3 // 2
    return cents
