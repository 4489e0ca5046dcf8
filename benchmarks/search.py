"""How fast the search calls, and what takes the time, for four functions of different weight and every CPython found.

    python benchmarks/search.py [ROUNDS [PYTHON ...]]

Calls per second: the best of the rounds, CPU time, one process. `search` is the whole of a search, bare calls included
where it makes some, because something is left to reach; `described` and `bare` are the calls that it made of each kind.
`bare/s` is how fast bare calls are by themselves, from the seeds of that search. Shares: from a profile of one more
run, which makes short functions look heavier than they are: `probes` count blocks, branches and operands, `subject` is
the function itself, `inputs` makes and changes cases, `observing` runs a case and describes what came of it, `judging`
keeps the archive. Time in functions written in C belongs to who called them. `suite` is a digest of what was found.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tracing import pythons

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described
from aitestgen.values import SourceFile

SOURCES = str(Path(__file__).parent.parent / "src")
MODULE = "searched_subject"
SUBJECTS = {
    "clamp": """
def clamp(value: int, low: int, high: int) -> int:
    if low > high:
        raise ValueError("low above high")
    if value < low:
        return low
    return high if value > high else value
""",
    "parse": """
def parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\\n")):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"line {number}: no '='")
        quoted = ""
        for character in value.strip():
            if character != '"':
                quoted += character
        if name.strip() in found:
            raise KeyError(name)
        found[name.strip()] = quoted
    return found
""",
    "Account.withdraw": """
class Account:
    def __init__(self, limit: int = 100) -> None:
        self.balance = 0
        self.limit = limit
        self.log: list[str] = []

    def deposit(self, amount: int) -> None:
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.balance += amount
        self.log.append(f"+{amount}")

    def withdraw(self, amount: int) -> int:
        if amount > self.balance + self.limit:
            raise ValueError("over the limit")
        self.balance -= amount
        self.log.append(f"-{amount}")
        return self.balance
""",
    "deepest": """
def deepest(text: str) -> str:
    depth = most = 0
    for character in text:
        if character == "(":
            depth += 1
            most = max(most, depth)
        elif character == ")":
            depth -= 1
        if depth < 0:
            raise ValueError("closed before it is opened")
    if depth:
        raise ValueError("never closed")
    return "deep" if most == 5 else "flat"
""",
}
CHILD = """
import collections, cProfile, hashlib, json, pstats, random, sys, time
job = json.load(sys.stdin)
sys.path.insert(0, job["sources"])
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.calls.cases import Target
from aitestgen_guest.search.descent import Frontier
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.search.world import World

PARTS = {"probes": "probes", "inputs": "inputs", "bare_calls": "inputs", "callables": "inputs",
         "specs": "inputs", "operands": "inputs",
         "cases": "observing", "literals": "observing", "effects": "observing", "time_limit": "observing"}
MAKES = {"_next", "_pick", "_fresh", "changed", "_reuse_arguments", "_follow_operands", "_earlier_call"}

def part_of(file, name):
    if job["module"] in file:
        return "subject"
    if file.endswith("search.py") and (name in MAKES or name.startswith("_change")):
        return "inputs"
    stem = file.rpartition("/")[2].partition(".")[0]
    if "aitestgen_guest" in file:
        return PARTS.get(stem, "judging")
    return None

world = World(job)
world.load()
stage = world.stage(world.module, world.recorder)
callables = Callables(stage.namespace, Namer(stage.namespace, {}), job["targets"])
maker = inputs.Maker(random.Random(1), Pool(job["constants"]), callables)
description = next(each for each in job["targets"] if each["id"] == job["target"])
search = Search(Target(description), description, stage, maker, callables, Frontier(world.probed.holds))
search.open = world.probed.within(tuple(description["lines"])) or search.open
profile = cProfile.Profile()
if job["profiled"]:
    profile.enable()
started = time.process_time()
search.run(3000, 40)
seconds = time.process_time() - started
profile.disable()
kept = json.dumps([[entry.case, entry.observation] for entry in search.kept.results()], sort_keys=True)
described, bare = len(search._seen), search.bare_calls.made
started, search.bare_calls._begun = time.process_time(), 0
search.bare_calls.news(search.seeds, frozenset(search._seed_features), [], 24_000)
bare_seconds = time.process_time() - started
told = {"python": sys.version.split()[0], "described": described, "bare": bare, "seconds": seconds,
        "bare_rate": (search.bare_calls.made - bare) / bare_seconds,
        "suite": hashlib.sha256(kept.encode()).hexdigest()[:8]}
if job["profiled"]:
    stats = pstats.Stats(profile).stats
    shares = collections.Counter()
    def add(function, amount, depth=0):
        part = part_of(function[0], function[2])
        callers = stats[function][4]
        whole = sum(each[2] for each in callers.values())
        if part or depth > 6 or not whole:
            shares[part or "judging"] += amount
            return
        for caller, each in callers.items():
            add(caller, amount * each[2] / whole, depth + 1)
    for function, (_, _, own, _, _) in stats.items():
        add(function, own)
    total = sum(shares.values())
    told["shares"] = {part: amount / total for part, amount in shares.items()}
print(json.dumps(told))
"""
PARTS = ("probes", "subject", "inputs", "observing", "judging")


def job_of(text: str, target: str) -> dict[str, Any]:
    """What the search of one target is given, as the generator gives it."""
    source = SourceFile(text=text, module=MODULE)
    subject = understand(source)
    return {
        "sources": SOURCES, "path": [], "seed": 1, "module": MODULE, "source": text, "target": target,
        "targets": [described(each) for each in subject.targets], "constants": list(subject.constants),
        "skip_lines": [],
    }  # fmt: skip


def measured(python: Path, job: dict[str, Any], *, profiled: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        asked = json.dumps({**job, "file": f"{folder}/{MODULE}.py", "profiled": profiled})
        command = [str(python), "-I", "-B", "-X", "utf8", "-c", CHILD]
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    names = f"{'python':10}{'target':18}{'search/s':>9}{'described':>11}{'bare':>8}{'bare/s':>9}{'suite':>10}"
    print(names + "".join(f"{part:>11}" for part in PARTS))
    for python in [Path(name) for name in sys.argv[2:]] or pythons():
        for target, text in SUBJECTS.items():
            job = job_of(text, target)
            runs = [measured(python, job, profiled=False) for _ in range(rounds)]
            best = max((run["described"] + run["bare"]) / run["seconds"] for run in runs)
            bare = max(run["bare_rate"] for run in runs)
            made = f"{runs[0]['described']:11}{runs[0]['bare']:8}"
            told = measured(python, job, profiled=True)
            shares = "".join(f"{told['shares'].get(part, 0):11.0%}" for part in PARTS)
            print(f"{told['python']:10}{target:18}{best:9.0f}{made}{bare:9.0f}{runs[0]['suite']:>10}{shares}")


if __name__ == "__main__":
    main()
