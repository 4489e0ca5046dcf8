"""The mutants of a module, and that switching one is the same as compiling it alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from aitestgen_guest.mutation.mutants import SWITCH, compile_mutant, compile_switchable, enumerate_mutants

TESTS = Path(__file__).parents[1]
SOURCES = Path(__file__).parents[2] / "src"


def interpreter(version: str) -> str | None:
    """A Python of this version, from the path or where pyenv keeps them."""
    found = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")]
    for executable in filter(None, found):
        if subprocess.run([executable, "-c", ""], check=False, capture_output=True).returncode == 0:
            return str(executable)
    return None


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_tricky_code_behaves_as_the_original_switched_off_and_as_each_mutant_switched_on(version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    step = 1 if version == f"3.{sys.version_info[1]}" else 4
    program, corpus = TESTS / "guest/run_mutant_corpus.py", TESTS / "corpus/mutants"
    done = subprocess.run(
        [python, "-W", "ignore", str(program), str(corpus), str(step)],
        env={"PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    told = json.loads(done.stdout)
    assert told["differences"] == []
    assert told["compared"] > 600 / step


def ran(code: CodeType, **names: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {**names}
    exec(code, namespace)  # noqa: S102 - a module of this test
    return namespace


def changes_of(source: str, **limits: Any) -> set[tuple[str, str, str]]:
    return {(m["operator"], m["before"], m["after"]) for m in enumerate_mutants(source, **limits)}


def inside(statement: str) -> str:
    return "def f(a, b, items):\n" + "".join(f"    {line}\n" for line in statement.splitlines())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = a + b", {("arithmetic", "a + b", "a - b")}),
        ("a = a // b", {("arithmetic", "a // b", "a * b"), ("arithmetic", "a // b", "a / b")}),
        ("a -= b", {("arithmetic", "a -= b", "a += b"), ("removed assignment", "a -= b", "pass")}),
        ("a = a < b", {("comparison", "a < b", "a <= b"), ("comparison", "a < b", "a >= b")}),
        ("a = a is b", {("comparison", "a is b", "a is not b")}),
        ("a = a in items", {("comparison", "a in items", "a not in items")}),
        ("a = a and b", {("boolean", "a and b", "a or b")}),
        ("a = not b", {("removed not", "not b", "b")}),
        ("a = -b", {("removed sign", "-b", "b")}),
        ("a = 5", {("constant", "5", "6")}),
        ("a = 0", {("constant", "0", "1")}),
        ("a = 1", {("constant", "1", "2"), ("constant", "1", "0")}),
        ("a = True", {("constant", "True", "False")}),
        ("a = 1.5", {("constant", "1.5", "2.5")}),
        ("a = ''", {("string", "''", "'XX'")}),
        ("a = b'x'", {("string", "b'x'", "b'xXX'")}),
        ("a = items[1:]", {("constant", "1", "2"), ("constant", "1", "0")}),
        ("return a", {("return value", "return a", "return None")}),
        ("return 7", {("constant", "7", "8")}),
        ("if a: b", {("negated condition", "a", "not a")}),
        ("if a == b: b", {("comparison", "a == b", "a != b")}),
        ("a = a if b else None", {("negated condition", "b", "not b")}),
        ("a = [x for x in items if x]", {("negated condition", "x", "not x")}),
        ("a()", {("removed call", "a()", "pass")}),
        ("a.x = b", {("removed assignment", "a.x = b", "pass")}),
        ("a[b] = b", {("removed assignment", "a[b] = b", "pass")}),
        ("raise a", {("removed raise", "raise a", "pass")}),
        ("del a[b]", {("removed del", "del a[b]", "pass")}),
        ("for a in b:\n    break", {("loop control", "break", "continue")}),
        ("yield a", {("removed yield", "yield a", "if False:\n    yield")}),
        ("def g(x=5): pass", {("default argument", "5", "6")}),
        ("raise ValueError(f'no {a:>3}')", {("removed raise", "raise ValueError(f'no {a:>3}')", "pass"),
                                            ("string", "'no '", "'no XX'")}),
    ],
)  # fmt: skip
def test_statement_gets_the_mutants_of_its_operators(statement: str, expected: set[tuple[str, str, str]]) -> None:
    assert changes_of(inside(statement)) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Docs."""\n',
        "from __future__ import annotations\nimport os\n",
        "__all__ = ['f']\n__version__: str = '1'\n",
        "x: Literal['a']\n",
        "def f(x: 'int' = None) -> 'str':\n    'Docs.'\n",
        "@cache(maxsize=5)\ndef f(): ...\n",
        "if TYPE_CHECKING:\n    x = 1\n",
        "if typing.TYPE_CHECKING:\n    x = 1\nelse:\n    x = 2\n",
        "if __name__ == '__main__':\n    main(1)\n",
        "T = TypeVar('T', bound='int')\n",
        "Level = Literal['low', 'high']\n",
        "@overload\ndef f(x=1): return 2\n",
        "x = 3  # pragma: no cover\n",
        "def f(x):  # pragma: no cover\n    return x + 1\n",
    ],
)
def test_what_says_nothing_about_behaviour_is_left_alone(source: str) -> None:
    assert changes_of(source) == set()


def test_cast_is_mutated_in_its_value_only() -> None:
    assert changes_of("x = cast('int', 3)") == {("constant", "3", "4")}


@pytest.mark.parametrize(
    "statement", ["return (yield a)", "a.x = yield b", "return (c := a)", "a((c := 1) and b)", "a.x = c = b"]
)
def test_removal_that_would_change_what_the_function_is_or_binds_is_no_mutant(statement: str) -> None:
    operators = {operator for operator, _, _ in changes_of(inside(statement))}
    assert operators.isdisjoint({"return value", "removed call", "removed assignment"})


def test_mutant_with_the_same_bytecode_is_left_out() -> None:
    assert changes_of(inside("while 2:\n    a = b")) == set()


def test_mutants_are_numbered_the_same_every_time() -> None:
    source = (TESTS / "corpus/mutants/loops.py").read_text(encoding="utf-8")
    first = enumerate_mutants(source)
    assert [mutant["id"] for mutant in first] == list(range(1, len(first) + 1))
    assert enumerate_mutants(source) == first


def test_lines_of_a_mutant_are_those_of_its_statement_or_header() -> None:
    source = "def f(a):\n    if (\n        a\n        > 3\n    ):\n        return g(\n            a, 4)\n"
    spans = {(m["before"], m["line"], m["end_line"]) for m in enumerate_mutants(source)}
    assert spans == {("a > 3", 2, 4), ("3", 2, 4), ("return g(a, 4)", 6, 7), ("4", 6, 7)}


def test_skipped_lines_have_no_mutants() -> None:
    source = "def f(a):\n    return a + 2\n\ndef test_f():\n    assert f(3) == 5\n"
    assert {m["line"] for m in enumerate_mutants(source, skip_lines=range(4, 6))} == {2}


def test_limits_hold_and_keep_mutants_from_all_over_the_module() -> None:
    source = "".join(f"def f{n}(a):\n    return a + {n}, 'text', a * 3 - 4 / 5 % 6\n" for n in range(2, 102))
    mutants = enumerate_mutants(source, per_line=4, per_module=50)
    assert len(mutants) == 50
    assert len({mutant["line"] for mutant in mutants}) > 30
    assert sum(mutant["operator"] == "string" for mutant in mutants) <= 10


def test_import_time_is_told_of_everything_outside_functions() -> None:
    source = "A = 5\ndef f(x=6, k=lambda: 7):\n    y = 8\n    def g(z=9): pass\n"
    source += "class C:\n    b = 10\n    def m(self, c=11): pass\n"
    early = {m["before"] for m in enumerate_mutants(source) if m["import_time"]}
    late = {m["before"] for m in enumerate_mutants(source) if not m["import_time"]}
    assert (early, late) == ({"5", "6", "10", "11"}, {"7", "8", "9"})


def test_scope_is_the_qualified_name_around_the_mutant() -> None:
    source = "A = 5\nclass C:\n    def m(self):\n        def g(): return 6\n"
    assert {m["before"]: m["scope"] for m in enumerate_mutants(source)} == {"5": "", "6": "C.m.g"}


def test_huge_literal_in_a_function_stays_small() -> None:
    source = "def f():\n    return [" + ",\n".join(str(n) for n in range(2, 5002)) + "]\n"
    mutants = enumerate_mutants(source)
    assert 0 < len(mutants) <= 10
    assert compile_switchable(source, "huge.py", mutants).co_filename == "huge.py"


def test_switchable_module_keeps_docstring_and_future_imports() -> None:
    source = '"""Docs."""\nfrom __future__ import annotations\ndef f(x: undefined): return 5\n'
    namespace = ran(compile_switchable(source, "m.py", enumerate_mutants(source)), **{SWITCH: 0})
    assert (namespace["__doc__"], namespace["f"](1)) == ("Docs.", 5)
    namespace[SWITCH] = 1
    assert namespace["f"](1) == 6


def test_mutant_that_acts_on_import_is_switched_on_before_the_code_runs() -> None:
    source = "TABLE = [('a', 7), ('b', 8)]\ndef f(x=5): return x\nLINE = f'{TABLE[0]} of {f()}'\n"
    mutants = enumerate_mutants(source)
    code = compile_switchable(source, "m.py", mutants)
    for mutant in (m for m in mutants if m["import_time"]):
        alone = ran(compile_mutant(source, "m.py", mutant))
        switched = ran(code, **{SWITCH: mutant["id"]})
        shown = [(item["TABLE"], item["LINE"], item["f"]()) for item in (alone, switched)]
        assert shown[0] == shown[1] != ([("a", 7), ("b", 8)], "('a', 7) of 5", 5)


def test_mutant_compiled_alone_has_no_switch() -> None:
    source = "def f(x=5): return x\n"
    (mutant,) = [m for m in enumerate_mutants(source) if m["import_time"]]
    namespace = ran(compile_mutant(source, "m.py", mutant))
    assert namespace["f"]() == 6
    assert SWITCH not in namespace


def test_mutant_of_another_source_cannot_be_compiled() -> None:
    (mutant,) = enumerate_mutants("a = 5\n")
    with pytest.raises(ValueError, match="mutant 1 is not of this source"):
        compile_mutant("a = b\n", "m.py", mutant)


def test_source_that_does_not_parse_raises_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        enumerate_mutants("def f(:\n")


def test_guest_modules_start_without_anything_but_the_standard_library() -> None:
    program = "import aitestgen_guest.mutate, sys; sys.exit('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCES)}, check=False)
    assert done.returncode == 0
