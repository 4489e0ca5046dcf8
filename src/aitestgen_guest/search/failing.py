"""Cases in which something fails that a call is given: what is caught of it is met for sure, not by luck."""

from collections.abc import Iterable, Iterator

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.parameters import Parameter, names_of
from aitestgen_guest.search.near import Place, inner_places, part_at, places, put
from aitestgen_guest.shapes import Case, Expression, Spec

MOST_CASES = 3
FAKES = ("FakeFunction(", "FakeAsyncFunction(")


def failing(cases: "Iterable[Case]", parameters: "list[Parameter]", maker: inputs.Maker) -> "Iterator[Case]":
    """The cases with each function that they are given failing in one of the ways that the module catches, always or
    at first, and with stand-ins of which all functions fail in place of objects.
    """
    for case in cases:
        for outer in places(case):
            for place in (outer, *inner_places(part_at(case, outer), outer)):
                yield from (put(case, (place, None), made) for made in _failing(part_at(case, place), maker.caught))
        for place, spec in _stand_ins(case, parameters):
            for failure in maker.caught:
                yield put(case, (place, None), _stand_in(spec, failure, maker))


def _failing(function: Expression, failures: "Iterable[str]") -> "Iterator[Expression]":
    """Functions in the place of a given one; none if it is something else."""
    for failure in failures:
        if function[0] == "many" and function[1] in FAKES:
            yield ("many", function[1], [("text", failure)], function[3])
            yield ("many", function[1], [("text", failure), *function[2]], function[3])
        elif function[0] == "text" and function[1].startswith("lambda"):
            yield _fails(failure)


def _stand_ins(case: Case, parameters: "list[Parameter]") -> "Iterator[tuple[Place, Spec]]":
    """Where an argument stands of which attributes are used, and which."""
    named = names_of(parameters)
    for parameter in parameters:
        spec = next((spec for spec in parameter.specs if spec[0] == "attributes"), None)
        if spec is None or not any(item[0] == "callable" for _, item in spec[1]):
            continue
        if parameter.name in case["keywords"]:
            yield ("keywords", parameter.name), spec
        elif parameter.name in named[: len(case["arguments"])]:
            yield ("arguments", named.index(parameter.name)), spec


def _stand_in(spec: Spec, failure: str, maker: inputs.Maker) -> Expression:
    parts = {name: _fails(failure) if item[0] == "callable" else maker.make(item, 1) for name, item in spec[1]}
    return ("call", "SimpleNamespace", [], parts)


def _fails(failure: str) -> Expression:
    return ("many", FAKES[0], [("text", failure)], ")")
