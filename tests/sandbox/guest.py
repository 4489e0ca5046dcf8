"""What a guest is: its code, its tests, and the verdicts that it may get."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.sandbox import tier_c, tier_vm

from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import Limits, Outcome, Run, Tier, Verdict

LIMITS = Limits(wall_seconds=1.5, cpu_cores=1.0)
PATIENT = Limits(wall_seconds=10.0, cpu_cores=1.0)

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


JOB = {"tests": ["test_user_code.py"], "trace": None}
OVER_A_LIMIT = (Verdict.PROCESS_LIMIT, Verdict.OUT_OF_MEMORY, Verdict.TIMED_OUT)
"""A kernel of its own shows no counters, and what is polled there comes late: which limit is seen first is chance."""

MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One guest, and the verdicts that it may get.

    `differs` names the tiers where these are others than `verdicts`, and `contained` those that it may get besides in
    an engine's container. `tier_b`: the test suite runs it there too (the command runs every guest everywhere).
    `binds` are folders that it imports from, where these are not the jail's own. `outcome` is what its
    one test must have come to, where that matters. `seconds` is how long it may take beyond its limit. `machines` are
    those on which it makes sense. `falsified` are copies of its tests that expect something wrong, as generated suites
    bring them.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    code: str = ADD
    tests: str = HONEST
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    limits: Limits = PATIENT
    seconds: float = 5.0
    tier_b: bool = False
    differs: Mapping[Tier, tuple[Verdict, ...]] = field(default_factory=dict)
    contained: tuple[Verdict, ...] = ()
    outcome: Outcome | None = None
    machines: tuple[str, ...] = MACHINES
    expected: tuple[str, ...] = ("test_user_code.py::test_add",)
    falsified: tuple[str, ...] = ()
    binds: tuple[Path, ...] = ()

    def allowed(self, tier: Tier, *, container: bool = False) -> tuple[Verdict, ...]:
        """The verdicts that it may get in a jail of this tier, and of this kind."""
        if tier is Tier.C and self.name in tier_c.DIFFERS:
            return tier_c.DIFFERS[self.name][:1]
        found = self.differs.get(tier, self.verdicts) + (self.contained if container else ())
        if tier is Tier.VM:
            found += tier_vm.DIFFERS.get(self.name, ())[:1]
            found += OVER_A_LIMIT if set(found) & set(OVER_A_LIMIT) else ()
        return found

    def outcome_in(self, tier: Tier) -> Outcome | None:
        """What its one test must have come to in a jail of this tier, where that matters."""
        return None if tier is Tier.C and self.name in tier_c.DIFFERS else self.outcome

    @property
    def fits(self) -> bool:
        """Whether it makes sense on this machine."""
        return platform.machine() in self.machines

    def run(self) -> Run:
        """The run of its one test, with nothing traced."""
        texts = {"user_code.py": self.code, "test_user_code.py": self.tests, **self.files}
        return Run(
            program="run_tests",
            job={**JOB, "path": [str(folder) for folder in self.binds], "falsified": self.falsified},
            interpreter=own_interpreter(),
            files={name: text if isinstance(text, bytes) else text.encode() for name, text in texts.items()},
            limits=self.limits,
            binds=self.binds,
            expected=self.expected,
        )


def does(name: str, body: str, *verdicts: Verdict, **more: Any) -> Guest:
    """A guest whose one test runs `body`, and passes if that ends well."""
    tests = "import user_code\ndef test_add():\n    assert user_code.act() is None\n"
    code = "def act():\n" + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return Guest(name=name, verdicts=verdicts, code=code, tests=tests, **({"limits": _limits(verdicts)} | more))


def cannot(name: str, body: str, error: str = "OSError", **more: Any) -> Guest:
    """A guest that tries `body`, and passes only if it raises `error`."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return does(name, f"import os, pytest\nwith pytest.raises({error}):\n{lines}", Verdict.PASSED, **more)


def at_import(name: str, body: str, *verdicts: Verdict, **more: Any) -> Guest:
    """A guest whose module runs `body` when it is imported, and whose test would then fail."""
    defaults = {"tests": WRONG, "limits": _limits(verdicts)}
    return Guest(name=name, verdicts=verdicts, code=dedent(body) + ADD, **(defaults | more))


def _limits(verdicts: tuple[Verdict, ...]) -> Limits:
    """Patient ones, but for a guest that is to reach the limit of time."""
    return LIMITS if Verdict.TIMED_OUT in verdicts else PATIENT
