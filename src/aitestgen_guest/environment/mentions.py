"""What a module's source mentions: looked up once, since a stage is set up for many imports of the same source."""

import functools
import re


@functools.lru_cache(maxsize=256)
def mentions(source: str, pattern: str) -> bool:
    """Whether the regular expression is found in the source."""
    return re.search(pattern, source, re.MULTILINE) is not None
