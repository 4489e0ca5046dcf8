import re


def tokens(text: str) -> list[str]:
    """The numbers and the words of a text, in order."""
    found = []
    for word, number in re.findall(r"([a-z]+)|(\d+)", text):
        if word:
            found.append(word)
        else:
            found.append(number)
    return found
