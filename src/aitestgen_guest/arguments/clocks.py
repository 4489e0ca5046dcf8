"""Parameters that take a function which tells the time, or what it tells: left out, they would let the real time in."""

import dataclasses
import datetime as dt
import inspect
import random
import secrets
import time
import types
import uuid
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments.asking import answer
from aitestgen_guest.environment.effects import CLOCK
from aitestgen_guest.shapes import Namespace, Spec

NAMES = ("timer", "clock", "time_func", "time_fn", "timefunc", "now_func", "get_time", "time_source")
CLOCK_SPEC: Spec = ("choice", (CLOCK,))
MOMENTS: Spec = (
    "choice",
    ("lambda: dt.datetime(2024, 2, 29, 12, 30)", "lambda: dt.datetime(2023, 12, 31, 23, 59, 59)"),
)
DAYS: Spec = ("choice", ("lambda: dt.date(2024, 2, 29)", "lambda: dt.date(2023, 12, 31)"))
_NOW: Spec = ("choice", ("dt.datetime(2024, 2, 29, 12, 30)", "dt.datetime(2023, 12, 31, 23, 59, 59)"))
_TODAY: Spec = ("choice", ("dt.date(2024, 2, 29)", "dt.date(2023, 12, 31)"))
_SECONDS: Spec = ("choice", ("1000.0", "1060.5"))
_IDENTITY: Spec = ("choice", ('UUID("12345678123456781234567812345678")',))
_TOLD_BY: "tuple[tuple[tuple[Any, ...], Spec], ...]" = (
    ((dt.datetime.now, dt.datetime.utcnow, dt.datetime.today), _NOW),
    ((dt.date.today,), _TODAY),
    ((time.time, time.monotonic, time.perf_counter), _SECONDS),
    ((uuid.uuid4, uuid.uuid1), _IDENTITY),
    ((secrets.token_hex, secrets.token_urlsafe), ("choice", ("'5f5f5f5f'",))),
    ((random.random,), ("choice", ("0.5",))),
)
"""What functions give whose every call gives something else, by these functions."""
STEADY = (CLOCK_SPEC, MOMENTS, DAYS, *(spec for _, spec in _TOLD_BY))
"""What is given to parameters that would let the real time, or chance, in."""


def told_anew(cls: type) -> "Iterator[tuple[str, Spec]]":
    """The fields of a dataclass, or of a model of pydantic or attrs, that are filled by such a function where they are
    left out (`created: datetime = field(default_factory=datetime.now)`); each with what it may be given.
    """
    for name, factory in _factories(cls):
        for functions, spec in _TOLD_BY:
            if _is_one_of(factory, functions):
                yield name, spec


def _factories(cls: type) -> "Iterator[tuple[str, Any]]":
    if dataclasses.is_dataclass(cls):
        yield from ((item.name, item.default_factory) for item in dataclasses.fields(cls))
    fields = answer(cls, "model_fields")
    for name, item in fields.items() if isinstance(fields, dict) else ():
        yield name, answer(item, "default_factory")
    for item in answer(cls, "__attrs_attrs__") or ():
        yield item.name, answer(item.default, "factory")


def clock_for(item: inspect.Parameter, namespace: Namespace) -> "Spec | None":
    """What such a parameter takes, told by its default, or by its name where it has none; None for any other."""
    if _is_one_of(item.default, (dt.datetime.now, dt.datetime.utcnow, dt.datetime.today)):
        return MOMENTS
    if _is_one_of(item.default, (dt.date.today,)):
        return DAYS
    told = _is_one_of(item.default, (time.time, time.monotonic, time.perf_counter))
    told = told or (item.name in NAMES and (item.default is item.empty or item.default is None))
    return CLOCK_SPEC if told and CLOCK in namespace else None


def _is_one_of(value: Any, functions: "tuple[Any, ...]") -> bool:
    """Whether it is one of these functions; how a value of another type compares is its own code's affair."""
    return type(value) in _FUNCTIONS and value in functions


_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
