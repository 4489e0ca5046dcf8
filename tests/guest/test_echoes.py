"""Arguments that repeat what earlier calls were given."""

from random import Random

from aitestgen_guest.search.echoes import Seen, alike, echoed

SEEN: Seen = {
    "account": [("call", "Account", [("data", "'1212'")], {"limit": ("data", "5")})],
    "day": [("data", "3")],
    "tags": [("many", "[", [("data", "('a', 7)"), ("text", "len")], "]")],
}


def test_what_was_given_inside_of_other_things_is_alike_too() -> None:
    assert {item[1] for item in alike(SEEN, ("data", "'x'"))} == {"'1212'", "'a'"}
    assert {item[1] for item in alike(SEEN, ("data", "0"))} == {"3", "5", "7"}
    assert alike(SEEN, ("call", "Account", [], {})) == SEEN["account"]
    assert alike(SEEN, ("data", "None")) == []


def test_texts_and_numbers_at_any_depth_become_those_that_were_given() -> None:
    echoes = {echoed(SEEN, ("data", "[('x', 0, True)]"), Random(seed))[1] for seed in range(40)}
    assert "[('1212', 5, True)]" in echoes
    assert "[('x', 0, True)]" in echoes


def test_plain_values_calls_and_what_nothing_is_known_of_stay() -> None:
    assert echoed(SEEN, ("data", "'x'"), Random(1)) == ("data", "'x'")
    assert echoed(SEEN, ("text", "len"), Random(1)) == ("text", "len")
    assert echoed({}, ("data", "['x']"), Random(1)) == ("data", "['x']")
