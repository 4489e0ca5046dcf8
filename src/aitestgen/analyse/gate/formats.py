"""Which attributes a format string would read (Format String Syntax, `string` module documentation)."""

from _string import formatter_field_name_split  # type: ignore[import-not-found]  # what string.Formatter itself uses
from collections.abc import Iterator
from string import Formatter

_DEPTH = 3


def attributes_in(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """Yield the attribute names that the fields of this format string follow, nested specs included."""
    try:
        fields = list(Formatter().parse(text))
        for _, name, spec, _ in fields:
            if name:
                yield from (str(key) for is_attribute, key in formatter_field_name_split(name)[1] if is_attribute)
            if spec and depth:
                yield from attributes_in(spec, depth - 1)
    except ValueError:
        return  # str.format would refuse it too
