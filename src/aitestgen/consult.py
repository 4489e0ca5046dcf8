"""Asking a language model beside the search: its dialogue driven, its proposals judged by execution.

Whatever the model does costs quality and never the suite: no answer, a late one or rubbish ends the dialogue, is noted,
and what there is without it stands.
"""

import asyncio
import dataclasses
import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.choose import Offer
from aitestgen.errors import AitestgenError, LLMError
from aitestgen.measure.coverage import Possible
from aitestgen.measure.gains import ARC, KILL, LINE, Gain
from aitestgen.measure.value_oracle import Oracle, Said, asked_beside, doubted, said, together
from aitestgen.propose.by_model import naming
from aitestgen.propose.by_model.dialogue import Ask, Progress, Question, Steps, Try, dialogue
from aitestgen.propose.by_model.disputes import Dispute, blesses, disputes_of, findings_of
from aitestgen.propose.by_model.known import known_of
from aitestgen.propose.by_model.prompts import Brief, better_names
from aitestgen.propose.by_model.proposals import Known, Proposal
from aitestgen.propose.by_model.recapture import Disagreement, Mended, mended, read_retold, recapture_run
from aitestgen.propose.by_model.written import candidate_of
from aitestgen.propose.by_search.generator import doubtful_targets
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.salvage import Rig, Salvaged, runnable
from aitestgen.seams import LanguageModel
from aitestgen.values import (
    EXPECTED_FAILURE,
    Candidate,
    Confidence,
    Finding,
    FindingKind,
    ModelUse,
    Mutation,
    QuestionSpend,
    Rejected,
    Spend,
    Subject,
)
from aitestgen.wording import counted
from aitestgen.worth import chosen, offers_of

MOST_CALLS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What proposals are judged with, and about what. `fits` tells whether a candidate can be written and is allowed;
    `mutate` judges mutants, by their numbers, by a trial. `seconds` is how long the model may be waited for in all.
    `existing` are tests that the project has, as written there.
    """

    subject: Subject
    exploration: Exploration
    possible: Possible
    rig: Rig
    oracle: Oracle
    fits: Callable[[Candidate], bool]
    mutate: Callable[[Salvaged, Collection[int]], Awaitable[Mutation]]
    seconds: float
    seed: int = 1
    existing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What came of a consultation: candidates that are stable, with what they bring, and where the code disagreed."""

    candidates: tuple[Candidate, ...] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)
    disputes: tuple[Dispute, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def findings(self, exploration: Exploration, subject: Subject, known: Sequence[Finding]) -> list[Finding]:
        """The disputes as findings, but of targets of which the search has a sure one already."""
        sure = {item.target_id for item in known if item.confidence is not Confidence.LOW}
        new = [item for item in self.disputes if item.target.id not in sure]
        return findings_of(new, exploration, subject)


def blessing(candidates: Sequence[Candidate], findings: Sequence[Finding]) -> frozenset[str]:
    """The candidates that state as right what a finding of more than low confidence says is wrong."""
    open_ = [one for one in findings if one.kind is FindingKind.EXPECTATION and one.confidence is not Confidence.LOW]
    doubtful = doubtful_targets(findings)
    return frozenset(
        item.id for item in candidates if item.target_id in doubtful or any(blesses(item, one) for one in open_)
    )


def blessed(delivered: Sequence[Candidate], findings: Sequence[Finding]) -> tuple[str, ...]:
    """The remark on tests that state what a suspected bug does; there are such where they were asked for."""
    own = [item for item in delivered if not item.id.startswith(EXPECTED_FAILURE)]
    stated = blessing(own, findings)
    names = dict.fromkeys(item.name for item in own if item.is_doubtful or item.id in stated)
    return (f"tests that state what a suspected bug does, as asked for: {', '.join(names)}",) if names else ()


def added_by(consulted: Consulted, subject: Subject, have: frozenset[Gain], banned: frozenset[str]) -> list[Candidate]:
    """The model's candidates that bring what is not had, as few as bring it all."""
    offers = {name: offer for name, offer in consulted.offers.items() if name not in banned}
    offered = [item for item in consulted.candidates if item.id in offers]
    return chosen(subject, offered, offers, have=have, limit=None)


class Consultation:
    """One module's conversation with one model. `spend`, `said` (by the value oracle) and `notes` hold at any time.

    `host` is where the model is asked. What is `delivered` is told by who takes tests of it.
    """

    def __init__(self, model: LanguageModel, bench: Bench, host: str = "") -> None:
        self._model = model
        self._host = host
        self._bench = bench
        self._known = known_of(bench.subject, bench.exploration)
        self._left = bench.seconds
        self._have: frozenset[Gain] = frozenset()
        self._candidates: dict[str, Candidate] = {}
        self._offers: dict[str, Offer] = {}
        self._heard: list[tuple[int, Disagreement]] = []
        self._confirmed: dict[object, str] = {}
        self._rejected: list[Rejected] = []
        self._asked: Counter[Question] = Counter()
        self._stopped = ""
        self._seen: set[str] = set()
        self._spent: dict[Question, Spend] = {}
        self._seconds: dict[Question, float] = {}
        self._characters = 0
        self._answered: dict[str, Question] = {}
        self._delivered: frozenset[str] = frozenset()
        self.said = Said()

    @property
    def spend(self) -> Spend:
        """What all questions cost."""
        return functools.reduce(Spend.plus, self._spent.values(), Spend())

    # -- what is asked --------------------------------------------------------------------------------------------
    async def proposals(self, have: frozenset[Gain], examples: Sequence[Candidate]) -> Consulted:
        """Ask for what `have` lacks and for what is promised, until it pays no more. Raises SandboxError only."""
        self._have = have
        brief = Brief(
            subject=self._bench.subject,
            imports=_imports(self._known),
            examples=(*self._bench.existing, *(item.code for item in examples)),
            seed=self._bench.seed,
        )
        await self._drive(dialogue(brief, self._known, self._progress(), self._confirm))
        return Consulted(
            candidates=tuple(self._candidates.values()),
            offers=dict(self._offers),
            disputes=tuple(self._disputes()),
            rejected=tuple(self._rejected),
        )

    async def renamed(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates under better names where the model has some; their behaviour is for a run to confirm."""
        told = [group[0] for group in naming.groups(candidates)]
        if not told or self._stopped:
            return list(candidates)
        brief = Brief(subject=self._bench.subject, imports="", seed=self._bench.seed)
        prompt = better_names(brief, [item.code for item in told])
        reply = await self._complete(Ask(question=Question.NAMES, prompt=prompt))
        return naming.renamed(candidates, reply) if reply is not None else list(candidates)

    def delivered(self, candidates: Iterable[Candidate]) -> None:
        """These, among others perhaps, are in the suite."""
        self._delivered = frozenset(item.id for item in candidates if item.id in self._answered)

    @property
    def use(self) -> ModelUse:
        """What was sent to whom, what each kind of question cost, and what each test that is delivered."""
        spend, tests = self.spend, len(self._delivered)
        return ModelUse(
            model=self._model.name,
            host=self._host,
            modules=(self._bench.subject.source.module,),
            characters=self._characters,
            questions=tuple(self._spend_on(question) for question in self._asked),
            tests=tests,
            tokens_per_test=(spend.input_tokens + spend.output_tokens) / tests if tests else None,
            usd_per_test=spend.usd / tests if tests else None,
            ended=self._stopped,
        )

    def _spend_on(self, question: Question) -> QuestionSpend:
        return QuestionSpend(
            question=question,
            spend=self._spent.get(question, Spend()),
            seconds=round(self._seconds.get(question, 0.0), 3),
            tests=sum(self._answered[name] is question for name in self._delivered),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was sent to whom, what it cost, and why it ended early if it did."""
        use, spend = self.use, self.spend
        asked = [f"{self._asked[Question(one.question)]} for {_told(one)}" for one in use.questions]
        found = [
            f"sent to {use.model}{f' at {use.host}' if use.host else ''}: source text of {', '.join(use.modules)} and "
            f"tests of it, {use.characters} characters, in {counted(spend.calls, 'call')} "
            f"({', '.join(asked) or 'none'}); {spend.input_tokens} tokens in, {spend.output_tokens} out"
            + _usd(spend.usd)
        ]
        if use.tokens_per_test is not None:
            each = f"{use.tokens_per_test:.0f} tokens{_usd(use.usd_per_test or 0.0)} each"
            found.append(f"{counted(use.tests, 'test')} by {use.model}, for {each}")
        if use.ended:
            found.append(f"{use.model} was asked no more: {use.ended}")
        return tuple(found)

    async def _drive(self, steps: Steps) -> None:
        try:
            step = next(steps)
            while True:
                came: str | Progress | None
                came = await self._complete(step) if isinstance(step, Ask) else await self._tried(step)
                if came is None:
                    steps.close()
                    return
                step = steps.send(came)
        except StopIteration:
            return

    async def _complete(self, ask: Ask) -> str | None:
        """The model's answer; None where none came, and none will."""
        if sum(self._asked.values()) >= MOST_CALLS:
            self._stopped = f"{MOST_CALLS} questions are enough"
            return None
        self._asked[ask.question] += 1
        self._characters += len(ask.prompt.system) + len(ask.prompt.user)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            return await self._text(ask)
        except LLMError as error:
            self._stopped = str(error)
        except TimeoutError:
            self._stopped = f"its answers took more than {self._bench.seconds:.0f} s in all"
        except Exception as error:  # noqa: BLE001 - an adapter's fault costs quality, never the suite; it is noted
            self._stopped = f"{type(error).__name__}: {error}"[:300]
        finally:
            seconds = clock() - started
            self._seconds[ask.question] = self._seconds.get(ask.question, 0.0) + seconds
            self._left -= seconds
        return None

    async def _text(self, ask: Ask) -> str:
        async with asyncio.timeout(max(0.0, self._left)):
            completion = await self._model.complete(ask.prompt)
        self._spent[ask.question] = self._spent.get(ask.question, Spend()).plus(completion.spend)
        return completion.text

    # -- what is tried --------------------------------------------------------------------------------------------
    async def _tried(self, step: Try) -> Progress:
        """Run the proposals: the steps of each, what is left of them as tests, and these on the mutants."""
        self._rejected += [Rejected(name=f"model's {step.question}", reason=text) for text in step.answer.dropped]
        allowed = [item for item in step.answer.proposals if self._is_allowed(item)]
        came = await self._recaptured(allowed)
        number = sum(self._asked.values())
        self._heard += [(number, item) for one in came for item in one.disagreements]
        failures = [(_source(one.proposal), one.dropped) for one in came if one.dropped and not one.disagreements]
        paid = await self._judged(came, step.question)
        return dataclasses.replace(self._progress(), paid=paid, failures=tuple(failures))

    def _is_allowed(self, proposal: Proposal) -> bool:
        """Whether the strict policy lets it pass, whatever the request's: users run the tests outside of jails."""
        name = proposal.name
        try:
            findings = judge(as_bytes(_whole(proposal, self._known)), own_modules=(self._top,))
        except AitestgenError as error:
            self._rejected.append(Rejected(name=name, reason=f"the model's test cannot be judged: {error}"))
            return False
        if findings:
            refused = ", ".join(dict.fromkeys(finding.name for finding in findings))
            self._rejected.append(Rejected(name=name, reason=f"the model's test would be refused: {refused}"))
        return not findings

    @property
    def _top(self) -> str:
        return self._known.module.partition(".")[0]

    async def _recaptured(self, proposals: Sequence[Proposal]) -> list[Mended]:
        if not proposals:
            return []
        oracle = self._bench.oracle
        run = recapture_run(oracle.source, oracle.interpreter, oracle.limits, proposals)
        result = await oracle.sandbox.run(run)
        told = read_retold(result.frames, proposals)
        lost = [item for number, item in enumerate(proposals) if number not in told]
        self._rejected += [Rejected(name=item.name, reason="taking its steps ended the process") for item in lost]
        return [mended(proposals[number], steps, self._known) for number, steps in told.items()]

    async def _judged(self, came: Sequence[Mended], question: Question) -> int:
        """How many gains the mended proposals bring that were not had; those that bring some are kept."""
        fresh: dict[str, Candidate] = {}
        for one in came:
            item = candidate_of(one, self._bench.subject, self._known)
            if item is not None and item.id not in self._seen and self._bench.fits(item):
                self._seen.add(item.id)
                fresh[item.id] = item
            elif item is None:
                reason = one.dropped or "it calls nothing of the module"
                self._rejected.append(Rejected(name=one.proposal.name, reason=reason))
        if not fresh:
            return 0
        tried = await self._trial(list(fresh.values()))
        offers = offers_of(self._bench.exploration, tried, self._bench.possible)
        gained = {name: _gains(offer) - self._have for name, offer in offers.items()}
        useful = [item for item in tried.candidates if gained.get(item.id)]
        self._candidates.update({item.id: item for item in useful})
        self._answered.update({item.id: question for item in useful})
        self._offers.update({item.id: offers[item.id] for item in useful})
        new = frozenset[Gain]().union(*gained.values())
        self._have |= new
        return len(new)

    async def _trial(self, candidates: Sequence[Candidate]) -> Salvaged:
        """The candidates as they ran, twice and in two orders, with the mutants that they kill."""
        bench = self._bench
        tried, heard = await asked_beside(bench.oracle, candidates, runnable(bench.rig, candidates, seeds=(1,)))
        self.said = together(self.said, said(tried.trial, heard))
        tried = dataclasses.replace(tried, trial=doubted(tried.trial, heard))
        self._rejected += tried.rejected
        survivors = self._progress().survivors
        if not survivors:
            return tried
        mutation = await bench.mutate(tried, survivors)
        kills = {tried.trial.owner.get(test, ""): killed for test, killed in mutation.kills.items()}
        proven = [dataclasses.replace(item, kills=kills.get(item.id, frozenset())) for item in tried.candidates]
        return dataclasses.replace(tried, candidates=tuple(proven))

    # -- how things stand -----------------------------------------------------------------------------------------
    def _progress(self) -> Progress:
        possible, mutants = self._bench.possible, self._bench.exploration.mutants
        had = {kind: {gain.what for gain in self._have if gain.kind == kind} for kind in (LINE, ARC, KILL)}
        return Progress(
            lines=frozenset(line for line in possible.lines if line not in had[LINE]),
            arcs=frozenset(arc for arc in possible.branches - possible.unasked if arc not in had[ARC]),
            survivors={number: one for number, one in mutants.items() if number not in had[KILL]},
            disputes=tuple(disputes_of(self._heard, self._bench.subject)),
        )

    def _confirm(self, dispute: Dispute, why: str) -> None:
        self._confirmed[dispute.about] = why

    def _disputes(self) -> list[Dispute]:
        found = disputes_of(self._heard, self._bench.subject)
        return [dataclasses.replace(item, confirmed=self._confirmed.get(item.about, "")) for item in found]


def _told(one: QuestionSpend) -> str:
    """A kind of question with what it cost and brought."""
    tokens = one.spend.input_tokens + one.spend.output_tokens
    brought = f", {one.tests} tests" if one.tests else ""
    return f"{one.question} ({tokens} tokens{_usd(one.spend.usd)}{brought})" if one.spend.calls else one.question


def _usd(usd: float) -> str:
    return f", {usd:.4f} USD" if usd else ""


def _gains(offer: Offer) -> frozenset[Gain]:
    return frozenset(gain for gain in offer.gains if isinstance(gain, Gain))


def _imports(known: Known) -> str:
    """The import lines that an answer is to begin with."""
    public = sorted(name for name in known.own if not name.startswith("_"))
    return f"import pytest\nfrom {known.module} import {', '.join(public or sorted(known.own))}"


def _source(proposal: Proposal) -> str:
    body = "".join(f"    {part}\n" for step in proposal.steps for part in step.text.split("\n"))
    return f"def {proposal.name}({', '.join(proposal.fixtures)}):\n{body}    return\n"


def _whole(proposal: Proposal, known: Known) -> str:
    """The proposal as a file of its own, for the policy to read."""
    row = "".join(f"{value}\n" for value in proposal.row.values) if proposal.row else ""
    names = ", ".join(sorted(known.names))
    imports = "\n".join(["import pytest", *proposal.imports, f"from {known.module} import {names}"])
    return f"{imports}\n\n{row}\n{_source(proposal)}"
