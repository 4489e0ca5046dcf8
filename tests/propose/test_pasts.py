"""Words for what happened before the call under test."""

import pytest

from aitestgen.propose.by_search.pasts import told


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ""),
        (["{self}.deposit(5)"], "after_deposit"),
        (["{self}.deposit(5)", "{self}.deposit(6)"], "after_deposit"),
        (["{self}.read = True"], "when_read"),
        (["{self}.isOpen = False"], "unless_is_open"),
        (["{self}.rules = {'a': 1}"], "with_rules"),
        (["{self}.rules = ['a']", "{self}.strict = True", "{self}.add(1)"], "after_add_with_rules_when_strict"),
        (["clock.advance(5)"], "after_time_passes"),
        (["await {self}.close()"], "after_close"),
        (["helper(3)"], "after_helper"),
        (["with {self}:"], "after_entering"),
    ],
)
def test_it_says_what_was_called_and_what_was_set(steps: list[str], expected: str) -> None:
    assert told(steps) == expected
