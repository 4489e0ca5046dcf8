def discounted(price, percent):
    """The price less so many percent, never below zero.

    Percentages above 100 give zero.
    """
    return price - price * percent / 100


def shipping(weight):
    """Parcels up to 2 kg are free of charge; heavier ones cost 5."""
    return 0 if weight < 2 else 5
