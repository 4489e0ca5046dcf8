import re
import unicodedata


def slugify(title: str, max_length: int = 60) -> str:
    """A title as the last part of an address: lower case, words joined by dashes.

    >>> slugify("Crème brûlée, twice!")
    'creme-brulee-twice'
    """
    if max_length < 1:
        raise ValueError("max_length must be at least 1")
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > max_length:
            break
        slug = longer
    return slug or "untitled"
