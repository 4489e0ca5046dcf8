"""The examples of docstrings: run as written, to tell where the code contradicts them."""

import contextlib
import doctest
import io
from collections.abc import Iterable

from aitestgen_guest.shapes import Namespace

MISSING = ("ModuleNotFoundError", "ImportError")
"""An example that needs something not installed here says nothing of the code."""
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
_parser = doctest.DocTestParser()


def statements(examples: "Iterable[str]") -> "list[str]":
    """The source lines of all examples, without prompts."""
    return [example.source.strip() for text in examples for example in _parsed(text)]


def contradictions(examples: "Iterable[str]", namespace: Namespace) -> "list[tuple[str, str, str]]":
    """(source, wanted, got) of each example whose outcome is not the documented one.

    Examples run one after the other in one namespace, as doctest does it; after the first that raises undocumented the
    rest may only be consequences, and is left out.
    """
    checker = doctest.OutputChecker()
    names = dict(namespace)
    found: list[tuple[str, str, str]] = []
    for text in examples:
        for example in _parsed(text):
            got, raised = _run(example.source, names)
            if raised in MISSING:
                return found
            fine = raised and example.exc_msg is not None and raised == example.exc_msg.partition(":")[0].strip()
            if example.exc_msg is None and raised is None:
                fine = checker.check_output(example.want, got, FLAGS)
            if not fine and (example.want.strip() or raised):
                found.append((example.source.strip(), example.want.strip(), got.strip()))
                if raised:
                    return found
    return found


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
        except Exception as error:  # noqa: BLE001 - any exception is the example's outcome
            return f"{type(error).__name__}: {error}", type(error).__name__
    return output.getvalue(), None
