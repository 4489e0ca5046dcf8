"""What the jail costs over plain pytest, as ratios measured in one run, round robin.

    python benchmarks/jail_cost.py [ROUNDS]

Plain: a cold `python -m pytest` on a three-test file. Jailed: the same file through `Sandbox.run`, with the trusted
pid 1, canaries and, where said, arcs of every test.
"""

import asyncio
import dataclasses
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import Limits, Run

CODE = "def add(a, b):\n    if a < 0:\n        raise ValueError(a)\n    return a + b\n"
TESTS = (
    "import pytest\nfrom user_code import add\n\n\n"
    "def test_adds():\n    assert add(1, 2) == 3\n\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n\n\n"
    "def test_rejects():\n    with pytest.raises(ValueError):\n        add(-1, 0)\n"
)
Measured = Callable[[], None]


def plain(folder: Path) -> Measured:
    (folder / "user_code.py").write_text(CODE)
    (folder / "test_user_code.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "test_user_code.py")]

    def run() -> None:
        subprocess.run(
            command, capture_output=True, check=True, cwd=folder, env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        )

    return run


def jailed(cgroups: str, cores: float, trace: str | None) -> Measured:
    sandbox = BubblewrapSandbox(cgroups=cgroups)
    run = Run(
        program="run_tests",
        job={"path": [], "seed": 0, "tests": ["test_user_code.py"], "trace": trace, "select": None, "shuffle": None},
        interpreter=own_interpreter(),
        files={"user_code.py": CODE.encode(), "test_user_code.py": TESTS.encode()},
        limits=dataclasses.replace(Limits(), cpu_cores=cores),
    )

    def once() -> None:
        result = asyncio.run(sandbox.run(run))
        if result.verdict != "passed":
            raise SystemExit(f"the jail's run ended as {result.verdict}: {result.detail}")

    return once


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        variants = {
            "plain cold pytest": plain(Path(folder)),
            "jail, one core": jailed("auto", 1.0, None),
            "jail, one core, arcs": jailed("auto", 1.0, "/job/user_code.py"),
            "jail, half a core (default)": jailed("auto", 0.5, None),
            "jail without cgroups (tier B)": jailed("none", 1.0, None),
        }
        seconds: dict[str, list[float]] = {name: [] for name in variants}
        for number in range(rounds + 1):
            for name, measured in variants.items():
                started = time.perf_counter()
                measured()
                if number:
                    seconds[name].append(time.perf_counter() - started)
    base = statistics.median(seconds["plain cold pytest"])
    print(f"{'variant':32}{'median ms':>10}{'p90 ms':>8}{'ratio':>7}")
    for name, taken in seconds.items():
        median, p90 = statistics.median(taken), sorted(taken)[int(len(taken) * 0.9)]
        print(f"{name:32}{median * 1000:10.0f}{p90 * 1000:8.0f}{median / base:7.2f}")


if __name__ == "__main__":
    main()
