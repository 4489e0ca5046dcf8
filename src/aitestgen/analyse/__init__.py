"""Source to targets: what a module holds that can be tested, and what is known about it. Nothing is ever executed."""

import ast
import difflib
from collections.abc import Sequence
from dataclasses import replace

from aitestgen.analyse.constants import constants, matching
from aitestgen.analyse.existing import existing_tests, imports_of
from aitestgen.analyse.hints import with_hints
from aitestgen.analyse.reach import Project
from aitestgen.analyse.shown import callers, shown_calls
from aitestgen.analyse.source import Definition, parse, read
from aitestgen.analyse.targets import definitions, script_of, targets
from aitestgen.errors import CodeInvalid, NothingToTest, UsageError
from aitestgen.values import ShownCall, SourceFile, Subject, Target, TestModule

__all__ = ["imports_of", "understand"]

FEW, SMALL = 10, 30
"""Of a module with so few constants and statements, those of others are looked at."""
MOST_NEAR, MOST_OF_NEAR = 6, 15


def understand(source: SourceFile, only: tuple[str, ...] = (), tests: Sequence[TestModule] = ()) -> Subject:
    """The targets of a module with hints for their parameters, its constants, and the tests it already holds.

    How its targets are called is read from itself, from the project's `tests` of it, and from its other modules.

    `only` keeps the targets with such a name or qualified name, and the members of such a class. Constants are source
    text that `ast.literal_eval` reads, the most promising first. Raises CodeInvalid for code that does not parse,
    NothingToTest where the module holds no target, and UsageError where `only` names what is not there.
    """
    tree = parse(source.text)
    try:
        return _subject(source, tree, only, tests)
    except RecursionError:
        raise CodeInvalid("the code is nested too deeply to be read") from None


def _subject(source: SourceFile, tree: ast.Module, only: tuple[str, ...], tests: Sequence[TestModule]) -> Subject:
    found = definitions(tree)
    everything = targets(found)
    if not everything:
        raise NothingToTest(f"no function or class to test in {source.module}: found {_inventory(tree)}")
    own_tests, lines = existing_tests(tree, source.text)
    values, words = _literals(source, tree)
    shown = shown_calls(callers(source, tree, tests), everything, found)
    everything = tuple(_with_calls(target, shown.get(target.id, ())) for target in everything)
    return Subject(
        source=source,
        targets=_selected((*with_hints(everything, tree, found), *script_of(tree)), only),
        constants=values,
        existing_tests=own_tests,
        test_lines=lines,
        words=words,
    )


def _literals(source: SourceFile, tree: ast.Module) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The constants worth trying, and the words. Of a small module that has few, and does little but to hand on what it
    is given, also those of the nearest modules that it imports.
    """
    values, words = constants(tree), matching(tree)
    is_small = sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) <= SMALL
    if len(values) >= FEW or not is_small or source.path is None:
        return values, words
    above = source.module.count(".") + (source.path.name == "__init__.py")
    for path in Project(source.path.parents[above]).near(source.path, MOST_NEAR):
        try:
            other = parse(read(path))
        except (CodeInvalid, OSError):
            continue
        values, words = (*values, *constants(other)[:MOST_OF_NEAR]), (*words, *matching(other)[:MOST_OF_NEAR])
    return tuple(dict.fromkeys(values)), tuple(dict.fromkeys(words))


def _with_calls(target: Target, shown: tuple[ShownCall, ...]) -> Target:
    """The target with these calls; what the project expects of one is as good as announced."""
    expected = (name for call in shown for name in call.raises)
    return replace(target, shown=shown, raises=tuple(dict.fromkeys((*target.raises, *expected))))


def _selected(everything: tuple[Target, ...], only: tuple[str, ...]) -> tuple[Target, ...]:
    for name in only:
        if not any(_is_meant(target, name) for target in everything):
            raise UsageError(f"there is no {name!r} to test{_nearest(name, everything)}")
    return tuple(target for target in everything if not only or any(_is_meant(target, name) for name in only))


def _is_meant(target: Target, name: str) -> bool:
    return target.id == name or target.id.startswith(f"{name}.") or target.id.rpartition(".")[2] == name


def _nearest(name: str, everything: tuple[Target, ...]) -> str:
    names = dict.fromkeys(part for target in everything for part in (target.id, target.id.rpartition(".")[2]))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or list(names)[:5]
    return f": did you mean {' or '.join(near)}?"


def _inventory(tree: ast.Module) -> str:
    """What the module holds instead: `3 constants, 2 imports`."""
    counted = {
        "test": sum(isinstance(node, Definition) for node in tree.body),
        "constant": sum(isinstance(node, ast.Assign | ast.AnnAssign) for node in tree.body),
        "import": sum(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body),
    }
    parts = [f"{number} {what}{'s' if number != 1 else ''}" for what, number in counted.items() if number]
    return ", ".join(parts) or "only statements"
