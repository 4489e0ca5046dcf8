from collections import deque
from typing import Any

import pytest

from aitestgen_guest.calls.containers import copied, differs, put_back


@pytest.mark.parametrize(
    "value", [[1, [2]], {"a": [1]}, {(1, 2), (3, 4)}, {1}, deque([[1]], maxlen=2), ([1], 2), [{"a": {1}}]]
)
def test_a_copy_is_equal_and_shares_no_container(value: Any) -> None:
    fresh = copied(value)
    assert fresh == value
    assert type(fresh) is type(value)
    assert isinstance(value, tuple) or fresh is not value


@pytest.mark.parametrize(
    ("container", "change"),
    [
        ([1, [2]], lambda one: one[1].append(3)),
        ({"a": [1]}, lambda one: one["a"].clear()),
        ({(1, 2)}, lambda one: one.add((3, 4))),
    ],
)
def test_what_was_changed_is_put_back(container: Any, change: Any) -> None:
    saved = copied(container)
    change(container)
    assert differs(container, saved)
    put_back(container, saved)
    assert container == saved
