"""Command: which branches of the corpus of effects are reached by green tests that the search writes.

`python tests/guest/run_effects_corpus.py [--executions N] [--keep FOLDER] [MODULE ...]` searches each module of
tests/corpus/effects, writes a test for each call found, runs the tests twice in an interpreter of their own, leaves out
those that fail, and prints the branches reached for each function and class.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described, judged
from aitestgen.propose.by_search.observed import read
from aitestgen.render.pytest_file import Setting, render
from aitestgen.values import Candidate, SourceFile, Subject

CORPUS = Path(__file__).parents[1] / "corpus" / "effects"
EXPLORE = """
import json, sys
from aitestgen_guest import explore
explore.main(json.load(sys.stdin), lambda frame: print(json.dumps(frame)))
"""
RUNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Branches reached of one function or class, by tests that pass; a function without branches counts as one."""

    name: str
    reached: int
    possible: int
    missing: tuple[str, ...]


def modules(names: Sequence[str] = ()) -> list[Path]:
    """The corpus' modules with these names, or all."""
    return [path for path in sorted(CORPUS.glob("*.py")) if not names or path.stem in names]


def report(path: Path, folder: Path, executions: int) -> tuple[list[Reached], int]:
    """What green tests reach of one module, and how many tests were written that do not pass."""
    source = SourceFile(text=path.read_text(), module=path.stem)
    subject = understand(source)
    candidates, setting = _candidates(subject, executions)
    test_file = folder / f"test_{path.stem}.py"
    failed = 0
    for _ in range(4):
        rendered = render(candidates, setting)
        test_file.write_text(rendered.text)
        failing = {name for _ in range(RUNS) for name in _failing(test_file, path.parent)}
        if not failing:
            return _reached(path, subject, _coverage(test_file, path)), failed
        dropped = {item for name, items in rendered.places if name in failing for item in items}
        failed += len(dropped)
        candidates = [item for item in candidates if item.id not in dropped]
    raise RuntimeError(f"the tests of {path.stem} do not settle: {failing}")


def _candidates(subject: Subject, executions: int) -> tuple[list[Candidate], Setting]:
    source = subject.source
    job = {
        "path": [], "seed": 1, "module": source.module, "file": f"/nowhere/{source.module}.py", "source": source.text,
        "targets": [described(target) for target in subject.targets], "constants": list(subject.constants),
        "executions": executions, "attempts": 10, "skip_lines": [], "workers": 2,
    }  # fmt: skip
    command = [sys.executable, "-c", EXPLORE]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=True)
    exploration = read(map(json.loads, done.stdout.splitlines()))
    written = [item for item in judged(exploration, subject) if isinstance(item, Candidate)]
    unique = list({item.id: item for item in written}.values())
    return unique, Setting(module=source.module, names=exploration.names, imports=exploration.imports)


def _run(test_file: Path, code: Path, *command: str) -> None:
    data = test_file.with_suffix(".coverage")
    environment = {"PYTHONPATH": str(code), "PATH": "", "COVERAGE_FILE": str(data)}
    folder = test_file.parent
    subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, check=False, cwd=folder)


def _pytest(test_file: Path) -> list[str]:
    plain = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    return ["pytest", *plain, "--rootdir", str(test_file.parent), str(test_file)]


def _failing(test_file: Path, code: Path) -> Iterator[str]:
    results = test_file.with_suffix(".xml")
    _run(test_file, code, *_pytest(test_file), f"--junitxml={results}")
    for case in ET.parse(results).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        if case.find("failure") is not None or case.find("error") is not None:
            yield case.attrib["name"].partition("[")[0]


def _coverage(test_file: Path, path: Path) -> Mapping[str, Any]:
    answer = test_file.with_suffix(".json")
    _run(test_file, path.parent, "coverage", "run", "--branch", f"--include={path}", "-m", *_pytest(test_file))
    _run(test_file, path.parent, "coverage", "json", "-o", str(answer))
    covered: Mapping[str, Any] = next(iter(json.loads(answer.read_text())["files"].values()))
    return covered


def _reached(path: Path, subject: Subject, covered: Mapping[str, Any]) -> list[Reached]:
    """One entry for each top-level function or class with code of its own."""
    found = []
    tops = [t for t in subject.targets if "." not in t.id and "Error" not in t.id]
    for target in tops:
        first, last = target.lines
        within = [f for name, f in covered["functions"].items() if name and first <= f["start_line"] <= last]
        branches = [b for f in within for b in f["executed_branches"]]
        missing = [tuple(b) for f in within for b in f["missing_branches"]]
        lines = [n for f in within for n in f["missing_lines"]]
        said = (*(f"{a}->{b}" for a, b in missing), *(f"line {n}" for n in lines))
        reached, possible = len(branches), len(branches) + len(missing)
        if not possible:
            reached, possible = int(not lines), 1
        name = f"{path.stem}.{target.id}"
        found.append(Reached(name=name, reached=reached, possible=possible, missing=said))
    return found


def main(arguments: Iterable[str] | None = None) -> int:
    """Print the table; 0 where at least nine branches in ten are reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--executions", type=int, default=900)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(None if arguments is None else list(arguments))
    rows, failed = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for path in modules(options.names):
            found, failing = report(path, folder, options.executions)
            rows += found
            failed += failing
            for row in found:
                print(f"{row.name:40} {row.reached:3} of {row.possible:3}  {' '.join(row.missing)}", flush=True)
            if failing:
                print(f"{path.stem}: {failing} tests did not pass", flush=True)
    reached, possible = sum(row.reached for row in rows), sum(row.possible for row in rows)
    share = 100 * reached / possible
    print(f"{len(rows)} functions and classes: {reached} of {possible} branches ({share:.1f} %)", end=", ")
    print(f"{failed} tests left out")
    return 0 if reached * 10 >= possible * 9 else 1


if __name__ == "__main__":
    raise SystemExit(main())
