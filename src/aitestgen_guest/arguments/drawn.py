"""What the project's own strategies of Hypothesis draw, as expressions: they say what its types may be."""

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments.inputs import data, source
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.shapes import Expression

EXAMPLES = 40
MOST_STRATEGIES = 20
MOST_OF_STRATEGY = 10
LONGEST = 300

Strategy = Any
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def strategies_in(text: str, file: str) -> "list[Strategy]":
    """The strategies that running a file registers for types, binds to its names, or composes of nothing.

    Raises whatever the file raises, ImportError where there is no Hypothesis.
    """
    strategies: Any = importlib.import_module("hypothesis.strategies")
    found: list[Strategy] = []
    real = strategies.register_type_strategy

    def register(kind: Any, strategy: Any) -> None:
        real(kind, strategy)
        found.append(strategies.from_type(kind))

    module = ModuleType("aitestgen_strategies")
    module.__file__ = file
    sys.modules[module.__name__] = module  # classes of the file are looked up there
    strategies.register_type_strategy = register
    try:
        exec(compile(text, file, "exec"), vars(module))  # noqa: S102 - the project's own file, inside the jail
    finally:
        strategies.register_type_strategy = real
    found += [item for item in vars(module).values() if isinstance(item, strategies.SearchStrategy)]
    composed = (item for item in vars(module).values() if _is_composed(item, module))
    return [*found, *(item() for item in composed)][:MOST_STRATEGIES]


def _is_composed(item: Any, module: ModuleType) -> bool:
    """Whether it is a function of the file that `@composite` has made, and that can be called without arguments."""
    if not inspect.isfunction(item) or item.__module__ != module.__name__:
        return False
    signature = inspect.signature(item)
    needed = [one for one in signature.parameters.values() if one.default is one.empty and "VAR_" not in one.kind.name]
    return "SearchStrategy" in str(signature.return_annotation) and not needed


def draw_into(values: "list[Any]", strategy: Strategy) -> None:
    """Add values of the strategy, alike in every run. Raises what the strategy raises; those drawn before are there."""
    hypothesis: Any = importlib.import_module("hypothesis")

    def take(value: Any) -> None:
        values.append(value)

    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )

    settings(hypothesis.given(strategy)(take))()


class Makings:
    """Notes by which calls the objects of some classes are made, from `watch` on."""

    def __init__(self, namer: Namer, writer: Writer) -> None:
        self._namer = namer
        self._writer = writer
        self._noted: dict[int, tuple[Any, Arguments]] = {}

    def watch(self, cls: type) -> None:
        """Note the calls that make objects of the class; of one that cannot be changed none is noted."""
        real = inspect.getattr_static(cls, "__init__")

        def noting(made: Any, *arguments: Any, **keywords: Any) -> None:
            if type(made) is cls:
                self._noted.setdefault(id(made), (made, (arguments, keywords)))
            real(made, *arguments, **keywords)

        with contextlib.suppress(TypeError, AttributeError):
            type.__setattr__(cls, "__init__", functools.wraps(real)(noting))

    def written(self, value: Any) -> "Expression | None":
        """The value as an expression; None where it cannot be written, or is too long to be read."""
        expression = self._written(value)
        return expression if expression is not None and len(source(expression)) <= LONGEST else None

    def _written(self, value: Any) -> "Expression | None":
        if is_plain(value):
            return data(value)
        noted = self._noted.get(id(value))
        name = self._namer.name(type(value))
        if noted is not None and noted[0] is value and name:
            arguments, keywords = noted[1]
            given = [*map(self._written, arguments)]
            named = {key: self._written(item) for key, item in keywords.items()}
            return None if None in given or None in named.values() else ("call", name, given, named)
        if type(value) in (list, tuple):
            items = [*map(self._written, value)]
            brackets = "[]" if type(value) is list else "()"
            return None if None in items else ("many", brackets[0], items, brackets[1])
        text = self._writer.literal(value)
        return None if text is None else ("text", text)


def drawn(values: "Iterable[Any]", makings: Makings, namer: Namer) -> "Iterator[tuple[str, Expression]]":
    """Of the values of one strategy the shortest to write, each with the name of its class, "" for plain data."""
    written = [("" if is_plain(one) else namer.name(type(one)), makings.written(one)) for one in values]
    found = {source(one): (name, one) for name, one in written if name is not None and one is not None}
    yield from (found[text] for text in sorted(found, key=lambda text: (len(text), text))[:MOST_OF_STRATEGY])
