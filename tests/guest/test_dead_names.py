"""Errors at names that exist nowhere: no argument is to blame for them."""

import textwrap
from typing import Any

import pytest

from aitestgen_guest import explore
from aitestgen_guest.calls.dead_names import is_dead_name

from .test_search import _forget_the_module, job_of, search_of  # noqa: F401  # every test uses the fixture

FILE = "/nowhere/m.py"


def error_of(source: str, *arguments: Any) -> dict[str, Any]:
    """What the code's function `f` raises, as an observation."""
    namespace: dict[str, Any] = {}
    exec(compile(source, FILE, "exec"), namespace)  # noqa: S102 - the tests' own code
    try:
        namespace["f"](*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is
        trace = error.__traceback__
        lines = []
        while trace is not None:
            lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
            trace = trace.tb_next
        facts = {"error": type(error).__name__, "message": repr(str(error))}
        own = [line for file, line in lines if file == FILE]
        return {"outcome": "raises", "elsewhere": lines[-1][0] != FILE, "line": own[-1], "facts": facts}
    return {"outcome": "returns", "elsewhere": False, "facts": {}}


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("def f(text):\n    return unicode(text)\n", [1]),
        ("def f(items):\n    total = sum(items)\n    return totl\n", [[1]]),
        ("import math\ndef f(x):\n    return math.clamp(x, 0, 1)\n", [2]),
        ("import os.path\ndef f(x):\n    return os.path.exits(x)\n", ["a"]),
        ("def f(d):\n    return [k for k, v in d.iteritems()]\n", [{}]),
        ("def f(d):\n    return (\n        d\n        .has_key('a')\n    )\n", [{}]),
        ("def g():\n    yield 1\ndef f():\n    return g().next()\n", []),
    ],
)
def test_what_exists_nowhere_is_dead(code: str, arguments: list[Any]) -> None:
    assert is_dead_name(code, error_of(code, *arguments))


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("def f(text):\n    return eval(text)\n", ["nowhere"]),
        ("def f(n):\n    return n.x\n", [1]),
        ("def f(n):\n    return n.iteritems()\n", [1]),
        ("def f(m, name):\n    return getattr(m, name)\n", [__import__("math"), "clamp"]),
        ("import os\ndef f(path):\n    os.startfile_of_windows(path)\n", ["a"]),
        ("def f():\n    return cache\ndef start():\n    global cache\n    cache = {}\n", []),
        ("def f(n):\n    return made\nglobals()['made' if 0 else 'other'] = 1\n", [1]),
        ("from math import *\ndef f(n):\n    return nothing(n)\n", [1]),
        ("def f(text):\n    return _(text)\n", ["a"]),
        ("def f(n):\n    return 1\n", [1]),
        ("def f(n):\n    return 1 / n\n", [0]),
        ("def f(n):\n    del n\n    return n\n", [0]),
        ("import statistics\ndef f(n):\n    return statistics.mean(n)\n", [[None]]),
    ],
)
def test_what_may_be_there_another_time_is_not(code: str, arguments: list[Any]) -> None:
    assert not is_dead_name(code, error_of(code, *arguments))


LEFTOVER = """
    def shout(text, times):
        if times > 3:
            raise ValueError("too loud")
        if text:
            return unicode(text) * times
        return ""
"""


def test_a_dead_name_is_a_finding_though_nothing_is_annotated() -> None:
    _, search = search_of(LEFTOVER, "shout")
    assert [(error, line) for error, line in search.findings] == [("NameError", 6)]
    assert "NameError" not in {entry.observation["facts"].get("error") for entry in search.kept.results()}


def test_the_finding_says_so() -> None:
    job = job_of("import math\n\ndef half(x):\n    return math.halve(x)\n\ndef part(x: int):\n    return 1 / x\n")
    frames: list[dict[str, Any]] = []
    explore.main(job, frames.append)
    told = {frame["target"]: frame["dead_name"] for frame in frames if frame["ev"] == "finding"}
    assert told == {"half": True, "part": False}, textwrap.shorten(str(frames), 300)
