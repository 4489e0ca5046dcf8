import pytest
from dependencies import CycleError, build_order, levels, needed_by, parse_requirements


def test_cycle_error_can_be_created():
    result = CycleError([])

    assert isinstance(result, CycleError)
    assert result.cycle == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("App:,", {"App": []}),
        ("a:\n\n->:", {"a": [], "->": []}),
    ],
)
def test_parse_requirements_returns_expected_value(text, expected):
    assert parse_requirements(text) == expected


def test_parse_requirements_raises_value_error_comes_twice():
    with pytest.raises(ValueError, match="^ comes twice$"):
        parse_requirements(": \n:,\napp")


def test_parse_requirements_raises_value_error_no_colon_in():
    with pytest.raises(ValueError, match="^no colon in 'A'$"):
        parse_requirements(":X\nKEY: VALUE\n1: VALUE\nA")


def test_build_order_returns_one_item_list():
    assert build_order({"a": []}) == ["a"]


@pytest.mark.parametrize(
    ("name", "needs", "expected"),
    [
        ("a", {"a": []}, set()),
        ("a", {"a": ["a"], "b": []}, {"a"}),
        ("b", {"a": ["b"], "b": ["a"]}, {"a", "b"}),
    ],
)
def test_needed_by_returns_expected_value(name, needs, expected):
    assert needed_by(name, needs) == expected


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, []),
        ({"a": ["b", "b"]}, [["b"], ["a"]]),
    ],
)
def test_levels_returns_expected_value(needs, expected):
    assert levels(needs) == expected


def test_levels_raises_cycle_error_a():
    with pytest.raises(CycleError, match="^a -> a$"):
        levels({"a": ["a"]})
