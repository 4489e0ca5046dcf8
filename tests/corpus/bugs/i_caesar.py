def encrypt(text: str, key: int) -> str:
    """Shift each letter by key places."""
    return "".join(_shift(letter, key) for letter in text)


def decrypt(text: str, key: int) -> str:
    """Shift each letter back by key places."""
    return "".join(_shift(letter, -key) for letter in text)


def _shift(letter: str, key: int) -> str:
    if "a" <= letter <= "z":
        return chr((ord(letter) - 97 + key) % 26 + 97)
    if "A" <= letter <= "Z":
        return chr((ord(letter) - 65 + key) % 26 + 65)
    return letter
