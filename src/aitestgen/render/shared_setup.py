"""Surroundings that several tests begin with, as fixtures."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

LEAST_LINES, LEAST_TESTS, MOST_FIXTURES = 2, 3, 3
_OTHERS = ("", "other_", "further_")
_SET = re.compile(r"monkeypatch\.setenv\(['\"]([A-Za-z_][A-Za-z_0-9]*)['\"]")
_OWN_STATE = re.compile(r"monkeypatch\.setattr\(['\"][\w.]*\.(\w+)['\"], (?:copy\.deepcopy\(\1\)|\1(?:\.copy\(\))?)\)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Shared(NamedTuple):
    """Fixtures, and the tests that now ask for them."""

    fixtures: tuple[str, ...]
    tests: tuple[str, ...]


class _Test(NamedTuple):
    """A test's text, and the first of its lines: those that only prepare its surroundings, statement by statement."""

    text: str
    setup: tuple[str, ...]


def shared_setup(tests: Sequence[str], taken: Collection[str]) -> Shared:
    """Let fixtures do what at least three of the tests begin with, if that is two statements or more.

    These are calls of `monkeypatch` (variables of the environment and of modules) and what empties caches. No fixture
    has a name that is `taken`, or that a test uses.
    """
    left = dict(enumerate(map(_read, tests)))
    done = {number: test.text for number, test in left.items()}
    used = {*taken, *(name for test in tests for name in _names(ast.parse(test)))}
    fixtures: list[str] = []
    while len(fixtures) < MOST_FIXTURES and (setup := _best(list(left.values()))):
        name = _free_name(setup, used)
        if not name:
            break
        used.add(name)
        fixtures.append(_fixture(name, setup))
        for number in [number for number, test in left.items() if test.setup[: len(setup)] == setup]:
            done[number] = _asking(left.pop(number).text, name, len(setup))
    return Shared(tuple(fixtures), tuple(done[number] for number in range(len(tests))))


def with_setup(test: Function, tree: ast.Module) -> list[ast.stmt]:
    """The body of a test of the file `tree`, behind that of such a fixture where it asks for one."""
    fixtures = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_shared(node)}
    asked = [fixtures[item.arg] for item in test.args.args if item.arg in fixtures]
    return [*(statement for fixture in asked for statement in fixture.body), *test.body]


def _is_shared(node: ast.FunctionDef) -> bool:
    is_fixture = [ast.unparse(one) for one in node.decorator_list] == ["pytest.fixture"]
    return is_fixture and all(_prepares(statement) for statement in node.body)


def _read(text: str) -> _Test:
    function = _function(ast.parse(text))
    setup: list[str] = []
    for statement in function.body if function is not None and _is_plain(function, text) else ():
        source = ast.get_source_segment(text, statement)
        if source is None or not _prepares(statement) or _names(statement) & _given(function):
            break
        setup.append(source)
    return _Test(text, tuple(setup))


def _is_plain(function: Function, text: str) -> bool:
    """Whether nothing would be lost if its header were written anew, and lines of its body left out: no annotation, no
    default, no comment.
    """
    lines = text.split("\n")
    given = [item.arg for item in function.args.args]
    has_comment = any(line.lstrip().startswith("#") for line in lines[function.lineno :])
    return lines[function.lineno - 1] == _header(function, given) and not has_comment


def _function(tree: ast.Module) -> Function | None:
    last = tree.body[-1] if tree.body else None
    return last if isinstance(last, Function) else None


def _given(function: Function | None) -> set[str]:
    """The other fixtures that it asks for: a value of theirs is not to be shared."""
    return {item.arg for item in function.args.args if item.arg != "monkeypatch"} if function is not None else set()


def _prepares(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("monkeypatch")))):
            return True
        case ast.Expr(ast.Call(ast.Attribute(attr="cache_clear"), [], [])):
            return True
    return False


def _best(tests: Sequence[_Test]) -> tuple[str, ...]:
    """The beginning that saves most lines; nothing where none is worth a fixture."""
    beginnings = Counter(test.setup[:length] for test in tests for length in range(LEAST_LINES, len(test.setup) + 1))
    worth = {setup: len(setup) * (count - 1) for setup, count in beginnings.items() if count >= LEAST_TESTS}
    return max(worth, key=lambda setup: (worth[setup], len(setup)), default=())


def _free_name(setup: Sequence[str], used: Collection[str]) -> str:
    name = _name([line for line in setup if line.startswith("monkeypatch.")])
    return next((other + name for other in _OTHERS if other + name not in used), "")


def _name(lines: Sequence[str]) -> str:
    """What such lines make, beside empty caches."""
    if not lines:
        return "empty_caches"
    if all(_OWN_STATE.match(line) for line in lines):
        return "fresh_state"
    if all(".time" in line for line in lines):
        return "standing_clock"
    if not all(line.startswith(("monkeypatch.setenv(", "monkeypatch.delenv(")) for line in lines):
        return "surroundings"
    set_first = next(filter(None, map(_SET.match, lines)), None)
    return f"{set_first[1].lower()}_environment" if set_first else "clean_environment"


def _fixture(name: str, setup: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in setup)
    given = "monkeypatch" if any(line.startswith("monkeypatch.") for line in setup) else ""
    return f"@pytest.fixture\ndef {name}({given}):\n{body}".rstrip("\n")


def _asking(text: str, fixture: str, count: int) -> str:
    """The test without its first statements, asking for the fixture."""
    tree = ast.parse(text)
    function = _function(tree)
    assert function is not None  # noqa: S101 - only of functions something was shared
    lines = text.split("\n")
    last = function.body[count - 1].end_lineno or 0
    rest = function.body[count:]
    keeps = any("monkeypatch" in _names(statement) for statement in rest)
    given = [item.arg for item in function.args.args if keeps or item.arg != "monkeypatch"]
    behind = "\n".join(lines[last:]).lstrip("\n")
    return "\n".join([*lines[: function.lineno - 1], _header(function, [fixture, *given]), behind])


def _header(function: Function, given: Sequence[str]) -> str:
    kind = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    return f"{kind} {function.name}({', '.join(given)}):"


def _names(node: ast.AST) -> set[str]:
    """Every name in it, bound or read."""
    nodes = list(ast.walk(node))
    found = {one.id for one in nodes if isinstance(one, ast.Name)} | {
        one.arg for one in nodes if isinstance(one, ast.arg)
    }
    return found | {one.name for one in nodes if isinstance(one, Function | ast.ClassDef)}
