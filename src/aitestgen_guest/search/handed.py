"""Cases in which a function is given what another has made, beside what that was made from."""

from collections.abc import Iterator

from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.case_maker import CaseMaker
from aitestgen_guest.shapes import Case, Expression, Making


def handed(target: Target, cases: CaseMaker, callables: Callables) -> "Iterator[Case]":
    """Cases with each thing that other functions made for a parameter: `apply(document, diff(document, other))`."""
    parameters = [item for item in callables.parameters(target.id) if item.kind == "normal" and not item.optional]
    for place, parameter in enumerate(parameters):
        for making in callables.given.get((target.id, parameter.name), ()):
            case = cases.fresh()
            yield _put(case, place, making[0])
            yield from _beside(case, place, making, parameters)


def _beside(case: Case, place: int, making: Making, parameters: "list[Parameter]") -> "Iterator[Case]":
    """The others, if they are open, are given what it was made from, in order."""
    made, given = making
    others = [n for n, item in enumerate(parameters) if n != place and item.annotated is None]
    for other, expression in zip(others, given, strict=False):
        case = _put(case, other, expression)
    if others and given:
        yield _put(case, place, made)


def _put(case: Case, place: int, expression: Expression) -> Case:
    arguments = [*case["arguments"]]
    arguments[place : place + 1] = [expression]
    return {**case, "arguments": arguments}
