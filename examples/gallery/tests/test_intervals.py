import pytest
from intervals import IntervalSet


def test_interval_set_can_be_created_with_intervals():
    result = IntervalSet(intervals=[(1, 2), (3, 1000), (1, 2), (255, 1000)])

    assert isinstance(result, IntervalSet)
    assert len(result) == 998
    assert list(result) == [(1, 2), (3, 1000)]
    assert repr(result) == "IntervalSet([(1, 2), (3, 1000)])"


def test_interval_set_raises_value_error_interval_cannot_end_at_and_start():
    with pytest.raises(ValueError, match="^an interval cannot end at 0 and start at 3$"):
        IntervalSet(intervals=[(1, 1), (3, 0)])


def test_interval_set_add_updates_length_and_items():
    interval_set = IntervalSet(intervals=[(3, 5), (0, 2)])

    interval_set.add(2, 3)

    assert len(interval_set) == 5
    assert list(interval_set) == [(0, 5)]


def test_interval_set_remove_returns_none():
    interval_set = IntervalSet()
    assert interval_set.remove(1, 1) is None


def test_interval_set_remove_updates_length_and_items():
    interval_set = IntervalSet(intervals=[(0, 5)])

    interval_set.remove(-1, 5)

    assert len(interval_set) == 0
    assert list(interval_set) == []


def test_interval_set_remove_updates_length_and_items_for_start_1():
    interval_set = IntervalSet(intervals=[(2, 255), (5, 5), (0, 1000)])

    interval_set.remove(1, 2)

    assert len(interval_set) == 999
    assert list(interval_set) == [(0, 1), (2, 1000)]


def test_interval_set_remove_raises_value_error_interval_cannot_end():
    interval_set = IntervalSet()

    with pytest.raises(ValueError, match="^an interval cannot end at 1 and start at 3$"):
        interval_set.remove(3, 1)


def test_interval_set_gaps_gives_interval_set():
    interval_set = IntervalSet(intervals=[(0, 5)])
    interval_set.remove(2, 3)

    result = interval_set.gaps()

    assert isinstance(result, IntervalSet)
    assert len(result) == 1
    assert list(result) == [(2, 3)]


def test_interval_set_contains_is_true():
    interval_set = IntervalSet(intervals=[(1, 2)])
    assert (1 in interval_set) is True


def test_interval_set_contains_is_false():
    interval_set = IntervalSet(intervals=[(1, 2)])
    assert (2 in interval_set) is False


def test_interval_set_or_gives_interval_set():
    interval_set = IntervalSet()

    result = interval_set | IntervalSet()

    assert isinstance(result, IntervalSet)
    assert len(result) == 0
    assert list(result) == []


def test_interval_set_eq_is_true():
    interval_set = IntervalSet()
    assert (interval_set == IntervalSet()) is True


def test_interval_set_eq_is_false():
    interval_set = IntervalSet()
    assert (interval_set == []) is False
