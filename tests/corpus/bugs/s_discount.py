def discounted(price: float, percent: float) -> float:
    """The price less a discount, rounded to 2 decimal places.

    Args:
        price: The full price.
        percent: From 0 to 100.

    Raises:
        ValueError: If percent is greater than 100 or less than 0.
    """
    if percent < 0 or percent > 100:
        raise ValueError("percent")
    return round(price * (1 - percent / 100), 2)
