"""Secrets out of everything that is shown, logged or kept."""

import re
from collections.abc import Callable

Redact = Callable[[str], str]
HIDDEN = "[hidden]"
WORDS = 300

_LIKE_A_KEY = re.compile(r"\b(?:sk|gsk|hf|xai)[-_][\w*.-]{6,}|(?<=Bearer )\S+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def redactor(*secrets: str) -> Redact:
    """A function that hides these secrets in a text, and leaves all else as it is."""
    exact = [re.escape(secret) for secret in sorted(secrets, key=len, reverse=True) if secret]
    pattern = re.compile("|".join(exact) or r"(?!)")
    return lambda text: pattern.sub(HIDDEN, text)


def shown(text: str, *secrets: str) -> str:
    """A stranger's words for a message of ours, as `one_line`, without secrets or whatever looks like a key."""
    return one_line(_LIKE_A_KEY.sub(HIDDEN, redactor(*secrets)(text)))


def one_line(text: str) -> str:
    """A stranger's words for a message of ours: one line, no control signs, nothing that cannot be encoded, short."""
    plain = _CONTROL.sub(" ", text).encode("utf-8", "replace").decode().strip()
    return plain if len(plain) <= WORDS else f"{plain[:WORDS]}…"
