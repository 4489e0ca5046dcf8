def wrap(text, width):
    r"""Break a text into lines of at most ``width`` characters.

    >>> print("\n".join(wrap("the quick brown fox", 9)))
    the quick
    brown fox
    """
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return lines + [line] if line else lines
