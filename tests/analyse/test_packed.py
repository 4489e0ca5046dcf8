"""Bytes made for the formats that code gives to `struct`."""

import ast
import struct

import pytest

from aitestgen.analyse.constants import constants
from aitestgen.analyse.packed import packed


def bytes_of(code: str) -> list[bytes]:
    return list(packed(ast.parse(code)))


def test_the_fields_of_a_format_are_numbered_between_zeros_and_ones() -> None:
    assert bytes_of('import struct\nHEAD = struct.Struct(">HB?4s")') == [
        bytes(8),
        b"\x00\x01\x02\x01abcd",
        b"\xff" * 8,
    ]


@pytest.mark.parametrize("code", ['struct.unpack("<d", data)', "unpack_from(b'<d', data, 4)", 'calcsize("<d")'])
def test_each_way_to_name_a_format_counts_and_each_format_once(code: str) -> None:
    assert bytes_of(f"{code}\n{code}") == [bytes(8), struct.pack("<d", 1.0), b"\xff" * 8]


@pytest.mark.parametrize(
    "code", ['struct.unpack("no format", data)', 'struct.pack("65s", data)', 'struct.pack("", 1)', "pack(layout, 1)"]
)
def test_what_is_no_format_or_makes_nothing_or_much_is_left_out(code: str) -> None:
    assert bytes_of(code) == []


@pytest.mark.parametrize("code", [r"struct.pack('\udc80', 1)", 'struct.pack("9" * 5000, 1)', f'Struct("{"9" * 99}s")'])
def test_odd_formats_are_passed_over(code: str) -> None:
    assert bytes_of(code) == []


def test_many_empty_fields_leave_small_numbers_for_the_others() -> None:
    assert bytes_of(f"Struct({'0s' * 300 + 'b'!r})") == [b"\x00", b"\x64", b"\xff"]


def test_they_are_among_the_constants_worth_trying() -> None:
    assert repr(b"\x00\x01\x02") in constants(ast.parse('import struct\nHEAD = struct.Struct(">HB")'))
