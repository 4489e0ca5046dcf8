"""Where a model and the code disagree: suspected bugs, ranked by how much more than one model's word there is."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aitestgen.propose.by_model.recapture import Disagreement
from aitestgen.propose.by_model.written import target_of
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.propose.by_search.suspected import Imports
from aitestgen.values import Candidate, Confidence, Finding, FindingKind, Subject, Target

SHORTEST_QUOTE = 12
MOST_A_TARGET = 3
MOST = 20


Heard = tuple[int, Disagreement]
"""A disagreement and the number of the answer that it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One expectation that the code contradicts. `answers` are those that had it; `quoted` are the docstring's words
    for it, as they stand there; `confirmed` is what was said for it when it was asked about by itself.
    """

    target: Target
    disagreement: Disagreement
    answers: frozenset[int]
    quoted: str = ""
    confirmed: str = ""

    @property
    def about(self) -> tuple[object, ...]:
        """The call and what was expected of it: what stays the same while answers come."""
        item = self.disagreement
        return (item.setup, item.call, item.expected)

    @property
    def confidence(self) -> Confidence:
        """Low is a model's word alone. Words of the docstring, and being told twice, make it more."""
        more = (len(self.answers) > 1) + bool(self.confirmed)
        if not self.quoted or not more:
            return Confidence.LOW
        return Confidence.HIGH if more > 1 else Confidence.MEDIUM


def disputes_of(heard: Iterable[Heard], subject: Subject) -> list[Dispute]:
    """The disputes, the best founded first. Where answers contradict each other there is none."""
    targets = {target.id: target for target in subject.targets}
    by_call: dict[tuple[object, str], dict[str, list[tuple[int, Disagreement]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for number, item in heard:
        by_call[item.setup, item.call][item.expected].append((number, item))
    found = []
    for expectations in by_call.values():
        if len(expectations) > 1:
            continue
        (one,) = expectations.values()
        best = max((item for _, item in one), key=lambda item: len(item.quote))
        target = targets.get(target_of([*best.setup, best.call], subject) or "")
        if target is not None:
            answers = frozenset(number for number, _ in one)
            found.append(
                Dispute(target=target, disagreement=best, answers=answers, quoted=_quoted(best, target, subject))
            )
    return sorted(found, key=lambda item: (not item.quoted, -len(item.answers)))


def _quoted(item: Disagreement, target: Target, subject: Subject) -> str:
    """The model's quotation where it really stands in the docstring of the target or of its class."""
    words = _plain(item.quote)
    owners = [one.docstring for one in subject.targets if one.id == target.owner]
    texts = [_plain(text) for text in (target.docstring, *owners)]
    if len(words) < SHORTEST_QUOTE or not any(words in text for text in texts):
        return ""
    return item.quote.strip().strip("\"'")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace('"', " ").replace("'", " ").replace("`", " ").split()).strip(" .,;:…")


def findings_of(disputes: Sequence[Dispute], exploration: Exploration, subject: Subject) -> list[Finding]:
    """The disputes as findings, of one target the best founded few. Whether they show again is for others to see."""
    imports = Imports(exploration, subject)
    ranked = sorted(disputes, key=lambda item: list(Confidence).index(item.confidence))
    counted: dict[str, int] = defaultdict(int)
    found = []
    for item in ranked[: MOST * MOST_A_TARGET]:
        counted[item.target.id] += 1
        if counted[item.target.id] <= MOST_A_TARGET:
            found.append(_finding(item, imports))
    return found[:MOST]


def _finding(dispute: Dispute, imports: Imports) -> Finding:
    item, target = dispute.disagreement, dispute.target
    program = imports.program([*item.setup, item.claim])
    extra = [line for line in item.imports if line not in program]
    said = dispute.confirmed or item.reason
    return Finding(
        target_id=target.id,
        input="; ".join([*item.setup, item.call]),
        observed=item.observed,
        expected=item.expected,
        why=f"a language model expected otherwise: {said}" if said else "a language model expected otherwise",
        reproducer="\n".join([*extra, program]),
        line=target.lines[0],
        kind=FindingKind.EXPECTATION,
        confidence=dispute.confidence,
        quote=dispute.quoted or " ".join(target.docstring.split())[:200],
    )


def blesses(candidate: Candidate, finding: Finding) -> bool:
    """Whether a test states as right what an open finding says is wrong: the same last call, the same outcome."""
    call = finding.input.rpartition("; ")[2]
    error = finding.observed.removeprefix("raises ").partition(":")[0] if finding.observed.startswith("raises ") else ""
    return any(_states(node, call, finding.observed, error) for node in ast.walk(ast.parse(candidate.code)))


def _states(node: ast.AST, call: str, observed: str, error: str) -> bool:
    match node:
        case ast.Assert(ast.Compare(left, [ast.Eq() | ast.Is()], [right])):
            return not error and ast.unparse(left) == _normal(call) and ast.unparse(right) == _normal(observed)
        case ast.With(items=[ast.withitem(ast.Call(ast.Attribute(_, "raises"), [kind, *_]))], body=[ast.Expr(inner)]):
            return bool(error) and ast.unparse(kind) == error and ast.unparse(inner) == _normal(call)
    return False


def _normal(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text))
    except SyntaxError:
        return text
