"""Roman numerals."""

_TABLE = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
          (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]


def to_roman(number: int) -> str:
    """Write a number from 1 to 3999 as a Roman numeral.

    >>> to_roman(14)
    'XIV'
    >>> to_roman(1990)
    'MCMXC'

    Raises:
        ValueError: If the number is not between 1 and 3999.
    """
    if not 1 <= number <= 3999:
        raise ValueError("out of range")
    parts = []
    for value, letters in _TABLE:
        while number >= value:
            parts.append(letters)
            number -= value
    return "".join(parts)
