"""What candidates are worth before they ran."""

from dataclasses import replace

from aitestgen.analyse import understand
from aitestgen.choose import Offer
from aitestgen.measure.coverage import analyse_text
from aitestgen.measure.gains import KILL, kill_gains, target_gain
from aitestgen.measure.mutation import moved
from aitestgen.measure.trial import Trial
from aitestgen.propose.by_search.observed import read
from aitestgen.render.pytest_file import TestFile
from aitestgen.salvage import Salvaged
from aitestgen.values import Candidate, MutantFate, Mutation, RunResult, SourceFile, Verdict
from aitestgen.worth import chosen, measured_offers, own_gains, sorted_out

PASSED = RunResult(verdict=Verdict.PASSED)


def test_a_candidate_found_twice_is_kept_once_with_all_that_it_kills() -> None:
    first = Candidate(id="a", target_id="f", name="test_f", code="...", kills=frozenset({1}), features=frozenset({7}))
    again = Candidate(id="a", target_id="f", name="test_f", code="...", kills=frozenset({2}), features=frozenset({8}))
    [candidate], findings = sorted_out([first, again])
    assert (candidate.kills, candidate.features, findings) == ({1, 2}, {7, 8}, [])


def test_a_spare_candidate_stands_in_only_for_what_no_other_brings() -> None:
    code = "def f(n):\n    return n\n"
    subject = understand(SourceFile(text=code, module="shop"))
    plain = Candidate(id="plain", target_id="f", name="test_a", code="...")
    odd = Candidate(id="odd", target_id="f", name="test_b", code="...", is_spare=True)
    other = Candidate(id="other", target_id="f", name="test_c", code="...", is_spare=True)
    one, two = kill_gains([1], {1: 1, 2: 2}), kill_gains([2], {1: 1, 2: 2})
    offers = {"plain": Offer(gains=one, cost=5), "odd": Offer(gains=one, cost=1)}
    kept = chosen(subject, [plain, odd], offers, have=frozenset(), limit=None)
    assert [item.id for item in kept] == ["plain"]
    offers["other"] = Offer(gains=one | two, cost=1)
    kept = chosen(subject, [plain, odd, other], offers, have=frozenset(), limit=None)
    assert [item.id for item in kept] == ["other"], "and then nothing that it makes superfluous is kept"


def test_what_a_constructor_does_is_told_by_tests_of_methods_too() -> None:
    code = (
        "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def add(self, item):\n"
        "        self.items += [item]\n"
    )
    subject = understand(SourceFile(text=code, module="shop"))
    made = Candidate(id="made", target_id="Cart", name="test_a", code="...")
    nested = Candidate(id="nested", target_id="Cart", name="test_b", code="...")
    added = Candidate(id="added", target_id="Cart.add", name="test_c", code="...")
    lines = {1: 3, 2: 6}
    offers = {
        "made": Offer(gains=frozenset({target_gain("Cart")}), cost=5),
        "nested": Offer(gains=kill_gains([1, 2], lines) | {target_gain("Cart")}, cost=90),
        "added": Offer(gains=kill_gains([1, 2], lines) | {target_gain("Cart.add")}, cost=5),
    }
    kept = chosen(subject, [made, nested, added], offers, have=frozenset(), limit=None)
    assert [item.id for item in kept] == ["made", "added"]


def test_what_was_measured_counts_before_what_the_search_saw() -> None:
    seen = Candidate(id="a", target_id="f", name="test_a", code="...", kills=frozenset({1, 2, 3}), returns=True)
    other = Candidate(id="b", target_id="f", name="test_b", code="...", returns=True)
    trial = Trial(first=PASSED, owner={"t::a": "a", "t::b": "b"}, stable=("t::a", "t::b"), rejected={})
    final = Salvaged(candidates=(seen, other), file=TestFile(text="", places=()), trial=trial, rejected=())
    fates = {1: MutantFate.SURVIVED, 2: MutantFate.KILLED}
    mutation = Mutation(mutants=(), fates=fates, kills={"t::b": frozenset({2})})
    exploration = replace(read([]), mutant_lines={1: 1, 2: 1, 3: 1})
    offers = measured_offers(exploration, final, mutation, analyse_text("def f(n):\n    return n\n"))
    killed = {name: {gain.what for gain in own_gains(offer) if gain.kind == KILL} for name, offer in offers.items()}
    assert killed == {"a": {3}, "b": {2}}, "the third has no fate yet"


def test_an_analysis_follows_its_tests_to_their_new_names() -> None:
    before = Trial(first=PASSED, owner={"t::a": "a", "t::b_2": "b"}, stable=("t::a", "t::b_2", "t::old"), rejected={})
    after = Trial(first=PASSED, owner={"t::b": "b"}, stable=("t::b", "t::old"), rejected={})
    kills = {"t::a": frozenset({1}), "t::b_2": frozenset({1, 2}), "t::old": frozenset({3})}
    again = moved(Mutation(mutants=(), fates={}, kills=kills), before, after)
    assert again.kills == {"t::b": {1, 2}, "t::old": {3}}
