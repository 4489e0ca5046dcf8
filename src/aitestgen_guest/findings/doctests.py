"""The examples of docstrings: run as written, to tell where the code contradicts them."""

import ast
import contextlib
import doctest
import io
import random
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.shapes import Frame, Namespace

MISSING = ("ModuleNotFoundError", "ImportError", "NameError", "SyntaxError", "FileNotFoundError", "PermissionError",
           "OSError", "NotImplementedError", "SystemExit", "KeyboardInterrupt", "Cut")  # fmt: skip
"""An example that ends so needs something that is not here (a package, a name, a file): it says nothing of the code."""
SOMEBODYS = re.compile(r"~[/\\]|/home/\w|/Users/\w|[A-Z]:\\\\?Users")
"""An example with somebody's own folder in it shows what is there, on the machine of its author."""
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
"""Forgiven everywhere: what only differs in this is rarely what an author means by a bug."""
_parser = doctest.DocTestParser()


def statements(examples: "Iterable[str]") -> "list[str]":
    """The source lines of all examples that are not skipped, without prompts."""
    return [example.source.strip() for example in _kept(examples)]


def contradictions(
    examples: "Iterable[str]", namespace: Namespace, seed: "int | None" = None
) -> "list[tuple[str, str, str]]":
    """(source, wanted, got) of each example whose outcome is not the documented one.

    Examples run one after the other in one namespace, as doctest does it, those marked to be skipped left out; after
    the first that raises undocumented the rest may only be consequences, and is left out. `seed` sets the chance that
    the examples meet.
    """
    if seed is not None:
        random.seed(seed)
    names = dict(namespace)
    found: list[tuple[str, str, str]] = []
    for example in _kept(examples):
        got, raised = _run(example.source, names)
        if raised in MISSING and example.exc_msg is None:
            return found
        told = bool(example.want.strip() or raised) and not SOMEBODYS.search(example.source + example.want)
        if told and not _as_wanted(example, got, raised):
            found.append((example.source.strip(), example.want.strip(), got.strip()))
            if raised:
                return found
    return found


def contradicted(target: str, examples: "Iterable[str]", namespace: Namespace) -> "Iterator[Frame]":
    """Frames for the examples that are contradicted alike in two processes, whatever chance brings."""
    first, second = (in_child(partial(contradictions, examples, namespace, seed)) or [] for seed in (1, 2))
    for source, wanted, got in (item for item in first if item in second):
        lines = [*context(examples, source), *check_lines(source, wanted)]
        yield {"ev": "doctest", "target": target, "source": source, "wanted": wanted, "got": got, "lines": lines}


def context(examples: "Iterable[str]", source: str) -> "list[str]":
    """The statements before the example `source` that it may need: imports, definitions, assignments, and calls on
    what those have bound.
    """
    found: list[str] = []
    bound: set[str] = set()
    for example in _kept(examples):
        if example.source.strip() == source:
            return found
        names = _names(example.source)
        if not _is_expression(example.source):
            bound |= names
        if not _is_expression(example.source) or ("(" in example.source and names & bound):
            found.append(example.source.strip())
    return found


def _names(source: str) -> "set[str]":
    """The names that a statement binds, or an expression reads."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    wanted: type = ast.Load if _is_expression(source) else ast.Store
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, wanted)}


def check_lines(source: str, wanted: str) -> "list[str]":
    """Statements that fail where the example's outcome is not `wanted`."""
    error = _error_name(wanted)
    if error:
        return [f"with pytest.raises({error}):", *(f"    {line}" for line in source.splitlines())]
    if _is_expression(source) and not source.lstrip().startswith("print("):
        value = _literal(wanted)
        return [f"assert {source} == {wanted}" if value is not _NONE else f"assert repr({source}) == {wanted!r}"]
    return [
        "output = io.StringIO()",
        "with contextlib.redirect_stdout(output):",
        *(f"    {line}" for line in source.splitlines()),
        f"assert output.getvalue().strip() == {wanted!r}",
    ]


def _error_name(wanted: str) -> str:
    if not wanted.startswith("Traceback"):
        return ""
    return wanted.splitlines()[-1].partition(":")[0].strip().rpartition(".")[2]


def _as_wanted(example: doctest.Example, got: str, raised: "str | None") -> bool:
    if example.exc_msg is not None:
        return raised == example.exc_msg.partition(":")[0].strip().rpartition(".")[2]
    if raised is not None:
        return False
    check, flags = doctest.OutputChecker().check_output, _flags(example)
    want, got = _squeezed(example.want), _squeezed(got)
    return check(want, got, flags) or _same_value(want, got) or _is_spelt_otherwise(want, got)


def _flags(example: doctest.Example) -> int:
    """What is forgiven here: how the text of one value is broken into lines, but not how lines are printed."""
    flags = FLAGS | (0 if "print(" in example.source else doctest.NORMALIZE_WHITESPACE)
    for flag, on in example.options.items():
        flags |= flag if on else 0
    return flags


def _squeezed(text: str) -> str:
    """The text with single spaces within its lines, and without the `u` of Python 2 before texts."""
    text = re.sub(r"\bu(?=['\"])", "", text.strip())
    return "\n".join(" ".join(line.split()) for line in text.split("\n")) + "\n"


_NONE: Any = object()


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return _NONE


def _same_value(want: str, got: str) -> bool:
    """Whether both texts are literals of equal values: the order of a dict or a set says nothing."""
    wanted, shown = _literal(want), _literal(got)
    return wanted is not _NONE and shown is not _NONE and type(wanted) is type(shown) and bool(wanted == shown)


def _is_spelt_otherwise(want: str, got: str) -> bool:
    """Whether both show an object of one class, by other arguments in number and type: `Version(0, 1)` may well be
    `Version('0.1')`.
    """
    calls = [node for node in map(_parsed_expression, (want, got)) if isinstance(node, ast.Call)]
    if len(calls) < 2 or ast.unparse(calls[0].func) != ast.unparse(calls[1].func):
        return False
    wanted, shown = ([type(getattr(item, "value", item)) for item in call.args] for call in calls)
    return bool(wanted and shown) and len(wanted) != len(shown) and set(wanted).isdisjoint(shown)


def _parsed_expression(text: str) -> "ast.expr | None":
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _kept(examples: "Iterable[str]") -> "list[doctest.Example]":
    found = [example for text in examples for example in _parsed(text)]
    return [example for example in found if not example.options.get(doctest.SKIP)]


def _parsed(text: str) -> "list[doctest.Example]":
    try:
        return _parser.get_examples(text)
    except ValueError:
        return []


def _run(source: str, names: Namespace) -> "tuple[str, str | None]":
    """What the example printed, and the name of the exception type that it raised, or None."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(source, "<example>", "single"), names)  # noqa: S102 - inside the jail, by design
        except BaseException as error:  # noqa: BLE001 - any exception is the example's outcome, also that it was cut
            return f"{type(error).__name__}: {error}", type(error).__name__
    return output.getvalue(), None
