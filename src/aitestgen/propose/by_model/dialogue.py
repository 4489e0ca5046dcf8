"""What to ask a model and when to stop, without any I/O: a generator that yields steps and is sent what came of them.

An `Ask` is answered by a text, a `Try` by the `Progress` that the proposals made when they ran. Whoever drives it may
end it at any step: what was proposed until then stands.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from aitestgen.propose.by_model import prompts
from aitestgen.propose.by_model.disputes import Dispute
from aitestgen.propose.by_model.prompts import Brief
from aitestgen.propose.by_model.proposals import Answer, Known
from aitestgen.propose.by_model.reply_cases import read_cases
from aitestgen.propose.by_model.reply_code import read_code
from aitestgen.propose.by_model.reply_text import objects
from aitestgen.propose.by_search.observed import Place
from aitestgen.values import Arc, Kind, Prompt, Target

PATIENCE = 2
"""After so many answers in a row that paid nothing no more of their sort is asked for."""
MOST_SAMPLES = 3
MOST_TARGETED = 2
MOST_PROMISING = 8
FEWEST_WORDS = 4


class Question(StrEnum):
    """The kinds of question."""

    SCENARIOS = "scenarios"
    TESTS = "tests"
    REACH = "reach"
    KILL = "kill"
    REPAIR = "repair"
    DOUBT = "doubt"
    NAMES = "names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to put to the model."""

    question: Question
    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Proposals to run."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How things stand: what no test brings so far, what the last proposals brought, and where they were contradicted.

    `failures` are tests that could not be saved, with the reason.
    """

    lines: frozenset[int]
    arcs: frozenset[Arc]
    survivors: Mapping[int, Place]
    paid: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def is_all_had(self) -> bool:
        return not (self.lines or self.arcs or self.survivors)


Steps = Generator[Ask | Try, str | Progress, None]
Confirm = Callable[[Dispute, str], None]


def dialogue(brief: Brief, known: Known, start: Progress, confirm: Confirm) -> Steps:
    """Search has come first: what it left is asked for, and what names and docstrings promise.

    `confirm` is told which of the quoted disputes a second question confirmed, and why.
    """
    talk = _Talk(brief, known, start)
    yield from talk.scenarios()
    yield from talk.doubts(confirm)
    for part in (talk.samples, talk.targeted, talk.repair):
        yield from part()


class _Talk:
    """One conversation and what is known in it so far."""

    def __init__(self, brief: Brief, known: Known, start: Progress) -> None:
        self._brief = brief
        self._known = known
        self._now = start
        self._failures: list[tuple[str, str]] = []
        self._unpaid = 0

    def scenarios(self) -> Steps:
        """Inputs and expectations for what promises more than its types say."""
        targets = promising(self._brief.subject.targets)[:MOST_PROMISING]
        for sample in range(PATIENCE if targets else 0):
            before = len(self._now.disputes)
            yield from self._cases(prompts.scenarios(self._brief, targets, sample=sample))
            if not self._now.paid and len(self._now.disputes) == before:
                return

    def samples(self) -> Steps:
        """Whole tests: once coolly, then at a higher temperature, as long as these pay."""
        self._unpaid = 0
        for sample in range(MOST_SAMPLES):
            if self._is_over:
                return
            asked = prompts.tests(self._brief, missing=self._now.lines, sample=sample)
            yield from self._code(Question.TESTS, asked)

    def targeted(self) -> Steps:
        """The targets with most left: their branches, then their mutants."""
        for _ in range(MOST_TARGETED):
            target = self._neediest(lambda one: len(self._lines(one)) + len(self._arcs(one)))
            if self._is_over or target is None:
                break
            asked = prompts.reach(self._brief, target, self._lines(target), self._arcs(target))
            yield from self._code(Question.REACH, asked)
        for _ in range(MOST_TARGETED):
            target = self._neediest(lambda one: len(self._mutants(one)))
            if self._is_over or target is None:
                return
            yield from self._code(Question.KILL, prompts.kill(self._brief, target, self._mutants(target)))

    def repair(self) -> Steps:
        """The tests of which nothing could be saved by rules, once."""
        if self._failures and not self._is_over:
            failures, self._failures = self._failures, []
            yield from self._code(Question.REPAIR, prompts.repair(self._brief, failures))

    def doubts(self, confirm: Confirm) -> Steps:
        """A second question about expectations that the docstring's own words stand for."""
        quoted = [item for item in self._now.disputes if item.quoted][: prompts.MOST_CLAIMS]
        if not quoted:
            return
        claims = [claim_of(item) for item in quoted]
        reply = yield from _asked(Question.DOUBT, prompts.doubts(self._brief, claims, [item.target for item in quoted]))
        for place, why in confirmed(reply, len(quoted)).items():
            confirm(quoted[place], why)

    # -- parts ----------------------------------------------------------------------------------------------------
    @property
    def _is_over(self) -> bool:
        return self._now.is_all_had or self._unpaid >= PATIENCE

    def _cases(self, prompt: Prompt) -> Steps:
        reply = yield from _asked(Question.SCENARIOS, prompt)
        found = read_cases(reply, self._known)
        if not found.proposals:
            found = read_code(reply, self._known)
        yield from self._tried(Question.SCENARIOS, found)

    def _code(self, question: Question, prompt: Prompt) -> Steps:
        reply = yield from _asked(question, prompt)
        found = read_code(reply, self._known)
        if not found.proposals:
            found = read_cases(reply, self._known)
        yield from self._tried(question, found)

    def _tried(self, question: Question, answer: Answer) -> Steps:
        """Nothing is run for an answer without proposals: it has paid nothing."""
        if answer.proposals:
            came = yield Try(question=question, answer=answer)
            texts = ["\n".join(step.text for step in one.steps) for one in answer.proposals]
            self._brief = replace(self._brief, tried=(*self._brief.tried, *texts))
            self._now = _progress(came)
            self._failures += self._now.failures
        else:
            self._now = _unpaid(self._now)
        self._unpaid = 0 if self._now.paid else self._unpaid + 1

    def _neediest(self, need: Callable[[Target], int]) -> Target | None:
        innermost = [one for one in self._brief.subject.targets if one.kind not in (Kind.CLASS, Kind.DATACLASS)]
        best = max(innermost, key=need, default=None)
        return best if best is not None and need(best) else None

    def _lines(self, target: Target) -> frozenset[int]:
        return frozenset(line for line in self._now.lines if target.lines[0] <= line <= target.lines[1])

    def _arcs(self, target: Target) -> frozenset[Arc]:
        missing = self._lines(target)
        first, last = target.lines
        return frozenset(
            arc for arc in self._now.arcs if first <= abs(arc[0]) <= last and not missing & {arc[0], arc[1]}
        )

    def _mutants(self, target: Target) -> list[Place]:
        first, last = target.lines
        return [one for one in self._now.survivors.values() if first <= one.line <= last and one.before]


def _asked(question: Question, prompt: Prompt) -> Generator[Ask | Try, str | Progress, str]:
    reply = yield Ask(question=question, prompt=prompt)
    if not isinstance(reply, str):
        raise TypeError("a question is answered by a text")
    return reply


def _progress(came: str | Progress) -> Progress:
    if not isinstance(came, Progress):
        raise TypeError("proposals are answered by the progress that they made")
    return came


def _unpaid(now: Progress) -> Progress:
    return Progress(lines=now.lines, arcs=now.arcs, survivors=now.survivors, disputes=now.disputes)


def promising(targets: Sequence[Target]) -> list[Target]:
    """The public targets whose docstrings say something, the wordiest first."""
    worded = [one for one in targets if not one.is_private and len(one.docstring.split()) >= FEWEST_WORDS]
    called = [one for one in worded if one.kind not in (Kind.CLASS, Kind.DATACLASS, Kind.ENUM)]
    return sorted(called, key=lambda one: -len(one.docstring))


def claim_of(dispute: Dispute) -> str:
    """What the code did, beside the words of its docstring; not what a model expected."""
    item = dispute.disagreement
    steps = "; ".join([*item.setup, item.call])
    return f"`{steps}` gave `{item.observed}`. The docstring of {dispute.target.id} says: {dispute.quoted}"


def confirmed(reply: str, count: int) -> dict[int, str]:
    """By place, the reasons for those that are said to contradict their docstring."""
    return {number: reason for number, reason in _verdicts(reply) if 0 <= number < count}


def _verdicts(reply: str) -> Iterator[tuple[int, str]]:
    for item in objects(reply):
        number, reason = item.get("number"), item.get("because")
        if type(number) is int and item.get("contradicts") is True:
            yield number - 1, " ".join(str(reason or "").split())[:200] or "said to contradict the docstring"
