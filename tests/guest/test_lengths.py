"""How many items lists are made with."""

from random import Random
from typing import Any

from tests.guest.test_makings import cases_of
from tests.guest.test_search import _forget_the_module  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest.arguments.lengths import Lengths
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.shapes import Expression, Spec

GRID: Spec = ("list", ("int",))


def tables(*constants: str, count: int = 600) -> list[list[list[int]]]:
    """Lists of lists, each item numbered as it is made."""
    lengths, numbers = Lengths(Random(1), Pool(constants)), iter(range(10**6))

    def made(spec: Spec, depth: int) -> Expression:
        if spec == GRID:
            return ("many", "[", lengths.items(spec[1], depth, made), "]")
        return ("data", str(next(numbers)))

    found: list[Any] = [[row[2] for row in lengths.items(GRID, 0, made)] for _ in range(count)]
    return found


def test_tables_are_square_now_and_then_also_of_a_size_that_the_module_names() -> None:
    square = [len(table) for table in tables("9") if len(table) > 1 and all(len(row) == len(table) for row in table)]
    assert {2, 3, 9} <= {*square}
    assert 100 < len(square) < 400, "others are of any shape"


def test_some_tables_are_the_same_all_over() -> None:
    even = [table for table in tables("9") if len(table) == 9 and len({str(row) for row in table}) == 1]
    assert even
    assert any(len({str(item) for item in table[0]}) == 1 for table in even)


def test_lists_are_as_long_as_numbers_of_the_module_now_and_then() -> None:
    lengths = Lengths(Random(1), Pool(("7", "5000")))
    assert {lengths.choose(0) for _ in range(300)} == {0, 1, 2, 3, 4, 7}


BOARD = """
    def is_full(board):
        if len(board) != 5 or any(len(row) != 5 for row in board):
            return None
        for r in range(5):
            for c in range(5):
                if board[r][c] == 0:
                    return False
        return True
"""


def test_a_board_of_the_size_that_is_asked_for_is_found() -> None:
    results = {case["observation"]["facts"].get("result") for case in cases_of("is_full", BOARD)}
    assert {"None", "False", "True"} <= results
