"""Objects to which something has happened, as one expression: `prepared(Team(), lambda it: it.hire("ann"))`.

A test makes lines of it, where the object is an argument of the call under test.
"""

import inspect
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.definitions import PREPARED
from aitestgen_guest.calls.steps import text_of
from aitestgen_guest.search.histories import History
from aitestgen_guest.shapes import Expression

MOST_STEPS = 3
MOST = 8


def prepared(owner: str, pasts: "list[History]", callables: Callables) -> "list[Expression]":
    """Objects of the class with these histories, as far as each is a few plain calls of methods."""
    fit = [past for past in pasts if 0 < len(past.steps) <= MOST_STEPS]
    return [_expression(past) for past in fit if all(_is_plain(owner, step, callables) for step in past.steps)][:MOST]


def _is_plain(owner: str, step: "list[Any]", callables: Callables) -> bool:
    """Whether it is the call of a public method that does its work at once."""
    if step[0].startswith("_") or not step[0].isidentifier():
        return False
    try:
        method = callables.resolve(f"{owner}.{step[0]}")
    except (AttributeError, KeyError):
        return False
    later = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    return callable(method) and not any(kind(method) for kind in later)


def _expression(past: History) -> Expression:
    steps = [("text", f"lambda it: {text_of(step, 'it', streamed=False, loop=False)}") for step in past.steps]
    return ("many", f"{PREPARED}({inputs.source(past.receiver)}, ", steps, ")")
