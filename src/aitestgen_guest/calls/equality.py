"""Whether an assertion would tell two values apart, of which only the texts are known."""

import re
from functools import lru_cache

from aitestgen_guest.calls.literals import HELPERS

BY_IDENTITY = ("True", "False", "None", "NotImplemented", "...")
"""Asserted with `is`; everything else with `==`."""
_APPROXIMATE = re.compile(r"-?\d+\.\d{7,}(e[+-]?\d+)?|-?\d(\.\d+)?e-\d+")
"""Asserted with `pytest.approx`."""
_NAMES = {**HELPERS, "__builtins__": {"float": float, "set": set, "frozenset": frozenset, "range": range}}
MAX_TEXT = 400


@lru_cache(maxsize=4096)
def tells(text: str, other: "str | None") -> bool:
    """Whether a test that expects `text` fails where `other` comes: 2 comes for 2.0, and it does not."""
    if text == other:
        return False
    if other is None or text in BY_IDENTITY or text[:1] in "'\"" or max(len(text), len(other)) > MAX_TEXT:
        return True
    try:
        expected, value = (eval(item, dict(_NAMES)) for item in (text, other))  # noqa: S307 - texts of `Writer`, in the jail
        close = bool(_APPROXIMATE.fullmatch(text)) and abs(expected - value) <= max(1e-6 * abs(expected), 1e-12)
        passes = close or bool(expected == value)
    except Exception:  # noqa: BLE001 - names of the module under test: their texts differ, and that has to do
        passes = False
    return not passes
