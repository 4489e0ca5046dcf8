"""Questions to objects that may refuse them: what stands for a web request does so while there is none."""

from typing import Any


def answer(value: Any, name: str) -> Any:
    """What the value has under that name; None where it has no such attribute, or does not say."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - attributes are the module's own code, and of proxies anybody's
        return None


def look_up(value: Any, name: str) -> Any:
    """What the value has under that name. Raises AttributeError where it gives none, whatever it raises itself."""
    try:
        return getattr(value, name)
    except Exception as error:
        raise AttributeError(name) from error


def is_a(value: Any, kind: type) -> bool:
    """Whether the value is of that type itself, whatever its `__class__` says, which may be another's, or fail."""
    return issubclass(type(value), kind)


def function_of(member: Any) -> Any:
    """The function in what a class holds for a static or a class method; anything else as it is."""
    return member.__func__ if is_a(member, staticmethod) or is_a(member, classmethod) else member
