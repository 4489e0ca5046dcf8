"""Arguments that get where the search did not, solved for by CrossHair, where that is installed beside the code.

CrossHair runs a function on values of which is known only what the code asked of them, and lets Z3 find some for each
way through (King, "Symbolic execution and program testing", CACM 1976): it solves equations that no step leads
towards. It is asked of typed functions of plain data alone, which is what it knows best.
"""

import functools
import importlib.util
import inspect
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Case, Expression, Spec

PATHS = 80
SECONDS, PATH_SECONDS, STARTING_SECONDS = 2.5, 1.0, 2.0
_PLAIN = {"int", "float", "bool", "str", "bytes", "none"}
_LAZY = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


@functools.cache
def is_here() -> bool:
    """Whether the interpreter of the code under test has CrossHair."""
    return importlib.util.find_spec("crosshair") is not None


def is_solvable(parameters: "list[Parameter]") -> bool:
    """Whether all that is needed is annotated as plain data, and there is something to solve for."""
    needed = [one for one in parameters if not one.optional]
    kinds = {one.kind for one in parameters}
    return bool(parameters) and kinds <= {"normal", "keyword"} and all(_is_plain(one.annotated) for one in needed)


def solved(world: World, search: Search) -> "list[Case]":
    """Cases for different ways through the target, the most telling first, each with plainer texts before it as it
    was found; none for a target that CrossHair knows nothing of, or fails on.
    """
    target = search.target
    if target.bound or not is_here() or not is_solvable(search.callables.parameters(target.id)):
        return []
    ways = in_child(functools.partial(_ways, world, target.id), SECONDS + STARTING_SECONDS)
    parts = [{"arguments": arguments, "keywords": keywords} for arguments, keywords in ways or ()]
    return [{"target": target.id, "receiver": None, "calls": [], "then": None, **part} for part in parts]


def _is_plain(spec: "Spec | None") -> bool:
    if spec is None or spec[0] in _PLAIN:
        return spec is not None
    if spec[0] in ("tuple", "union"):
        return all(map(_is_plain, spec[1]))
    return spec[0] in ("list", "set", "tuple*", "dict") and all(map(_is_plain, spec[1:]))


def _ways(world: World, path: str) -> "list[tuple[list[Expression], dict[str, Expression]]]":
    """Arguments for a copy of the module without probes: these would ask more of a value than the code does."""
    from crosshair import core_and_libs  # noqa: F401 - what it knows of the standard library
    from crosshair.auditwall import engage_auditwall
    from crosshair.fnutil import FunctionInfo
    from crosshair.options import DEFAULT_OPTIONS, AnalysisOptionSet
    from crosshair.path_cover import CoverageType, path_cover

    function = _plain_function(world, path)
    if function.__code__.co_flags & _LAZY:
        return []
    bounds = AnalysisOptionSet(
        max_iterations=PATHS, per_condition_timeout=SECONDS, per_path_timeout=PATH_SECONDS,
        max_uninteresting_iterations=sys.maxsize,
    )  # fmt: skip
    engage_auditwall()
    ways = path_cover(FunctionInfo.from_fn(function), DEFAULT_OPTIONS.overlay(bounds), CoverageType.OPCODE)
    found = (_expressions(way.args, change) for way in ways for change in (_plainer, _same))
    return [way for way in found if way is not None]


def _plain_function(world: World, path: str) -> Any:
    found: Any = world.importer.imported(compile(world.job["source"], world.job["file"], "exec"), {})
    for part in path.split("."):
        found = getattr(found, part)
    return inspect.unwrap(found)


def _expressions(
    bound: inspect.BoundArguments, change: "Callable[[Any], Any]"
) -> "tuple[list[Expression], dict[str, Expression]] | None":
    """The arguments, changed, as data; None where one is none."""
    arguments = [inputs.data(change(value)) for value in bound.args]
    keywords = {name: inputs.data(change(value)) for name, value in bound.kwargs.items()}
    try:
        for expression in (*arguments, *keywords.values()):
            inputs.value_of(expression)
    except ValueError:
        return None
    return arguments, keywords


def _same(value: Any) -> Any:
    return value


def _plainer(value: Any) -> Any:
    """The value with our digits, and with letters for signs that cannot be seen, where Z3 took the first there is."""
    if isinstance(value, str):
        return "".join(str(unicodedata.decimal(one, one)) if one.isprintable() else "a" for one in value)
    return type(value)(map(_plainer, value)) if type(value) in (list, tuple) else value
