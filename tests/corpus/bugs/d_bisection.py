def position(items, wanted):
    """Where ``wanted`` stands in a sorted list, or -1.

    >>> position([1, 3, 5, 7], 7)
    3
    >>> position([1, 3, 5, 7], 2)
    -1
    """
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return -1
