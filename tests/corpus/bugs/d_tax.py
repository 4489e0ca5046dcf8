def gross(net, rate=0.2):
    """Add the tax to a price.

    >>> gross(100)
    120.0
    >>> gross(100, rate=0.05)
    105.0
    """
    return round(net * (1 + rate), 2)
