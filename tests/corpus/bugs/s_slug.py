import re


def slugify(title: str) -> str:
    """Make a title fit for an address.

    The result is lowercase and contains no spaces.
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
