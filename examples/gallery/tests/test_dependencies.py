import pytest
from dependencies import CycleError, build_order, levels, needed_by, parse_requirements


def test_cycle_error_can_be_created():
    result = CycleError([])

    assert isinstance(result, CycleError)
    assert result.cycle == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("APP:,", {"APP": []}),
        ("\napp: library", {"app": ["library"]}),
    ],
)
def test_parse_requirements_returns_expected_value(text, expected):
    assert parse_requirements(text) == expected


def test_parse_requirements_raises_value_error_no_colon_in_alice():
    with pytest.raises(ValueError, match="^no colon in 'alice'$"):
        parse_requirements("alice")


def test_parse_requirements_raises_value_error_app_comes_twice():
    with pytest.raises(ValueError, match="^app comes twice$"):
        parse_requirements("app:a-1\n\n 3.14:\n\napp:")


def test_build_order_returns_one_item_list():
    assert build_order({"Hello": []}) == ["Hello"]


@pytest.mark.parametrize(
    ("name", "needs", "expected"),
    [
        ("a", {"a": []}, set()),
        ("b", {"a": ["b"]}, {"a"}),
        ("c", {"a": ["a", "b"], "b": ["c", "a"]}, {"a", "b"}),
    ],
)
def test_needed_by_returns_expected_value(name, needs, expected):
    assert needed_by(name, needs) == expected


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, []),
        ({"a": [""], "b": ["c", "abc", "a"]}, [["", "abc", "c"], ["a"], ["b"]]),
    ],
)
def test_levels_returns_expected_value(needs, expected):
    assert levels(needs) == expected


def test_levels_raises_cycle_error_a():
    with pytest.raises(CycleError, match="^a -> a$"):
        levels({"a": ["", "a"]})
