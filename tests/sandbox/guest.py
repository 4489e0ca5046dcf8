"""What a hostile guest is: its code, its tests, and the verdicts that it may get."""

from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import Limits, Run, Verdict

LIMITS = Limits(wall_seconds=2.0, cpu_cores=1.0)
PATIENT = Limits(wall_seconds=6.0, cpu_cores=1.0)

HONEST = """
from user_code import add
def test_add():
    assert add(1, 2) == 3
"""
WRONG = """
from user_code import add
def test_add():
    assert add(1, 2) == 4
"""
ADD = """
def add(a, b):
    return a + b
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One hostile guest. `tier_b`: its verdict is the same without control groups, and it is run there too."""

    name: str
    verdicts: tuple[Verdict, ...]
    code: str = ADD
    tests: str = HONEST
    files: dict[str, str] = field(default_factory=dict)
    limits: Limits = LIMITS
    seconds: float = 5.0
    tier_b: bool = False

    def run(self) -> Run:
        texts = {"user_code.py": self.code, "test_user_code.py": self.tests, **self.files}
        return Run(
            program="run_tests",
            job={"tests": ["test_user_code.py"], "trace": None, "path": []},
            interpreter=own_interpreter(),
            files={name: text.encode() for name, text in texts.items()},
            limits=self.limits,
            expected=("test_user_code.py::test_add",),
        )


def does(name: str, body: str, *verdicts: Verdict, **more: Any) -> Guest:
    """A guest whose one test runs `body`, and passes if that ends well."""
    tests = "import user_code\ndef test_add():\n    assert user_code.act() is None\n"
    code = "def act():\n" + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return Guest(name=name, verdicts=verdicts, code=code, tests=tests, **more)


def cannot(name: str, body: str, error: str = "OSError", **more: Any) -> Guest:
    """A guest that tries `body`, and passes only if it raises `error`."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return does(name, f"import os, pytest\nwith pytest.raises({error}):\n{lines}", Verdict.PASSED, **more)


def at_import(name: str, body: str, *verdicts: Verdict, **more: Any) -> Guest:
    """A guest whose module runs `body` when it is imported, and whose test would then fail."""
    return Guest(name=name, verdicts=verdicts, code=dedent(body) + ADD, **({"tests": WRONG} | more))
