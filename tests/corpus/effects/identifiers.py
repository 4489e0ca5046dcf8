"""Identifiers that nobody can guess."""

import secrets
import uuid


def new_order_id(prefix: str = "ORD", short: bool = False) -> str:
    """A fresh identifier."""
    if not prefix.isalpha():
        raise ValueError("the prefix must be letters")
    unique = uuid.uuid4().hex
    if short:
        unique = unique[:8]
    return f"{prefix.upper()}-{unique}"


def invite_code(length: int = 6, alphabet: str = "ABCDEFGH23456789") -> str:
    """A code to type, in groups of three."""
    if length < 3 or length % 3:
        raise ValueError("the length must be a multiple of three")
    letters = "".join(secrets.choice(alphabet) for _ in range(length))
    if length == 3:
        return letters
    return "-".join(letters[place : place + 3] for place in range(0, length, 3))
