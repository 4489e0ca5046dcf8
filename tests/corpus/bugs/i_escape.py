def quote(text: str) -> str:
    """A text in quotes, with backslashes and quotes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """The text that was quoted."""
    inside, result, place = text[1:-1], [], 0
    while place < len(inside):
        if inside[place] == "\\" and place + 1 < len(inside):
            place += 1
        result.append(inside[place])
        place += 1
    return "".join(result)
