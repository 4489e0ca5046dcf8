"""The embedded engine's host side: plans an exploration, runs it in the jail, turns what came back into candidates."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aitestgen.errors import CodeInvalid
from aitestgen.propose.by_search.observed import Exploration, read, reproductions
from aitestgen.propose.by_search.qualified import qualified
from aitestgen.propose.by_search.suspected import reproducing, suspected
from aitestgen.propose.by_search.write import candidate
from aitestgen.seams import Sandbox
from aitestgen.values import (
    Candidate,
    Confidence,
    Finding,
    Interpreter,
    Kind,
    Limits,
    Run,
    RunResult,
    SourceFile,
    Subject,
    Target,
    TestModule,
    Verdict,
)

EXECUTIONS_A_SECOND = 1000
"""Calls spent for a second of search: low enough that the count, not the clock, ends the search on a slow machine."""
ATTEMPTS_A_SECOND = 20
PATIENCE = 6.5
"""How much more processor time than planned a search may use before its last targets get less."""
BUSY_FACTOR = 10.0
BUSY_SPARE_SECONDS = 60.0
"""How much longer than planned a search may take by the clock, on a busy machine, before it is ended."""
REPRODUCTION_SECONDS = 5.0
REPRODUCTION_HASH_SEED = 71


class SearchEngine:
    """Searches inside one jail for the calls worth a test; `judged` makes candidates and findings of what it found.

    `strategies` are files of the project that say for Hypothesis what its types may be.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        limits: Limits,
        seed: int,
        workers: int = 2,
        *,
        bless: bool = False,
        strategies: Sequence[TestModule] = (),
    ) -> None:
        self._bless = bless
        self._strategies = strategies
        self._sandbox = sandbox
        self._limits = limits
        self._seed = seed
        self._workers = workers

    async def explore(
        self, subject: Subject, interpreter: Interpreter, seconds: float, heard: Callable[[Mapping[str, Any]], None]
    ) -> Exploration:
        """Run the search; what it told, up to where it was cut off if it was."""
        more = (bind for one in self._strategies for bind in one.binds)
        run = Run(
            program="explore",
            job=self._job(subject, seconds),
            interpreter=interpreter,
            files=files_of(subject.source),
            binds=tuple(dict.fromkeys((*subject.source.binds, *more))),
            limits=dataclasses.replace(self._limits, wall_seconds=seconds * BUSY_FACTOR + BUSY_SPARE_SECONDS),
        )
        result = await self._sandbox.run(run, heard)
        exploration = read(result.frames)
        if exploration.unfit:
            raise CodeInvalid(f"the module cannot be imported under {interpreter.executable}: {exploration.unfit}")
        return dataclasses.replace(exploration, ended_by=_ended_by(result))

    async def reproduced(
        self, findings: Sequence[Finding], source: SourceFile, interpreter: Interpreter
    ) -> list[Finding]:
        """The findings whose reproducers fail, as they should, in a fresh jail under another hash seed."""
        if not findings:
            return []
        run = Run(
            program="reproduce",
            job={"path": [str(root) for root in source.roots], "programs": [item.reproducer for item in findings]},
            interpreter=interpreter,
            files=files_of(source),
            binds=source.binds,
            limits=dataclasses.replace(self._limits, wall_seconds=REPRODUCTION_SECONDS + len(findings)),
            hash_seed=REPRODUCTION_HASH_SEED,
        )
        result = await self._sandbox.run(run)
        return reproducing(findings, reproductions(result.frames))

    def _job(self, subject: Subject, seconds: float) -> dict[str, Any]:
        source = subject.source
        helpers = (root for one in self._strategies for root in one.roots)
        cores = min(self._limits.cpu_cores, self._workers)
        share = seconds * cores / max(1, len(subject.targets))
        return {
            "path": [str(root) for root in dict.fromkeys((*source.roots, *helpers))],
            "strategies": [{"file": str(one.path), "text": one.text} for one in self._strategies],
            "seed": self._seed,
            "module": source.module,
            "file": str(source.path) if source.path else f"/job/{source.module}.py",
            "source": source.text,
            "targets": [described(target) for target in subject.targets if target.kind is not Kind.SCRIPT],
            "script": any(target.kind is Kind.SCRIPT for target in subject.targets),
            "constants": list(subject.constants),
            "words": list(subject.words),
            "executions": int(max(90, min(6000, share * EXECUTIONS_A_SECOND))),
            "attempts": int(max(20, min(400, seconds * ATTEMPTS_A_SECOND))),
            "skip_lines": sorted(subject.test_lines),
            "workers": self._workers,
            "bless": self._bless,
            "seconds": seconds * cores * PATIENCE,
        }


def _ended_by(result: RunResult) -> str:
    """What kept the search's jail from its end."""
    if result.verdict is Verdict.PASSED:
        return ""
    if result.verdict is Verdict.TIMED_OUT:
        return "the clock"
    return f"its jail ({result.verdict}{f': {result.detail}' if result.detail else ''})"


def judged(exploration: Exploration, subject: Subject, *, bless: bool = False) -> list[Candidate | Finding]:
    """What the exploration is worth: candidates that can be written as tests, and suspected bugs.

    Of results that a finding puts in doubt there is no candidate, unless these are to be blessed.
    """
    targets = {target.id: target for target in subject.targets}
    found: list[Candidate] = []
    for observed in exploration.cases:
        target = targets.get(observed.target)
        written = candidate(observed, target, exploration.names) if target else None
        if written and target:
            cost = observed.cost + len(written.code) // 4
            features = frozenset(observed.features)
            written = dataclasses.replace(written, cost=cost, features=features, is_spare=observed.spare)
            written = dataclasses.replace(written, is_doubtful=observed.doubtful)
            found.append(qualified(written, subject.source.module, exploration.names))
    findings = suspected(exploration, subject)
    doubtful = doubtful_targets(findings)
    if not bless:
        found = [item for item in found if item.target_id not in doubtful]
    return [
        *(dataclasses.replace(item, is_doubtful=True) if item.target_id in doubtful else item for item in found),
        *findings,
    ]


def doubtful_targets(findings: Iterable[Finding]) -> frozenset[str]:
    """The targets whose results a finding of more than low confidence puts in doubt."""
    return frozenset(name for item in findings if item.confidence is not Confidence.LOW for name in item.doubtful)


def files_of(source: SourceFile) -> dict[str, bytes]:
    """The files that travel with a run: a snippet's own text; a module on disk is bound instead."""
    return {} if source.path else {f"{source.module}.py": source.text.encode()}


def described(target: Target) -> dict[str, Any]:
    """A target as the explore program takes it."""
    return {**dataclasses.asdict(target), "kind": target.kind.value}
