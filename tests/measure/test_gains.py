from aitestgen.measure.coverage import analyse_text
from aitestgen.measure.gains import (
    arcs_in,
    kill_gains,
    lines_in,
    reached_targets,
    run_gains,
    target_gain,
    within,
)
from aitestgen.values import Kind, SourceFile, Subject, Target

CODE = "def sign(n):\n    if n < 0:\n        return -1\n    return 1\n\n\ndef twice(n):\n    return 2 * n\n"
NEGATIVE = ((-1, 2), (2, 3), (3, -1))


def target(name: str, first: int, last: int) -> Target:
    return Target(id=name, kind=Kind.FUNCTION, parameters=(), lines=(first, last))


SIGN, TWICE = target("sign", 1, 4), target("twice", 7, 8)
SUBJECT = Subject(source=SourceFile(text=CODE, module="numbers_"), targets=(SIGN, TWICE), constants=())


def test_a_run_brings_its_lines_and_the_branches_that_it_took() -> None:
    gains = run_gains(analyse_text(CODE), NEGATIVE)
    assert lines_in(gains) == (2, 3)
    assert arcs_in(gains) == ((2, 3),)


def test_gains_within_a_target_leave_out_other_lines_but_not_the_target() -> None:
    gains = kill_gains([1, 2], {1: 3, 2: 8}) | {target_gain("sign")}
    assert within(gains, SIGN) == kill_gains([1], {1: 3}) | {target_gain("sign")}


def test_the_lines_of_a_method_are_not_its_classs_own() -> None:
    cart, add, other = target("Cart", 1, 9), target("Cart.add", 4, 6), target("total", 11, 12)
    gains = kill_gains([1, 2, 3], {1: 2, 2: 5, 3: 8}) | {target_gain("Cart")}
    assert within(gains, cart, [cart, add, other]) == kill_gains([1, 3], {1: 2, 3: 8}) | {target_gain("Cart")}
    assert within(gains, add, [cart, add]) == kill_gains([2], {2: 5}) | {target_gain("Cart")}


def test_a_mutant_of_an_unknown_line_lies_in_no_target() -> None:
    assert within(kill_gains([7], {}), SIGN) == frozenset()


def test_targets_are_reached_by_their_lines() -> None:
    gains = run_gains(analyse_text(CODE), NEGATIVE)
    assert reached_targets(gains, SUBJECT) == {target_gain("sign")}
