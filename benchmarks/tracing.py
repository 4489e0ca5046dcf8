"""What counting arcs costs: CPU time as ratios to no tracing, measured in one run, for every CPython found.

    python benchmarks/tracing.py [ROUNDS [PYTHON ...]]

Hot: a function that loops, and one that calls. File: many short tests of a module, arcs taken after each. `probes` is
woven.py, `settrace` is sys.settrace in Python (arcs.py), `coverage.py` its C tracer and `slipcover` its probes, both
with branches and read once for all tests. `LINE once` is sys.monitoring with every line switched off by its first run
in a test, which tells lines, not arcs; `LINE` leaves them on, as arcs need it before 3.14. coverage.py and slipcover
are measured where the Python itself or the one that runs this has a fitting one: pip install coverage slipcover.
"""

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES = str(HERE.parent / "src")
TRACERS = ("none", "probes", "coverage.py", "slipcover", "LINE once", "LINE", "settrace")
PARTS = ("loop", "calls", "file")
ABSENT = "   none for this Python, or not installed"
SUBJECT = """
def loop(limit):
    total = count = 0
    while count < limit:
        count += 1
        if count % 3 == 0:
            continue
        for step in range(3):
            if step > total:
                total = step
            else:
                total += 1
    return total


def small(number):
    if number < 0:
        return -number
    return number + 1


def calls(limit):
    total = 0
    for number in range(limit):
        total += small(number)
    return total


def words(text):
    found = {}
    for word in text.split():
        word = word.strip(".,").lower()
        try:
            found[word] += 1
        except KeyError:
            found[word] = 1
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
"""
CHILD = """
import contextlib, importlib, json, sys, time
tracer, sources, folder, *packages = sys.argv[1:]
sys.path[:0] = [folder, sources]
sys.path.extend(packages)
file = folder + "/measured_subject.py"

class Nothing:
    start = stop = taken = lambda self: None

class Lines:
    "sys.monitoring of the subject's lines; `again` is what the callback answers."
    def __init__(self, again):
        self.again, self.seen = again, set()
    def start(self):
        self.events = sys.monitoring.events
        sys.monitoring.use_tool_id(3, "measured")
        sys.monitoring.register_callback(3, self.events.PY_START, self.enter)
        sys.monitoring.register_callback(3, self.events.LINE, self.line)
        sys.monitoring.set_events(3, self.events.PY_START)
    def enter(self, code, offset):
        if code.co_filename == file:
            sys.monitoring.set_local_events(3, code, self.events.LINE)
        return sys.monitoring.DISABLE
    def line(self, code, line):
        self.seen.add(line)
        return self.again
    def taken(self):
        self.seen.clear()
        sys.monitoring.restart_events()
    def stop(self):
        sys.monitoring.free_tool_id(3)

class Slipcover:
    stop = taken = lambda self: None
    def start(self):
        import ast, slipcover, slipcover.branch, types
        text = open(file).read()
        tree = slipcover.branch.preinstrument(ast.parse(text))
        code = slipcover.Slipcover(branch=True, source=[folder]).instrument(compile(tree, file, "exec"))
        sys.modules["measured_subject"] = module = types.ModuleType("measured_subject")
        exec(code, vars(module))

if tracer == "none":
    made = Nothing()
elif tracer == "settrace":
    from aitestgen_guest.tracing.arcs import ArcTracer
    made = ArcTracer(file)
elif tracer == "probes":
    from aitestgen_guest.tracing.tracer import tracer_of
    made = tracer_of(file)
    if not hasattr(made, "probes"):
        raise SystemExit("no probes for this Python")
elif tracer == "coverage.py":
    import coverage
    from coverage.tracer import CTracer
    made = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[file])
    made.taken = lambda: None
elif tracer == "slipcover":
    made = Slipcover()
else:
    made = Lines(sys.monitoring.DISABLE if tracer == "LINE once" else None)
made.start()
import measured_subject as subject

def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started

def tests():
    for number in range(200):
        assert subject.loop(number % 7) >= 0
        assert subject.calls(5) == 15
        assert len(subject.words("a b, a c. " * (number % 5))) < 4
        with contextlib.suppress(TypeError):
            subject.small(None)
        made.taken()

subject.loop(10); subject.calls(10)
work = {"loop": lambda: subject.loop(60_000), "calls": lambda: subject.calls(150_000), "file": tests}
told = {name: seconds(each) for name, each in work.items()}
made.stop()
print(json.dumps(told | {"python": sys.version.split()[0]}))
"""


def pythons() -> list[Path]:
    """CPython 3.10 to 3.14 beside our own, as pyenv and uv lay them out."""
    return sorted(Path(sys.base_prefix).parent.glob("*3.1[0-4]*/bin/python")) or [Path(sys.executable)]


def packages() -> list[str]:
    """Where this Python has coverage.py and slipcover, which may fit other versions too."""
    found = [importlib.util.find_spec(name) for name in ("coverage", "slipcover")]
    return sorted({str(Path(spec.origin).parents[1]) for spec in found if spec is not None and spec.origin})


def measured(python: Path, tracer: str, folder: Path) -> dict[str, Any] | None:
    """Seconds of each workload; None where there is no such tracer for this Python."""
    command = [str(python), "-I", "-B", "-c", CHILD, tracer, SOURCES, str(folder), *packages()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"COVERAGE_CORE": "ctrace"})
    return json.loads(done.stdout) if done.returncode == 0 else None


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chosen = [Path(name) for name in sys.argv[2:]] or pythons()
    print(f"{'python':10}{'tracer':14}{'loop':>8}{'calls':>8}{'file':>8}   CPU time to no tracing, median of {rounds}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "measured_subject.py").write_text(SUBJECT)
        for python in chosen:
            turns = [{tracer: measured(python, tracer, folder) for tracer in TRACERS} for _ in range(rounds)]
            report({tracer: [turn[tracer] for turn in turns] for tracer in TRACERS})


def report(runs: dict[str, list[dict[str, Any] | None]]) -> None:
    medians = {}
    for tracer, told in runs.items():
        there = [each for each in told if each]
        if there:
            python = there[0]["python"]
            medians[tracer] = {part: statistics.median(each[part] for each in there) for part in PARTS}
    for tracer in TRACERS:
        parts = medians.get(tracer)
        ratios = "".join(f"{parts[part] / medians['none'][part]:8.2f}" for part in PARTS) if parts else ABSENT
        print(f"{python:10}{tracer:14}{ratios}")


if __name__ == "__main__":
    main()
