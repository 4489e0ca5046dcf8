"""What a language model's answers are worth, by hand: never part of the tests.

python benchmarks/llm.py recordings RECORDINGS SNIPPETS [--only PIPELINE ...]
python benchmarks/llm.py replay RECORDINGS SNIPPETS [--budget SECONDS] [NAME ...]
python benchmarks/llm.py compare SNIPPETS --base-url URL --model NAME [--budget SECONDS] [NAME ...]

`recordings` reads each recorded answer twice: as one who strips the fences and believes the rest, and as the product
does. RECORDINGS holds a folder for each pipeline, with exchanges as JSON (`response` in OpenAI's format) named after
the modules in SNIPPETS. A test counts as saved where something of it passes. `replay` and `compare` generate suites by
search alone and by search with a model: answers of the recordings, or of a server that speaks OpenAI's protocol.
"""

import argparse
import ast
import asyncio
import dataclasses
import json
import re
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen import wiring
from aitestgen.analyse import understand
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
    Verdict,
)
from aitestgen.worth import setting_of

MODULE = "user_code"
FILE = f"test_{MODULE}.py"
ROOMY = Limits(cpu_cores=2.0, memory_bytes=512 * 1024 * 1024, wall_seconds=10.0)
NOTHING = Coverage()
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


class Server:
    """A server that speaks OpenAI's protocol, asked as plainly as it goes: for measuring only."""

    def __init__(self, base_url: str, model: str) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self.name = f"server:{model}"

    async def complete(self, prompt: Prompt) -> Completion:
        """Raises LLMError where no answer came."""
        began = time.monotonic()
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        body = {"model": self._model, "messages": messages, "temperature": prompt.temperature,
                "max_tokens": prompt.max_tokens, "seed": prompt.seed}  # fmt: skip
        if prompt.schema:
            body["response_format"] = {"type": "json_object", "schema": dict(prompt.schema)}
        try:
            found = await asyncio.to_thread(self._post, json.dumps(body).encode())
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise LLMError(f"{self._url}: {error}") from error
        return completion_of(found, time.monotonic() - began)

    def _post(self, body: bytes) -> dict[str, Any]:
        if not self._url.startswith(("http://", "https://")):
            raise ValueError("not a web address")
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310 # checked above
        with urllib.request.urlopen(request, timeout=600) as reply:  # noqa: S310 # likewise
            found: dict[str, Any] = json.load(reply)
        return found

    async def aclose(self) -> None:
        """Nothing is open between calls."""


def completion_of(found: dict[str, Any], seconds: float) -> Completion:
    usage, choice = found.get("usage", {}), found["choices"][0]
    spend = Spend(calls=1, input_tokens=usage.get("prompt_tokens", 0), output_tokens=usage.get("completion_tokens", 0))
    text = choice["message"]["content"] or ""
    cut = choice.get("finish_reason") == "length"
    return Completion(text=text, model=str(found.get("model", "")), spend=spend, seconds=seconds, cut=cut)


async def suite(text: str, model: LanguageModel | None, budget: float) -> Report:
    """What the product makes of one module."""
    settings = read_settings()
    sandbox = wiring.jail(settings)
    limits = wiring.running_limits(settings)
    workshop = Workshop(
        sandbox=sandbox,
        search_limits=wiring.search_limits(settings, budget),
        run_limits=limits,
        model=model,
        model_seconds=1800.0,
    )
    source = SourceFile(text=text, module=MODULE)
    request = Request(source=source, interpreter=wiring.interpreter(None), options=Options(budget_seconds=budget))
    reports = [event.report async for event in generate(request, workshop)]
    found = reports[-1]
    assert found is not None
    return found


async def compared(snippets: Path, names: Sequence[str], budget: float, model_for: Any) -> None:
    """Search alone and search with the model, a line for each module."""
    print(
        f"{'module':14} tests line branch mutation seconds | calls tokens in/out | tests line branch mutation seconds"
    )
    for path in sorted(snippets.glob("*.py")):
        if names and path.stem not in names:
            continue
        alone = await suite(path.read_text(), None, budget)
        both = await suite(path.read_text(), model_for(path.stem), budget)
        spend = both.spend
        cost = f"{spend.calls:5} {spend.input_tokens:6}/{spend.output_tokens}"
        print(f"{path.stem:14} {figures(alone)} | {cost} | {figures(both)}", flush=True)
        for finding in both.findings:
            print(f"    {finding.confidence} {finding.kind}: {finding.input} gave {finding.observed}, {finding.why}")


def figures(report: Report) -> str:
    mutation = report.mutation
    killed = f"{mutation.killed}/{mutation.valid}"
    cover = f"{report.coverage.line_ratio:4.0%} {report.coverage.branch_ratio:4.0%}"
    return f"{len(report.tests):5} {cover} {mutation.score:4.0%} ({killed}) {report.seconds:6.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("recordings", "replay", "compare"))
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--names", nargs="*", default=[])
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--base-url", default="")
    parser.add_argument("--model", default="")
    chosen = parser.parse_args()
    snippets = chosen.folders[-1]
    if chosen.what == "recordings":
        asyncio.run(recordings(chosen.folders[0], snippets, chosen.only))
    elif chosen.what == "replay":
        work = compared(snippets, chosen.names, chosen.budget, lambda name: Replayed(chosen.folders[0], name))
        asyncio.run(work)
    else:
        server = Server(chosen.base_url, chosen.model)
        asyncio.run(compared(snippets, chosen.names, chosen.budget, lambda _: server))


if __name__ == "__main__":
    main()
