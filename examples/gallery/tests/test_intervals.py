import pytest
from intervals import IntervalSet


def test_interval_set_can_be_created_with_intervals():
    result = IntervalSet(intervals=[(1, 2), (3, 5), (1, 2), (3, 5)])

    assert isinstance(result, IntervalSet)
    assert len(result) == 3
    assert list(result) == [(1, 2), (3, 5)]
    assert repr(result) == "IntervalSet([(1, 2), (3, 5)])"


def test_interval_set_raises_value_error_interval_cannot_end_at_and_start():
    with pytest.raises(ValueError, match="^an interval cannot end at 0 and start at 5$"):
        IntervalSet(intervals=[(0, 2), (3, 5), (5, 0)])


def test_interval_set_add_returns_none():
    interval_set = IntervalSet()

    interval_set.add(1, 1)

    assert list(interval_set) == []


def test_interval_set_add_updates_length_and_items():
    interval_set = IntervalSet(intervals=[(3, 1000), (0, 2)])

    interval_set.add(2, 3)

    assert len(interval_set) == 1000
    assert list(interval_set) == [(0, 1000)]


def test_interval_set_remove_returns_none():
    interval_set = IntervalSet()
    assert interval_set.remove(1, 1) is None


def test_interval_set_remove_updates_length_and_items():
    interval_set = IntervalSet(intervals=[(0, 5)])

    interval_set.remove(0, 1)

    assert len(interval_set) == 4
    assert list(interval_set) == [(1, 5)]


def test_interval_set_remove_updates_length_and_items_for_start_3():
    interval_set = IntervalSet(intervals=[(0, 5)])

    interval_set.remove(3, 4)

    assert len(interval_set) == 4
    assert list(interval_set) == [(0, 3), (4, 5)]


def test_interval_set_remove_raises_value_error_interval_cannot_end():
    interval_set = IntervalSet()

    with pytest.raises(ValueError, match="^an interval cannot end at 0 and start at 2$"):
        interval_set.remove(2, 0)


def test_interval_set_gaps_gives_interval_set():
    interval_set = IntervalSet(intervals=[(0, 5)])
    interval_set.remove(1, 3)

    result = interval_set.gaps()

    assert isinstance(result, IntervalSet)
    assert len(result) == 2
    assert list(result) == [(1, 3)]


def test_interval_set_contains_is_true():
    interval_set = IntervalSet(intervals=[(1, 2)])
    assert (1 in interval_set) is True


def test_interval_set_contains_is_false():
    interval_set = IntervalSet(intervals=[(1, 2)])
    assert (2 in interval_set) is False


def test_interval_set_or_gives_interval_set():
    interval_set = IntervalSet(intervals=[(3, 5)])

    result = interval_set | IntervalSet(intervals=[(3, 5)])

    assert isinstance(result, IntervalSet)
    assert len(result) == 2
    assert list(result) == [(3, 5)]


def test_interval_set_eq_is_true():
    interval_set = IntervalSet()
    assert (interval_set == IntervalSet()) is True


def test_interval_set_eq_is_false():
    interval_set = IntervalSet()
    assert (interval_set == []) is False
