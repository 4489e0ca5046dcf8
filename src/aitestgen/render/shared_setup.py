"""What several tests begin with (surroundings, and objects that are built alike), as fixtures."""

import ast
import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

LEAST_LINES, LEAST_TESTS, MOST_FIXTURES = 2, 3, 3
_OTHERS = ("", "other_", "further_")
_SET = re.compile(r"monkeypatch\.setenv\(['\"]([A-Za-z_][A-Za-z_0-9]*)['\"]")
_OWN_STATE = re.compile(r"monkeypatch\.setattr\(['\"][\w.]*\.(\w+)['\"], (?:copy\.deepcopy\(\1\)|\1(?:\.copy\(\))?)\)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Setup = tuple[str, ...]


class Shared(NamedTuple):
    """Fixtures, and the tests that now ask for them."""

    fixtures: tuple[str, ...]
    tests: tuple[str, ...]


class _Test(NamedTuple):
    """A test's text, and those of its beginnings that a fixture could do as well: their statements, one by one."""

    text: str
    beginnings: frozenset[Setup]


def shared_setup(tests: Sequence[str], taken: Collection[str]) -> Shared:
    """Let fixtures do what at least three of the tests begin with, if that is two statements or more.

    These are calls of `monkeypatch` (variables of the environment and of modules), what empties caches, and objects
    that are built and brought into a state: their fixture has their name, and gives them back. No fixture has a name
    that is `taken`, or that a test uses for something else.
    """
    left = dict(enumerate(map(_read, tests)))
    done = {number: test.text for number, test in left.items()}
    names = _Names(tests, taken)
    fixtures: list[str] = []
    while len(fixtures) < MOST_FIXTURES and (setup := _best(list(left.values()), names)):
        name = names.of(setup)
        names.took(name)
        fixtures.append(_fixture(name, setup))
        for number in [number for number, test in left.items() if setup in test.beginnings]:
            done[number] = _asking(left.pop(number).text, name, len(setup))
    return Shared(tuple(fixtures), tuple(done[number] for number in range(len(tests))))


class _Names:
    """The names that fixtures may have."""

    def __init__(self, tests: Sequence[str], taken: Collection[str]) -> None:
        trees = [ast.parse(test) for test in tests]
        self._elsewhere = {*taken, *(name for tree in trees for name in _names(tree) - _bound(tree))}
        self._used = {*self._elsewhere, *(name for tree in trees for name in _names(tree))}

    def of(self, setup: Setup) -> str:
        """A free name for the fixture that does it; empty if there is none."""
        if made := _made(setup):
            return made if made not in self._elsewhere else ""
        name = _name([line for line in setup if line.startswith("monkeypatch.")])
        return next((other + name for other in _OTHERS if other + name not in self._used), "")

    def took(self, name: str) -> None:
        self._elsewhere.add(name)
        self._used.add(name)


def with_setup(test: Function, tree: ast.Module) -> list[ast.stmt]:
    """The body of a test of the file `tree`, behind that of such a fixture where it asks for one."""
    fixtures = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_shared(node)}
    asked = [fixtures[item.arg] for item in test.args.args if item.arg in fixtures]
    done = [statement for fixture in asked for statement in fixture.body if not isinstance(statement, ast.Return)]
    return [*done, *test.body]


def _is_shared(node: ast.FunctionDef) -> bool:
    is_fixture = [ast.unparse(one) for one in node.decorator_list] == ["pytest.fixture"]
    *body, last = node.body
    match last:
        case ast.Return(ast.Name(name)):
            return is_fixture and name == node.name and all(_prepares(one) or _builds(one) for one in body)
    return is_fixture and all(map(_prepares, node.body))


def _read(text: str) -> _Test:
    function = _function(ast.parse(text))
    if function is None or not _is_plain(function, text):
        return _Test(text, frozenset())
    shared = list(itertools.takewhile(lambda statement: _could_be_shared(statement, function), function.body))
    lines = [ast.get_source_segment(text, statement) or "" for statement in shared]
    lengths = [length for length in range(LEAST_LINES, len(lines) + 1) if _is_enough(function, length)]
    return _Test(text, frozenset(tuple(lines[:length]) for length in lengths))


def _could_be_shared(statement: ast.stmt, function: Function) -> bool:
    given = _given(function)
    if _names(statement) & given:
        return False
    # What is printed or logged while a fixture is made is not what the test reads of the other fixtures; and a
    # coroutine's event loop does not run yet.
    is_open = isinstance(function, ast.FunctionDef) and given <= {"tmp_path"}
    return _prepares(statement) or (is_open and _builds(statement))


def _is_enough(function: Function, length: int) -> bool:
    """Whether its first statements only prepare, or make one object that what is behind them uses."""
    first = function.body[:length]
    made = _made_by(first)
    behind = {name for statement in function.body[length:] for name in _names(statement)}
    return made[-1] in behind and not behind & set(made[:-1]) if made else all(map(_prepares, first))


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


def _builds(statement: ast.stmt) -> bool:
    """Whether it makes an object of a class, or calls something."""
    match statement:
        case ast.Assign([ast.Name()], ast.Call(function)):
            return any(part[:1].isupper() for part in ast.unparse(function).split("."))
        case ast.Expr(ast.Call()):
            return True
    return False


def _made_by(statements: Sequence[ast.stmt]) -> list[str]:
    """The names of the objects that they make."""
    bound = [statement.targets[0] for statement in statements if isinstance(statement, ast.Assign)]
    return list(dict.fromkeys(target.id for target in bound if isinstance(target, ast.Name)))


def _made(setup: Setup) -> str:
    """The name of the last object that is made; empty where it only prepares surroundings."""
    return next(reversed(_made_by(ast.parse("\n".join(setup)).body)), "")


def _best(tests: Sequence[_Test], names: _Names) -> Setup:
    """The beginning that saves most lines; nothing where none is worth a fixture."""
    beginnings = Counter(setup for test in tests for setup in sorted(test.beginnings))
    worth = {setup: len(setup) * (count - 1) for setup, count in beginnings.items() if count >= LEAST_TESTS}
    named = filter(names.of, worth)
    return max(named, key=lambda setup: (worth[setup], len(setup)), default=())


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


def _fixture(name: str, setup: Setup) -> str:
    made = _made(setup)
    lines = [*setup, *([f"return {made}"] if made else [])]
    body = "".join(f"    {line}\n" for line in lines)
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


def _bound(tree: ast.AST) -> set[str]:
    """The names that it binds."""
    nodes = list(ast.walk(tree))
    stored = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return stored | {one.arg for one in nodes if isinstance(one, ast.arg)}


def _names(node: ast.AST) -> set[str]:
    """Every name in it, bound or read."""
    nodes = list(ast.walk(node))
    found = {one.id for one in nodes if isinstance(one, ast.Name)} | {
        one.arg for one in nodes if isinstance(one, ast.arg)
    }
    return found | {one.name for one in nodes if isinstance(one, Function | ast.ClassDef)}
