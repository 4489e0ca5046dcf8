"""Suspected bugs on a corpus: how many seeded faults are found, and how often a correct twin is called suspicious.

python benchmarks/findings.py [NAME ...]
python benchmarks/findings.py --real [--python INTERPRETER] [--budget SECONDS] MODULE ...

Each module of tests/corpus/bugs is explored as it is and with its fault. Only findings of high or medium confidence
count; those of low confidence are listed in brackets. With `--real` modules that can be imported are explored in the
jail, and every finding is printed whole, to be judged by a reader.
"""

import argparse
import asyncio
import contextlib
import importlib.util
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen import wiring
from aitestgen.analyse import understand
from aitestgen.cli.inputs import from_modules
from aitestgen.propose.by_search.generator import SearchEngine, described, judged
from aitestgen.propose.by_search.observed import Exploration, read, reproductions
from aitestgen.propose.by_search.suspected import reproducing
from aitestgen.settings import read_settings
from aitestgen.values import Confidence, Finding, SourceFile, Subject
from aitestgen_guest import explore, reproduce

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "bugs"
MODULE = "subject_of_findings"
EXECUTIONS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One module of the corpus: what was found with its fault, and what in its correct twin."""

    name: str
    kind: str
    faulty: Sequence[Finding]
    correct: Sequence[Finding]

    @property
    def found(self) -> bool:
        return any(map(is_sure, self.faulty))

    @property
    def false_alarm(self) -> bool:
        return any(map(is_sure, self.correct))


def is_sure(finding: Finding) -> bool:
    return finding.confidence is not Confidence.LOW


def faults() -> dict[str, tuple[str, str, str]]:
    """Kind, text and replacement of each module's fault."""
    spec = importlib.util.spec_from_file_location("faults_of_corpus", CORPUS / "faults.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, tuple[str, str, str]] = module.FAULTS
    return found


def judge(names: Iterable[str]) -> Iterator[Judged]:
    """Explore each named module with and without its fault."""
    table = faults()
    for name in names:
        kind, before, after = table[name]
        text = (CORPUS / f"{name}.py").read_text()
        assert text.count(before) == 1
        yield Judged(name=name, kind=kind, correct=findings_in(text), faulty=findings_in(text.replace(before, after)))


def findings_in(text: str, executions: int = EXECUTIONS) -> list[Finding]:
    """The findings of one exploration that a second process reproduces. Only for code that is known to be harmless."""
    exploration, subject = exploration_of(text, executions)
    found = [item for item in judged(exploration, subject) if isinstance(item, Finding)]
    with _written(text) as file:
        ended: list[dict[str, Any]] = []
        reproduce.main({"path": [str(file.parent)], "programs": [item.reproducer for item in found]}, ended.append)
    return reproducing(found, reproductions(ended))


def exploration_of(text: str, executions: int) -> tuple[Exploration, Subject]:
    """What one exploration in forks of this process tells, without mutants."""
    subject = understand(SourceFile(text=text, module=MODULE))
    frames: list[dict[str, Any]] = []
    with _written(text) as file:
        job = {"path": [str(file.parent)], "seed": 1, "module": MODULE, "file": str(file), "source": text,
               "targets": [described(target) for target in subject.targets], "constants": list(subject.constants),
               "executions": executions, "attempts": 0, "skip_lines": [], "workers": 2}  # fmt: skip
        explore.main(job, frames.append)
    bad = [frame for frame in frames if frame["ev"] == "unexamined"]
    assert not bad, bad
    return read(frames), subject


@contextlib.contextmanager
def _written(text: str) -> Iterator[Path]:
    """The module in a folder of its own; what importing it leaves in this process is taken back."""
    before = list(sys.path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{MODULE}.py"
        file.write_text(text)
        try:
            yield file
        finally:
            sys.path[:] = before
            sys.modules.pop(MODULE, None)


def table(all_judged: Sequence[Judged]) -> Iterator[str]:
    """A line for each module, then the sums."""
    for one in all_judged:
        yield f"{one.name:16} {one.kind:10} {'found ' if one.found else 'MISSED'} {_brief(one.faulty)}"
        if one.correct:
            yield f"{'':27} {'FALSE ALARM' if one.false_alarm else 'low only'} {_brief(one.correct)}"
    counts = Counter(one.kind for one in all_judged)
    for kind, count in counts.items():
        yield f"{kind}: found {sum(1 for one in all_judged if one.kind == kind and one.found)} of {count}"
    total, found, alarms = (
        len(all_judged),
        sum(one.found for one in all_judged),
        sum(one.false_alarm for one in all_judged),
    )
    yield f"found {found} of {total} ({found / total:.0%}), false alarms {alarms} of {total} ({alarms / total:.0%})"


def _brief(found: Sequence[Finding]) -> str:
    texts = (
        f"{item.target_id} {item.kind} {item.confidence}: {item.reproducer.splitlines()[-1].strip()}" for item in found
    )
    return " | ".join(f"({text})" if " low:" in text else text for text in texts)


async def real(modules: Sequence[str], python: str | None, budget: float) -> None:
    """Print what is suspicious in modules as they are, low confidence included."""
    settings = read_settings()
    interpreter = wiring.interpreter(Path(python) if python else None)
    jail = wiring.jail(settings)
    for one in from_modules(modules, interpreter, None):
        engine = SearchEngine(jail, wiring.search_limits(settings, budget), 1)
        subject = understand(one.source)
        exploration = await engine.explore(subject, interpreter, budget, lambda _: None)
        suspected = [item for item in judged(exploration, subject) if isinstance(item, Finding)]
        found = await engine.reproduced(suspected, one.source, interpreter)
        sure = [item for item in found if is_sure(item)]
        counts = f"{len(subject.targets)} targets, {len(exploration.cases)} cases, {len(sure)} findings"
        more = f"{len(found) - len(sure)} of low confidence, {len(suspected) - len(found)} not reproduced"
        print(f"\n##### {one.source.module}: {counts}, {more}")
        for item in (*found, *(item for item in suspected if item not in found)):
            state = "" if item in found else "NOT REPRODUCED "
            print(f"--- {state}{item.confidence} {item.kind} {item.target_id}:{item.line}: {item.why}\n{item.quote}")
            print(f"{item.reproducer}\n=> {item.observed}  (expected {item.expected})", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--real"]:
        parser = argparse.ArgumentParser()
        parser.add_argument("--python")
        parser.add_argument("--budget", type=float, default=4.0)
        parser.add_argument("modules", nargs="+")
        chosen = parser.parse_args(sys.argv[2:])
        asyncio.run(real(chosen.modules, chosen.python, chosen.budget))
        return
    names = sys.argv[1:] or sorted(faults())
    for line in table(list(judge(names))):
        print(line)


if __name__ == "__main__":
    main()
