"""What the name of an attribute or a key says of its value, where the code says nothing."""

import functools
import re
from typing import Any

from aitestgen_guest.arguments import specs
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.shapes import Spec

MISNAMED = 5
"""Points for a value that is not what its name says: a title that is a number."""
OFTEN = 3
"""How many times as often as anything at all."""
_BOOL = r"(is|has|can|should|was|allow|enable|use|dry)_.*|.*(done|active|(en|dis)abled|valid|verbose|debug|quiet|force"
_KINDS: "tuple[tuple[re.Pattern[str], Spec], ...]" = tuple(
    (re.compile(pattern, re.IGNORECASE), spec)
    for pattern, spec in (
        (rf"{_BOOL}|visible|deleted|admin|paid|pending|completed|recursive|strict|flag)", ("bool",)),
        (
            r"(.*_)?(count|number|num|size|index|age|year|month|day|hour|minute|quantity|qty|level|priority|port|limit|"
            r"offset|width|height|id|pk|stock|retries|attempts|position|rank|version_number|x|y)",
            ("int",),
        ),
        (
            r"(.*_)?(price|amount|rate|ratio|balance|weight|score|percent|discount|tax|cost|salary|factor|temperature|"
            r"lat|lon|latitude|longitude|seconds|timeout)",
            ("union", (("int",), ("float",))),
        ),
        (
            r"(.*_)?(name|title|label|text|message|key|description|subject|url|email|city|street|country|word|line|"
            r"code|currency|status|kind|category|author|prefix|suffix|username|password|token|slug|color|mode|unit|"
            r"phone|address|comment|body|language|host|role|sku|question|prompt|sentence|paragraph|note|reason|caption|"
            r"heading|summary|greeting|separator|delimiter|topic|tag|letter)",
            ("str",),
        ),
        (r"(.*_)?(tags|names|words|lines|labels|keys)", ("list", ("str",))),
    )
)


def by_name(name: str, told: Spec, nothing: Spec = ANY) -> Spec:
    """What is `told` of the value of that name; where that is `nothing`, mostly what the name says."""
    said = _said(name) if told == nothing else None
    return told if said is None else ("union", (*(said for _ in range(OFTEN)), told))


def suits(name: Any, value: Any) -> bool:
    """Whether the name says nothing of the value, or what it is: no flag is a text."""
    said = _said(name) if isinstance(name, str) else None
    return said is None or specs.fits(value, said)


def misnamed(value: Any) -> int:
    """How many values in nested data are not what their keys say."""
    if isinstance(value, dict):
        return sum((not suits(key, item)) + misnamed(item) for key, item in value.items())
    return sum(map(misnamed, value)) if isinstance(value, list) else 0


@functools.lru_cache(maxsize=1024)
def _said(name: str) -> "Spec | None":
    return next((spec for pattern, spec in _KINDS if pattern.fullmatch(name)), None)
