"""How many mutants a second: our mutation analysis beside mutmut, on the same module and the same tests.

    python benchmarks/mutation.py MODULE_FILE TEST_FILE MUTMUT [WORKERS]

MUTMUT is the program of a virtual environment that has mutmut 3, pytest and what the module imports; ours runs under
the Python beside it, without a jail. Each gets WORKERS processes (2) and starts from nothing: finding mutants, a first
run of the tests and all else counts. Ours is told nothing of which test reaches which line, so it runs every test on
every mutant. Both by the clock and by the processor time of all processes: on a busy machine only the latter compares.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parents[1] / "src"
OURS = """
import json, sys
from aitestgen_guest import mutate
mutate.main(json.load(sys.stdin), lambda frame: print(json.dumps(frame), flush=True))
"""
SECONDS = 600.0


class Measured(NamedTuple):
    """What one tool did."""

    mutants: int
    killed: int
    wall_seconds: float
    cpu_seconds: float

    def said(self, name: str) -> str:
        return (
            f"{name:8} {self.mutants:5} mutants {self.killed:5} killed {self.wall_seconds:7.1f} s "
            f"{self.mutants / self.wall_seconds:7.1f} a second {self.cpu_seconds:7.1f} s CPU "
            f"{self.mutants / self.cpu_seconds:7.1f} a CPU second"
        )


def ours(folder: Path, module: Path, tests: Path, python: Path, workers: int) -> Measured:
    """The guest program `mutate`, in as many processes as in a run of the product."""
    job = {
        "path": [str(folder)], "root": str(folder), "seed": 1, "tests": [tests.name], "module": module.stem,
        "file": str(folder / module.name), "source": module.read_text(encoding="utf-8"), "skip_lines": [],
        "reach": None, "import_lines": [], "seconds": SECONDS, "patience": 0.4,
    }  # fmt: skip
    shutil.copy(tests, folder)
    environment = {**os.environ, "PYTHONPATH": f"{SOURCES}:{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    started, used = time.monotonic(), _children_seconds()
    processes = [
        subprocess.Popen(
            [python, "-c", OURS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=folder
        )
        for _ in range(workers)
    ]
    for part, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(json.dumps({**job, "part": [part, workers]}).encode())
        process.stdin.close()
    told = [json.loads((process.stdout or sys.stdin).read().splitlines()[-1]) for process in processes]
    for process in processes:
        process.wait()
    taken = time.monotonic() - started, _children_seconds() - used
    return Measured(sum(item["judged"] for item in told), sum(item["killed"] for item in told), *taken)


def mutmuts(folder: Path, module: Path, tests: Path, program: Path, workers: int) -> Measured:
    """`mutmut run` on a project of just these two files."""
    (folder / "tests").mkdir()
    shutil.copy(tests, folder / "tests")
    (folder / "setup.cfg").write_text(f"[mutmut]\nsource_paths={module.name}\n", encoding="utf-8")
    command = [str(program), "run", "--max-children", str(workers)]
    started, used = time.monotonic(), _children_seconds()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    taken = time.monotonic() - started, _children_seconds() - used
    *_, (all_of_them, killed) = re.findall(r"(\d+)/\d+\s+🎉 (\d+)", done.stdout)
    return Measured(int(all_of_them), int(killed), *taken)


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    """Measure both, and print a line for each and the ratios."""
    module, tests, program = (Path(name).absolute() for name in sys.argv[1:4])
    workers = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    found = []
    for measure, argument in ((ours, program.parent / "python"), (mutmuts, program)):
        with tempfile.TemporaryDirectory() as name:
            shutil.copy(module, name)
            found.append(measure(Path(name), module, tests, argument, workers))
    we, they = found
    sys.stdout.write(f"{we.said('ours')}\n{they.said('mutmut')}\n")
    wall = (we.mutants / we.wall_seconds) / (they.mutants / they.wall_seconds)
    cpu = (we.mutants / we.cpu_seconds) / (they.mutants / they.cpu_seconds)
    sys.stdout.write(f"ours is {wall:.1f} times as fast by the clock, {cpu:.1f} times by processor time\n")


if __name__ == "__main__":
    main()
