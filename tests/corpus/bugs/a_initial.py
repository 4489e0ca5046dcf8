def initial(name: str) -> str:
    """The first letter of a name in upper case."""
    return name[:1].upper()
