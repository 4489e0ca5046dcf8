"""Bytes that `struct` can unpack, by the formats that code gives it."""

import ast
import struct
from collections.abc import Iterator

from aitestgen.analyse.source import last_name

_READERS = frozenset({"Struct", "calcsize", "iter_unpack", "pack", "pack_into", "unpack", "unpack_from"})
_LONGEST = 64
_HIGHEST = 100
"""What a field of every kind holds."""


def packed(tree: ast.Module) -> Iterator[bytes]:
    """Of each format in turn: zeros, its fields numbered from 1, and every bit set; of at most 64 bytes."""
    formats = dict.fromkeys(
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and last_name(node.func) in _READERS and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str | bytes)
    )
    for layout in formats:
        try:
            size = struct.calcsize(layout)
        except (struct.error, UnicodeError):
            continue
        if 0 < size <= _LONGEST:
            yield bytes(size)
            yield _numbered(layout, size)
            yield b"\xff" * size


def _numbered(layout: str | bytes, size: int) -> bytes:
    values = enumerate(struct.unpack(layout, bytes(size)), start=1)
    return struct.pack(layout, *(_alike(value, min(number, _HIGHEST)) for number, value in values))


def _alike(value: object, number: int) -> object:
    """A value of the kind that a field has, told by its number."""
    if isinstance(value, bytes):
        return (b"abcdefghij" * 7)[: len(value)]
    return type(value)(number) if isinstance(value, bool | int | float) else value
