"""What a function answers of which nothing is said: a document with what the module looks up in such."""

import ast
import functools
from collections.abc import Iterator

from aitestgen_guest.arguments.named import by_name
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.shapes import Spec

MOST_KEYS = 8


@functools.lru_cache(maxsize=4)
def document_for(source: str) -> "Spec | None":
    """A mapping with the keys that are looked up by their names anywhere in the module; None where none is.

    What several things are called by is a list of mappings, which have the same keys.
    """
    needed = dict(_looked_up(ast.parse(source)))
    keys = [*needed][:MOST_KEYS]
    if not keys:
        return None
    one: Spec = ("shaped", tuple((key, by_name(key, ANY), True) for key in keys))
    told: dict[str, Spec] = {key: ("list", one) if key.endswith("s") else ANY for key in keys}
    return ("shaped", tuple((key, by_name(key, told[key], told[key]), not needed[key]) for key in keys))


def _looked_up(tree: ast.Module) -> "Iterator[tuple[str, bool]]":
    """The keys, and whether each must be there."""
    sure: dict[str, bool] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                sure[key] = True
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
                sure.setdefault(key, False)
            case ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()]):
                sure.setdefault(key, False)
    yield from ((key, is_sure) for key, is_sure in sure.items() if key.isidentifier())
