"""What candidates are worth before they ran."""

from aitestgen.values import Candidate
from aitestgen.worth import sorted_out


def test_a_candidate_found_twice_is_kept_once_with_all_that_it_kills() -> None:
    first = Candidate(id="a", target_id="f", name="test_f", code="...", kills=frozenset({1}), features=frozenset({7}))
    again = Candidate(id="a", target_id="f", name="test_f", code="...", kills=frozenset({2}), features=frozenset({8}))
    [candidate], findings = sorted_out([first, again])
    assert (candidate.kills, candidate.features, findings) == ({1, 2}, {7, 8}, [])
