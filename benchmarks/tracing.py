"""What counting arcs costs: CPU time as ratios to no tracing, measured in one run, for every CPython found.

    python benchmarks/tracing.py [ROUNDS [PYTHON ...]]

Hot: a function that loops, and one that calls. File: many short tests of a module, arcs taken after each. `lines` is
sys.settrace in Python (arcs.py), `probes` is woven.py; `coverage.py` is its C tracer, where its wheel has one.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage

HERE = Path(__file__).parent
SOURCES = str(HERE.parent / "src")
PACKAGES = str(Path(coverage.__file__).parents[1])
TRACERS = ("none", "lines", "probes", "coverage.py")
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
tracer, sources, packages, folder = sys.argv[1:]
sys.path[:0] = [folder, sources]
sys.path.append(packages)
file = folder + "/measured_subject.py"
if tracer == "lines":
    from aitestgen_guest.arcs import ArcTracer as Tracer
    made = Tracer(file)
elif tracer == "probes":
    from aitestgen_guest.tracing import tracer_of
    made = tracer_of(file)
    if not hasattr(made, "probes"):
        raise SystemExit("no probes for this Python")
elif tracer == "coverage.py":
    import coverage
    from coverage.tracer import CTracer
    made = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[file])
    made.taken = lambda: made.get_data().arcs(file)
else:
    class Nothing:
        start = stop = taken = lambda self: None
    made = Nothing()
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
        if tracer != "coverage.py":
            made.taken()

subject.loop(10); subject.calls(10)
work = {"loop": lambda: subject.loop(60_000), "calls": lambda: subject.calls(150_000), "file": tests}
told = {name: seconds(each) for name, each in work.items()}
made.stop()
print(json.dumps(told))
"""


def pythons() -> list[Path]:
    """CPython 3.10 to 3.14 beside our own, as pyenv and uv lay them out."""
    return sorted(Path(sys.base_prefix).parent.glob("*3.1[0-4]*/bin/python")) or [Path(sys.executable)]


def measured(python: Path, tracer: str, folder: Path) -> dict[str, float] | None:
    """Seconds of each workload; None where there is no such tracer for this Python."""
    command = [str(python), "-I", "-B", "-c", CHILD, tracer, SOURCES, PACKAGES, str(folder)]
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
            runs = {tracer: [measured(python, tracer, folder) for _ in range(rounds)] for tracer in TRACERS}
            report(python, runs)


def report(python: Path, runs: dict[str, list[dict[str, float] | None]]) -> None:
    medians = {}
    for tracer, told in runs.items():
        there = [each for each in told if each]
        if there:
            medians[tracer] = {part: statistics.median(each[part] for each in there) for part in there[0]}
    for tracer, parts in medians.items():
        ratios = "".join(f"{seconds / medians['none'][part]:8.2f}" for part, seconds in parts.items())
        print(f"{python.parts[-3]:10}{tracer:14}{ratios}")


if __name__ == "__main__":
    main()
