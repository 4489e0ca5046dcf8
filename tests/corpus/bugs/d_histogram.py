from collections import Counter


def histogram(words):
    """Count the words, whatever their case.

    >>> histogram(["b", "a", "B"])
    {'a': 1, 'b': 2}
    >>> histogram(["x"] * 1000)  # doctest: +SKIP
    {'x': 'many'}
    """
    return dict(Counter(word.lower() for word in words))
