"""Parameters that are annotated with classes of the standard library get objects that a test would make."""

import argparse
import array
import ast
import asyncio
import collections.abc
import contextlib
import csv
import decimal
import functools
import inspect
import io
import logging
import numbers
import os
import pathlib
import queue
import random
import re
import sqlite3
import string
import struct
import sys
import threading
import time
import types
import typing
import urllib.request
from collections import OrderedDict, defaultdict, deque
from ipaddress import IPv4Address
from random import Random
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of, seen  # noqa: F401  # a fixture, used by itself

from aitestgen_guest.arguments import inputs, specs, standard
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.calls.literals import HELPERS


def made(hint: Any, count: int = 30) -> "list[Any]":
    """Objects for the annotation, each made by its text alone in the namespace of a test."""
    namespace: dict[str, Any] = {**HELPERS}
    for source in standard.SOURCES.values():
        exec(source, namespace)  # noqa: S102 - our own text
    namer = specs.Namer(namespace, {})
    spec = specs.from_annotation(hint, namer)
    maker = inputs.Maker(Random(1), Pool(), Callables(namespace, namer, []))
    for line in namer.imports.values():
        exec(line, namespace)  # noqa: S102 - likewise
    return [eval(inputs.source(maker.make(spec)), namespace) for _ in range(count)]  # noqa: S307 - our own text


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (Random, random.Random),
        (sqlite3.Connection, sqlite3.Connection),
        (logging.Logger, logging.Logger),
        (re.Match, re.Match),
        (IPv4Address, IPv4Address),
        (threading.Lock, type(threading.Lock())),
        (threading.RLock, type(threading.RLock())),
        (CompletedProcess, CompletedProcess),
        (typing.TextIO, io.StringIO),
        (io.StringIO, io.StringIO),
        (typing.BinaryIO, io.BytesIO),
        (queue.Queue, queue.Queue),
        (queue.LifoQueue, queue.LifoQueue),
        (asyncio.Queue, asyncio.Queue),
        (deque, deque),
        (deque[int], deque),
        (OrderedDict, OrderedDict),
        (defaultdict[str, int], defaultdict),
        (typing.NamedTuple, tuple),
        (collections.Counter[str], collections.Counter),
        (collections.ChainMap, collections.ChainMap),
        (collections.abc.KeysView, collections.abc.KeysView),
        (collections.abc.ItemsView, collections.abc.ItemsView),
        (collections.abc.ValuesView, collections.abc.ValuesView),
        (types.MappingProxyType, types.MappingProxyType),
        (types.ModuleType, types.ModuleType),
        (types.CodeType, types.CodeType),
        (types.GeneratorType, collections.abc.Iterator),
        (typing.IO[str], io.StringIO),
        (typing.IO[bytes], io.BytesIO),
        (os.PathLike, pathlib.Path),
        (array.array, array.array),
        (string.Template, string.Template),
        (csv.DictReader, csv.DictReader),
        (struct.Struct, struct.Struct),
        (numbers.Real, (int, float)),
        (numbers.Integral, int),
        (typing.SupportsIndex, int),
        (typing.ContextManager[int], contextlib.AbstractContextManager),
        (typing.AsyncContextManager[int], contextlib.AbstractAsyncContextManager),
        (urllib.request.Request, urllib.request.Request),
        (urllib.parse.SplitResult, urllib.parse.SplitResult),
        (ast.Module, ast.Module),
        (ast.FunctionDef, ast.FunctionDef),
        (ast.ClassDef, ast.ClassDef),
        (ast.Call, ast.Call),
        (ast.stmt, ast.stmt),
        (logging.LogRecord, logging.LogRecord),
        (logging.Handler, logging.Handler),
        (argparse.ArgumentParser, argparse.ArgumentParser),
        (asyncio.Event, asyncio.Event),
        (asyncio.Semaphore, asyncio.Semaphore),
        (time.struct_time, time.struct_time),
        (pathlib.PurePath, pathlib.PurePath),
        (decimal.Context, decimal.Context),
        (inspect.Parameter, inspect.Parameter),
        (inspect.Signature, inspect.Signature),
        (functools.partial, functools.partial),
        (ValueError, ValueError),
        (FileNotFoundError, FileNotFoundError),
        (bytearray, bytearray),
        (memoryview, memoryview),
    ],
    ids=lambda of: str(of).partition(" at 0x")[0],
)
def test_an_object_is_of_the_class_that_is_asked_for(hint: Any, kind: Any) -> None:
    assert [one for one in made(hint) if not isinstance(one, kind)] == []


def test_queues_have_items_now_and_then_and_members_are_of_their_type() -> None:
    sizes = {one.qsize() for one in made(queue.Queue)}
    assert {0, 2} <= sizes
    assert {type(item) for one in made(deque[int]) for item in one} == {int}
    assert {type(item) for one in made(queue.Queue[str]) for item in one.queue} == {str}


@pytest.mark.parametrize("hint", [argparse.Namespace, types.SimpleNamespace])
def test_what_namespaces_have_is_found_out(hint: Any) -> None:
    assert specs.from_annotation(hint, specs.Namer({}, {})) == specs.ANY


def test_a_name_that_the_module_uses_otherwise_is_not_taken_for_the_module() -> None:
    namer = specs.Namer({"queue": []}, {})
    assert standard.spec_of(queue.Queue, (), namer.namespace, namer.imports) is None
    assert namer.namespace == {"queue": []}


def test_modules_of_others_are_left_alone() -> None:
    assert [standard.spec_of(hint, (), {}, {}) for hint in (int, sys, None, "x", list[int], Any)] == [None] * 6


COMMAND = """
    import argparse
    import configparser
    import queue
    import re

    def mode(args: argparse.Namespace) -> str:
        if args.verbose and args.quiet:
            raise ValueError("choose one")
        return "loud" if args.verbose else "silent" if args.quiet else "normal"

    def port(parser: configparser.ConfigParser) -> str:
        if not parser.has_section("server"):
            return "none"
        return parser.get("server", "port", fallback="default")

    def drain(q: queue.Queue) -> int:
        total = 0
        while not q.empty():
            q.get_nowait()
            total += 1
        return total

    def word(match: re.Match) -> str:
        return "group" if match.re.groups else "plain"
"""


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("mode", {"'loud'", "'silent'", "'normal'", "ValueError"}),
        ("port", {"'none'", "'default'"}),
        ("drain", {"0", "2"}),
        ("word", {"'group'", "'plain'"}),
    ],
)
def test_the_branches_behind_such_objects_are_reached(name: str, wanted: set[str]) -> None:
    assert wanted <= seen(search_of(COMMAND, name, 1500)[1])


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ({"execute", "commit"}, 'sqlite3.connect(":memory:")'),
        ({"execute", "fetchall"}, 'sqlite3.connect(":memory:").cursor()'),
        ({"info", "error"}, 'logging.getLogger("tests")'),
        ({"put", "get", "empty"}, "queue.Queue()"),
        ({"randint"}, "random.Random(0)"),
        ({"execute", "sing"}, ""),
        ({"get"}, ""),
        ({"commit", "close"}, ""),
        (set(), ""),
    ],
)
def test_what_is_used_as_an_object_of_the_standard_library_is_one(names: set[str], text: str) -> None:
    spec = standard.used_as(frozenset(names), {}, {})
    assert (text in str(spec)) if text else spec is None


def test_an_object_of_a_module_that_was_not_imported_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sqlite3")
    assert standard.used_as(frozenset({"get", "put"}), {}, {}) is None, "a store has these as well"
    assert standard.used_as(frozenset({"execute"}), {}, {}) is None


def test_a_connection_without_annotation_is_a_real_one() -> None:
    code = """
        import sqlite3

        def names(db, least):
            db.execute("CREATE TABLE t (n INTEGER)")
            db.executemany("INSERT INTO t VALUES (?)", [(1,), (5,)])
            return [n for n, in db.execute("SELECT n FROM t WHERE n >= ?", (least,))]
    """
    assert "[1, 5]" in seen(search_of(code, "names")[1])
