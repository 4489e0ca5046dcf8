import pytest
from intervals import IntervalSet


def test_interval_set_can_be_created_with_intervals():
    result = IntervalSet(intervals=[(5, 6), (10, 634), (633, 634)])

    assert isinstance(result, IntervalSet)
    assert len(result) == 625
    assert list(result) == [(5, 6), (10, 634)]
    assert repr(result) == "IntervalSet([(5, 6), (10, 634)])"


def test_interval_set_add_returns_none():
    interval_set = IntervalSet()

    interval_set.add(0, 0)

    assert list(interval_set) == []


def test_interval_set_add_updates_length_and_items():
    interval_set = IntervalSet(intervals=[(0, 2), (5, 10)])

    interval_set.add(2, 5)

    assert len(interval_set) == 10
    assert list(interval_set) == [(0, 10)]


def test_interval_set_add_raises_value_error_interval_cannot_end():
    interval_set = IntervalSet()

    with pytest.raises(ValueError, match="^an interval cannot end at 0 and start at 1$"):
        interval_set.add(1, 0)


def test_interval_set_remove_returns_none():
    interval_set = IntervalSet()
    assert interval_set.remove(0, 0) is None


def test_interval_set_remove_updates_length_and_items():
    interval_set = IntervalSet()
    interval_set.add(0, 1)

    interval_set.remove(0, 1)

    assert len(interval_set) == 0
    assert list(interval_set) == []


def test_interval_set_remove_updates_length_and_items_for_start_2():
    interval_set = IntervalSet(intervals=[(0, 5)])

    interval_set.remove(2, 3)

    assert len(interval_set) == 4
    assert list(interval_set) == [(0, 2), (3, 5)]


def test_interval_set_remove_raises_value_error_interval_cannot_end():
    interval_set = IntervalSet()

    with pytest.raises(ValueError, match="^an interval cannot end at 0 and start at 1$"):
        interval_set.remove(1, 0)


def test_interval_set_gaps_gives_interval_set():
    interval_set = IntervalSet(intervals=[(0, 2), (5, 10)])

    result = interval_set.gaps()

    assert isinstance(result, IntervalSet)
    assert len(result) == 3
    assert list(result) == [(2, 5)]


def test_interval_set_contains_is_true():
    interval_set = IntervalSet(intervals=[(-1, 0)])
    assert (-1 in interval_set) is True


def test_interval_set_contains_is_false():
    interval_set = IntervalSet(intervals=[(0, 1)])
    assert (1 in interval_set) is False


def test_interval_set_or_gives_interval_set():
    interval_set = IntervalSet()

    result = interval_set | IntervalSet(intervals=[(1, 2)])

    assert isinstance(result, IntervalSet)
    assert len(result) == 1
    assert list(result) == [(1, 2)]


def test_interval_set_eq_is_true():
    interval_set = IntervalSet()
    assert (interval_set == IntervalSet()) is True


def test_interval_set_eq_is_false():
    interval_set = IntervalSet()
    assert (interval_set == "a") is False


def test_interval_set_repr_returns_intervalset():
    interval_set = IntervalSet()
    assert repr(interval_set) == "IntervalSet([])"
