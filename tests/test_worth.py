"""What candidates are worth before they ran."""

from aitestgen.analyse import understand
from aitestgen.choose import Offer
from aitestgen.measure.gains import kill_gains
from aitestgen.values import Candidate, SourceFile
from aitestgen.worth import chosen, sorted_out


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
