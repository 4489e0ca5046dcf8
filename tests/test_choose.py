from hypothesis import given
from hypothesis import strategies as st

from aitestgen.choose import Offer, cover, first_gains

OFFERS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.builds(Offer, gains=st.frozensets(st.integers(0, 12)), cost=st.integers(1, 9).map(float)),
    max_size=10,
)


def all_gains(offers: dict[str, Offer], names: list[str]) -> set[object]:
    return set().union(*(offers[name].gains for name in names))


@given(OFFERS, st.frozensets(st.integers(0, 12)))
def test_every_gain_that_is_not_already_had_is_kept(offers: dict[str, Offer], have: frozenset[int]) -> None:
    chosen = cover(offers, have=have)
    assert all_gains(offers, chosen) | have == all_gains(offers, list(offers)) | have


@given(OFFERS, st.frozensets(st.integers(0, 12)))
def test_nothing_chosen_can_be_left_out_without_a_loss(offers: dict[str, Offer], have: frozenset[int]) -> None:
    chosen = cover(offers, have=have)
    for name in chosen:
        others = [other for other in chosen if other != name]
        assert offers[name].gains - have - all_gains(offers, others)


@given(OFFERS, st.integers(0, 3))
def test_a_limit_is_never_exceeded(offers: dict[str, Offer], limit: int) -> None:
    assert len(cover(offers, limit=limit)) <= limit


@given(OFFERS)
def test_twofold_cover_survives_the_loss_of_any_one(offers: dict[str, Offer]) -> None:
    chosen = cover(offers, times=2)
    for lost in chosen:
        rest = [name for name in chosen if name != lost]
        for gain in offers[lost].gains:
            suppliers = [name for name in offers if gain in offers[name].gains]
            assert len(suppliers) == 1 or gain in all_gains(offers, rest)


def test_of_equal_gains_the_cheaper_is_taken_then_the_earlier() -> None:
    offers = {
        "dear": Offer(gains=frozenset("a"), cost=5),
        "cheap": Offer(gains=frozenset("a")),
        "late": Offer(gains=frozenset("a")),
    }
    assert cover(offers) == ["cheap"]


def test_first_gains_count_each_gain_once_in_order() -> None:
    offers = {"one": Offer(gains=frozenset("ab")), "two": Offer(gains=frozenset("bc"))}
    assert first_gains(["one", "two"], offers, have="a") == {"one": frozenset("b"), "two": frozenset("c")}
