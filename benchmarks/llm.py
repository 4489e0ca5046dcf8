"""What a language model's answers are worth, by hand: never part of the tests.

python benchmarks/llm.py recordings RECORDINGS SNIPPETS [--only PIPELINE ...]
python benchmarks/llm.py one-shot RECORDINGS/PIPELINE SNIPPETS [--names NAME ...]
python benchmarks/llm.py replay RECORDINGS SNIPPETS [--budget SECONDS] [--names NAME ...]
python benchmarks/llm.py compare SNIPPETS --base-url URL --model NAME [--budget SECONDS] [--wait SECONDS]
                                 [--record FOLDER | --replay FOLDER] [--names NAME ...]

`recordings` reads each recorded answer twice: as one who strips the fences and believes the rest, and as the product
does. RECORDINGS holds a folder for each pipeline, with exchanges as JSON (`response` in OpenAI's format) named after
the modules in SNIPPETS. A test counts as saved where something of it passes. `replay` and `compare` generate suites by
search alone and by search with a model: answers of the recordings, or of a server that speaks OpenAI's protocol, which
is waited for so long for a module. With `--record` its answers are kept, and `--replay` takes them in its place.
"""

import argparse
import ast
import asyncio
import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen import wiring
from aitestgen.analyse import understand
from aitestgen.audit import audit
from aitestgen.errors import LLMError
from aitestgen.measure.coverage import analyse_text, total
from aitestgen.measure.test_runs import IMPORT, import_arcs, test_run
from aitestgen.pipeline import Workshop, generate
from aitestgen.propose.by_model.known import known_of
from aitestgen.propose.by_model.proposals import Answer, Known
from aitestgen.propose.by_model.recapture import mended, read_retold, recapture_run
from aitestgen.propose.by_model.reply_cases import read_cases
from aitestgen.propose.by_model.reply_code import read_code
from aitestgen.propose.by_model.reply_text import parse
from aitestgen.propose.by_model.written import candidate_of
from aitestgen.propose.by_search.observed import Exploration, read
from aitestgen.render.pytest_file import render
from aitestgen.salvage import Rig, runnable
from aitestgen.seams import LanguageModel, Sandbox
from aitestgen.settings import read_settings
from aitestgen.testing import node_ids
from aitestgen.values import (
    Candidate,
    Completion,
    Coverage,
    Interpreter,
    Limits,
    Options,
    Outcome,
    Prompt,
    Report,
    Request,
    Run,
    SourceFile,
    Spend,
    Subject,
    TestModule,
    Verdict,
)
from aitestgen.worth import setting_of

MODULE = "user_code"
FILE = f"test_{MODULE}.py"
ROOMY = Limits(cpu_cores=2.0, memory_bytes=512 * 1024 * 1024, wall_seconds=10.0)
NOTHING = Coverage()
WAIT_SECONDS = 3600.0
MEASURING_SECONDS = 300.0
HEAD = "passed line branch mutation killed"
FENCE = re.compile(r"```(?:python)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What one way of reading made of one answer: of how many tests something passes, and what these cover."""

    tests: int = 0
    saved: int = 0
    is_green: bool = False
    coverage: Coverage = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where answers about one module are run."""

    sandbox: Sandbox
    interpreter: Interpreter
    subject: Subject
    exploration: Exploration
    known: Known

    def run_of(self, text: str) -> Run:
        run = test_run(self.subject.source, self.interpreter, FILE, text, ROOMY)
        return dataclasses.replace(run, expected=tuple(node_ids(FILE, text.encode())))


def stand_for(text: str, sandbox: Sandbox, interpreter: Interpreter) -> Stand:
    """By reading alone: no search, so that the answer is all there is."""
    subject = understand(SourceFile(text=text, module=MODULE))
    names, imports = [], {}
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.append(name)
            case ast.Assign([ast.Name(name)]):
                names.append(name)
            case ast.ImportFrom(module, aliases):
                imports |= {alias.name: f"from {module} import {alias.name}" for alias in aliases}
            case ast.Import(aliases):
                imports |= {alias.name: f"import {alias.name}" for alias in aliases}
    exploration = read([{"ev": "module", "names": [*names, *imports], "imports": imports}])
    known = known_of(subject, exploration)
    return Stand(sandbox=sandbox, interpreter=interpreter, subject=subject, exploration=exploration, known=known)


def answer_in(path: Path) -> str:
    choices = json.loads(path.read_text())["response"].get("choices") or [{"message": {"content": ""}}]
    return choices[0]["message"]["content"] or ""


def is_json(pipeline: str) -> bool:
    return "inputs" in pipeline


# -- one answer, read in two ways ----------------------------------------------------------------------------------
async def believed(stand: Stand, text: str, *, cases: bool) -> Saved:
    """One shot: the fences stripped, the rest run as it is; of JSON the cases that run, if it parses as a whole."""
    stripped = FENCE.sub("", text).strip() + "\n"
    code = as_file(stripped) if cases else stripped
    tree = parse(code)
    if tree is None or not list(node_ids(FILE, code.encode())):
        return Saved()
    run = stand.run_of(code)
    result = await stand.sandbox.run(dataclasses.replace(run, limits=dataclasses.replace(ROOMY, wall_seconds=60.0)))
    by_function: dict[str, set[bool]] = defaultdict(set)
    for one in result.outcomes:
        by_function[one.id.partition("[")[0]].add(one.outcome is Outcome.PASSED)
    possible = analyse_text(stand.subject.source.text)
    passed = [one.arcs for one in result.outcomes if one.outcome is Outcome.PASSED]
    return Saved(
        saved=sum(all(seen) for seen in by_function.values()),
        is_green=result.verdict is Verdict.PASSED,
        coverage=total(possible, [import_arcs(result), *passed] if passed else []),
    )


def as_file(text: str) -> str:
    """The cases as tests without an oracle: a call that ends without an exception is all that can be said."""
    try:
        cases = json.loads(text)["cases"]
        bodies = [[*case.get("setup", ()), case["expr"]] for case in cases]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    tests = [f"def test_{n}():\n" + "".join(f"    {line}\n" for line in body) for n, body in enumerate(bodies)]
    return f"from {MODULE} import *\n\n" + "\n".join(one for one in tests if parse(one))


async def read_by_us(stand: Stand, text: str, *, cases: bool) -> Saved:
    """The product's way: taken apart, mended by running, run again as tests."""
    answer = read_cases(text, stand.known) if cases else read_code(text, stand.known)
    candidates = await candidates_of(stand, answer)
    if not candidates:
        return Saved()
    setting = setting_of(stand.subject, stand.exploration)

    def run_of(file: Any) -> Run:
        return dataclasses.replace(stand.run_of(file.text), expected=file.base_ids(FILE))

    rig = Rig(sandbox=stand.sandbox, written=lambda some: render(some, setting, is_formatted=False), run_of=run_of)
    done = await runnable(rig, [item for _, item in candidates], seeds=(1,))
    stable = {done.trial.owner.get(test) for test in done.trial.stable}
    possible = analyse_text(stand.subject.source.text)
    return Saved(
        saved=len({source for source, item in candidates if item.id in stable}),
        is_green=bool(stable),
        coverage=total(possible, [done.trial.arcs[test] for test in (IMPORT, *done.trial.stable)] if stable else []),
    )


async def candidates_of(stand: Stand, answer: Answer) -> list[tuple[str, Candidate]]:
    """With the test or case that each was made of; equal ones once."""
    if not answer.proposals:
        return []
    run = recapture_run(stand.subject.source, stand.interpreter, ROOMY, answer.proposals)
    told = read_retold((await stand.sandbox.run(run)).frames, answer.proposals)
    found: dict[str, tuple[str, Candidate]] = {}
    for number, steps in told.items():
        proposal = answer.proposals[number]
        item = candidate_of(mended(proposal, steps, stand.known), stand.subject, stand.known)
        if item is not None:
            found.setdefault(item.id, (proposal.source, item))
    return list(found.values())


def tests_in(text: str, *, cases: bool) -> int:
    """How many tests an answer means to give, broken or not."""
    return len(re.findall(r'"(?:expr|call)"\s*:', text)) if cases else len(re.findall(r"^\s*def test", text, re.M))


async def recordings(folder: Path, snippets: Path, only: Sequence[str]) -> None:
    """A line for each pipeline, then the sums."""
    sandbox, interpreter = wiring.jail(read_settings()), wiring.interpreter(None)
    sums: list[tuple[Saved, Saved]] = []
    print(f"{'pipeline':26} answers tests | one shot: saved green line | here: saved green line")
    for pipeline in sorted(one for one in folder.iterdir() if one.is_dir()):
        if only and pipeline.name not in only:
            continue
        pairs = [await judged(path, snippets, sandbox, interpreter) for path in sorted(pipeline.glob("*.json"))]
        print(line(pipeline.name, pairs), flush=True)
        sums += pairs
    print(line("all", sums))


async def judged(path: Path, snippets: Path, sandbox: Sandbox, interpreter: Interpreter) -> tuple[Saved, Saved]:
    text, cases = answer_in(path), is_json(path.parent.name)
    source = (snippets / f"{path.stem.partition('.')[0]}.py").read_text()
    stand = stand_for(source, sandbox, interpreter)
    count = tests_in(text, cases=cases)
    one_shot, ours = await believed(stand, text, cases=cases), await read_by_us(stand, text, cases=cases)
    return dataclasses.replace(one_shot, tests=count), dataclasses.replace(ours, tests=count)


def line(name: str, pairs: Sequence[tuple[Saved, Saved]]) -> str:
    tests = sum(one.tests for one, _ in pairs)
    parts = [f"{name:26} {len(pairs):7} {tests:5}"]
    for side in zip(*pairs, strict=True):
        saved = sum(one.saved for one in side)
        green = sum(one.is_green for one in side)
        lines = sum(one.coverage.line_ratio if one.coverage.lines else 0.0 for one in side) / len(side)
        parts.append(f"{saved:5} ({saved / max(1, tests):4.0%}) {green:5} {lines:5.1%}")
    return " | ".join(parts)


# -- whole suites --------------------------------------------------------------------------------------------------
class Replayed:
    """Answers of the recordings in turn, of the kind that is asked for, until they are used up."""

    name = "recordings"

    def __init__(self, folder: Path, snippet: str) -> None:
        self._code = self._answers(folder, snippet, ("explicit", "samples", "targets3_explicit", "baseline"))
        self._cases = self._answers(folder, snippet, ("inputs_schema", "targets_inputs_schema"))

    @staticmethod
    def _answers(folder: Path, snippet: str, pipelines: Iterable[str]) -> Iterator[dict[str, Any]]:
        for pipeline in pipelines:
            for path in sorted((folder / pipeline).glob(f"{snippet}*.json")):
                found = json.loads(path.read_text())["response"]
                if found.get("choices"):
                    yield found

    async def complete(self, prompt: Prompt) -> Completion:
        """Raises LLMError where no recording is left."""
        kinds = prompt.schema["properties"] if prompt.schema else {"code": {}}
        answers = self._cases if "cases" in kinds else self._code if "code" in kinds else iter(())
        found = next(answers, None)
        if found is None:
            raise LLMError("no recorded answer is left")
        return completion_of(found, 0.0)

    async def aclose(self) -> None:
        """Nothing is open."""


def asked_of(base_url: str, model: str, record: Path | None, replay: Path | None) -> LanguageModel:
    """The product's own client of a server of one's own, as patient as a slow machine needs it."""
    chosen = {
        "llm": f"llama.cpp:{model}",
        "llm_base_url": base_url,
        "llm_record": record,
        "llm_replay": replay,
    }
    patient = {"llm_timeout_seconds": WAIT_SECONDS, "llm_patience_seconds": WAIT_SECONDS, "llm_concurrency": 4}
    settings = read_settings().model_copy(update={**chosen, **patient})
    found = wiring.model(settings, settings.llm)
    assert found is not None
    return found


def completion_of(found: dict[str, Any], seconds: float) -> Completion:
    usage, choice = found.get("usage", {}), found["choices"][0]
    spend = Spend(calls=1, input_tokens=usage.get("prompt_tokens", 0), output_tokens=usage.get("completion_tokens", 0))
    text = choice["message"]["content"] or ""
    cut = choice.get("finish_reason") == "length"
    return Completion(text=text, model=str(found.get("model", "")), spend=spend, seconds=seconds, cut=cut)


def workshop(budget: float, model: LanguageModel | None = None, wait: float = 0.0) -> Workshop:
    """What suites are made and measured with."""
    settings = read_settings()
    return Workshop(
        sandbox=wiring.jail(settings),
        search_limits=wiring.search_limits(settings, budget),
        run_limits=wiring.running_limits(settings),
        model=model,
        model_seconds=wait,
    )


def request_for(text: str, budget: float) -> Request:
    source = SourceFile(text=text, module=MODULE)
    return Request(source=source, interpreter=wiring.interpreter(None), options=Options(budget_seconds=budget))


async def suite(text: str, model: LanguageModel | None, budget: float, wait: float) -> Report:
    """What the product makes of one module."""
    events = generate(request_for(text, budget), workshop(budget, model, wait))
    return [event.report async for event in events if event.report][-1]


async def measured(text: str, tests: str) -> Report:
    """The tests of a file that pass, measured with time for every mutant, whoever wrote them."""
    file = TestModule(path=Path(FILE), text=tests)
    events = audit(request_for(text, MEASURING_SECONDS), file, workshop(MEASURING_SECONDS))
    return [event.report async for event in events if event.report][-1]


async def compared(snippets: Path, names: Sequence[str], budget: float, wait: float, model_for: Any) -> None:
    """Search alone and search with the model, a line for each module, and the means."""
    print(f"{'module':14} {HEAD} seconds | calls tokens in/out of it, s | {HEAD} seconds")
    pairs: list[tuple[Report, Report]] = []
    for path in modules(snippets, names):
        text = path.read_text()
        alone = await suite(text, None, budget, wait)
        both = await suite(text, model_for(path.stem), budget, wait)
        pairs.append((await measured(text, alone.tests_file), await measured(text, both.tests_file)))
        spend, use = both.spend, both.llm
        waited = sum(one.seconds for one in use.questions) if use else 0.0
        cost = f"{spend.calls:5} {spend.input_tokens:6}/{spend.output_tokens:<6} {waited:7.1f}"
        sides = [
            f"{figures(one)} {seconds:7.1f}"
            for one, seconds in zip(pairs[-1], (alone.seconds, both.seconds), strict=True)
        ]
        print(f"{path.stem:14} {sides[0]} | {cost} | {sides[1]}", flush=True)
        tell(both)
    print(f"{'mean':14} {means([one for one, _ in pairs])} | {means([one for _, one in pairs])}")


async def one_shot(folder: Path, snippets: Path, names: Sequence[str]) -> None:
    """One recorded answer to one question, its fences stripped and the rest believed: the tests that pass."""
    print(f"{'module':14} {HEAD}")
    found: list[Report] = []
    for path in modules(snippets, names):
        text = FENCE.sub("", answer_in(folder / f"{path.stem}.json")).strip() + "\n"
        if parse(text) is None or not list(node_ids(FILE, text.encode())):
            text = "def test_nothing():\n    assert False\n"
        found.append(await measured(path.read_text(), text))
        print(f"{path.stem:14} {figures(found[-1])}", flush=True)
    print(f"{'mean':14} {means(found)}")


def modules(snippets: Path, names: Sequence[str]) -> list[Path]:
    return [path for path in sorted(snippets.glob("*.py")) if not names or path.stem in names]


def tell(report: Report) -> None:
    """What the model's part of a suite was."""
    for finding in report.findings:
        print(f"    {finding.confidence} {finding.kind}: {finding.input} gave {finding.observed}, {finding.why}")
    for note in report.notes:
        print(f"    note: {note}", flush=True)


def figures(report: Report) -> str:
    """Of the tests that pass."""
    mutation = report.mutation
    killed = f"{mutation.killed}/{mutation.valid}"
    cover = f"{report.coverage.line_ratio:4.0%} {report.coverage.branch_ratio:4.0%}"
    tests = f"{len(report.tests)}/{len(report.final.outcomes)}"
    return f"{tests:>6} {cover} {score_of(report):5.0%} {killed:>7}"


def score_of(report: Report) -> float:
    """No test that passes kills no mutant."""
    return report.mutation.score if report.tests else 0.0


def means(reports: Sequence[Report]) -> str:
    """Means over modules, tests summed."""
    count = max(1, len(reports))
    ratios = ([one.coverage.line_ratio, one.coverage.branch_ratio, score_of(one)] for one in reports)
    line, branch, mutation = (sum(column) / count for column in zip(*ratios, strict=True))
    tests = f"{sum(len(one.tests) for one in reports)}/{sum(len(one.final.outcomes) for one in reports)}"
    return f"{tests} tests, line {line:.1%}, branch {branch:.1%}, mutation {mutation:.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("recordings", "one-shot", "replay", "compare"))
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--names", nargs="*", default=[])
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--wait", type=float, default=WAIT_SECONDS)
    parser.add_argument("--base-url", default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--replay", type=Path)
    chosen = parser.parse_args()
    snippets = chosen.folders[-1]
    if chosen.what == "recordings":
        asyncio.run(recordings(chosen.folders[0], snippets, chosen.only))
    elif chosen.what == "one-shot":
        asyncio.run(one_shot(chosen.folders[0], snippets, chosen.names))
    elif chosen.what == "replay":
        work = compared(
            snippets, chosen.names, chosen.budget, chosen.wait, lambda name: Replayed(chosen.folders[0], name)
        )
        asyncio.run(work)
    else:

        def model_for(_: str) -> LanguageModel:
            return asked_of(chosen.base_url, chosen.model, chosen.record, chosen.replay)

        asyncio.run(compared(snippets, chosen.names, chosen.budget, chosen.wait, model_for))


if __name__ == "__main__":
    main()
