"""The guest program `mutate`, run as the jail runs it but without one."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parents[2] / "src"
PROGRAM = """
import json, sys
from aitestgen_guest import mutate
mutate.main(json.load(sys.stdin), lambda frame: print(json.dumps(frame), flush=True))
"""
SUBJECT = '''"""Clamps."""

LIMIT = 10


def double(n):
    return n * 2


TABLE = [double(n) for n in range(3)]


def clamp(x, low=0):
    print("clamping")
    if x < low:
        return low
    return x if x < LIMIT else LIMIT


def total(items):
    left = len(items)
    while left > 0:
        left -= 1
    return sum(items)


def lonely(x):
    return not x
'''
TESTS = """import os
import pytest
from user_code import *

print("noise at import")


@pytest.mark.parametrize(("x", "want"), [(-1, 0), (5, 5), (11, 10)])
def test_clamp(x, want):
    assert clamp(x) == want


def test_table():
    assert TABLE == [0, 2, 4]


def test_total(capsys, tmp_path):
    os.write(1, b"noise by descriptor")
    assert total([1, 2]) == 3


class TestWrong:
    def test_wrong(self):
        assert clamp(1) == 2


@pytest.mark.skip
def test_skipped():
    pass
"""


class Analysis:
    """The frames of one run, by what they say."""

    def __init__(self, frames: list[dict[str, Any]]) -> None:
        self.frames = frames
        self.mutants = {mutant["id"]: mutant for mutant in frames[0]["mutants"]}
        self.fates = {frame["id"]: frame for frame in frames if frame["ev"] == "fate"}

    def one(self, event: str) -> dict[str, Any]:
        (frame,) = [frame for frame in self.frames if frame["ev"] == event]
        return frame

    def of(self, before: str, after: str, line: int | None = None) -> tuple[str, list[str]]:
        (found,) = [
            id_
            for id_, mutant in self.mutants.items()
            if (mutant["before"], mutant["after"]) == (before, after) and line in (None, mutant["line"])
        ]
        return self.fates[found]["fate"], sorted(self.fates[found]["killers"])


def analyse(folder: Path, files: Mapping[str, str], **job: Any) -> Analysis:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    whole = {
        "root": str(folder),
        "path": [str(folder)],
        "seed": 1,
        "tests": [name for name in files if name.startswith("test_")],
        "module": "user_code",
        "file": None,
        "source": files.get("user_code.py", ""),
        "skip_lines": [],
        "reach": None,
        "import_lines": [],
        "seconds": 60,
        **job,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(whole),
        env={"PYTHONPATH": f"{SOURCES}:{folder}", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return Analysis([json.loads(line) for line in done.stdout.splitlines()])


@pytest.fixture(scope="module")
def clamps(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    reach = {
        **{f"test_it.py::test_clamp[{n}]": [14, 15, 16, 17] for n in ("-1-0", "5-5", "11-10")},
        "test_it.py::test_total": [21, 22, 23, 24],
        "test_it.py::test_table": [],
        "test_it.py::TestWrong::test_wrong": [14, 15, 17],
    }
    files = {"user_code.py": SUBJECT, "test_it.py": TESTS}
    return analyse(tmp_path_factory.mktemp("job"), files, reach=reach, import_lines=[3, 6, 7, 10, 13], patience=0.5)


def test_every_mutant_gets_one_fate(clamps: Analysis) -> None:
    assert sorted(clamps.fates) == sorted(clamps.mutants)
    assert len([frame for frame in clamps.frames if frame["ev"] == "fate"]) == len(clamps.mutants)


def test_baseline_leaves_out_tests_that_fail_or_skip_without_any_mutant(clamps: Analysis) -> None:
    baseline = clamps.one("baseline")
    assert baseline["failed"] == ["test_it.py::TestWrong::test_wrong"]
    assert len(baseline["passed"]) == 5
    killers = {killer for frame in clamps.fates.values() for killer in frame["killers"]}
    assert killers <= set(baseline["passed"])


@pytest.mark.parametrize(
    ("before", "after", "fate", "killers"),
    [
        ("x < low", "x >= low", "killed", ["test_clamp[-1-0]", "test_clamp[11-10]", "test_clamp[5-5]"]),
        ("x < low", "x <= low", "survived", []),
        ("x < LIMIT", "x >= LIMIT", "killed", ["test_clamp[11-10]", "test_clamp[5-5]"]),
        ("return sum(items)", "return None", "killed", ["test_total"]),
        ("left -= 1", "pass", "timed_out", ["test_total"]),
        ("not x", "x", "unreached", []),
    ],
)
def test_switched_mutant_has_the_fate_and_killers_that_its_tests_give_it(
    clamps: Analysis, before: str, after: str, fate: str, killers: list[str]
) -> None:
    assert clamps.of(before, after) == (fate, [f"test_it.py::{killer}" for killer in killers])


def test_default_argument_takes_effect_on_import(clamps: Analysis) -> None:
    assert clamps.of("0", "1", line=13) == ("killed", ["test_it.py::test_clamp[-1-0]"])


def test_module_constant_takes_effect_on_import(clamps: Analysis) -> None:
    assert clamps.of("10", "11") == ("killed", ["test_it.py::test_clamp[11-10]"])


def test_function_called_on_import_is_judged_by_a_fresh_import(clamps: Analysis) -> None:
    assert clamps.of("n * 2", "n / 2") == ("killed", ["test_it.py::test_table"])


def test_last_frame_counts(clamps: Analysis) -> None:
    last = clamps.frames[-1]
    killed = sum(frame["fate"] in ("killed", "timed_out") for frame in clamps.fates.values())
    assert last == {
        "ev": "judged",
        "mutants": len(clamps.mutants),
        "judged": len(clamps.mutants),
        "killed": killed,
        "tests": 5,
    }


def small(tmp_path: Path, subject: str, tests: str, **job: Any) -> Analysis:
    return analyse(tmp_path, {"user_code.py": subject, "test_it.py": tests}, **job)


def test_mutant_that_does_not_import_is_invalid(tmp_path: Path) -> None:
    analysis = small(
        tmp_path,
        "A = 5\nassert A == 5\n",
        "import user_code\n\ndef test_a():\n    assert user_code.A == 5\n",
    )
    assert analysis.of("5", "6", line=1) == ("invalid", [])


def test_a_package_finds_the_files_beside_it(tmp_path: Path) -> None:
    subject = "import importlib.resources\n\nRATES = importlib.resources.files(__name__).joinpath('rates.txt')\n\n"
    subject += "def f(n):\n    return n + int(RATES.read_text())\n"
    tests = "from rates import f\n\ndef test_f():\n    assert f(2) == 5\n"
    files = {"rates/__init__.py": subject, "rates/rates.txt": "3", "test_it.py": tests}
    analysis = analyse(tmp_path, files, module="rates", file=f"{tmp_path}/rates/__init__.py", source=subject)
    assert analysis.of("n + int(RATES.read_text())", "n - int(RATES.read_text())") == ("killed", ["test_it.py::test_f"])


def test_mutant_that_crashes_the_process_is_killed_by_the_test_that_ran(tmp_path: Path) -> None:
    subject = "import os\n\ndef f(x):\n    if x > 5:\n        os._exit(0)\n    return x\n"
    analysis = small(tmp_path, subject, "from user_code import f\n\ndef test_f():\n    assert f(3) == 3\n")
    assert analysis.of("x > 5", "x <= 5") == ("killed", ["test_it.py::test_f"])


def test_mutant_that_takes_all_memory_fails_alone(tmp_path: Path) -> None:
    subject = "def f(n):\n    kept = []\n    while n > 0:\n"
    subject += "        kept.append(bytearray(1 << 20))\n        n -= 1\n    return len(kept)\n"
    analysis = small(tmp_path, subject, "from user_code import f\n\ndef test_f():\n    assert f(2) == 2\n")
    assert analysis.of("n -= 1", "pass") == ("killed", ["test_it.py::test_f"])


def test_tests_may_start_threads(tmp_path: Path) -> None:
    tests = "from concurrent.futures import ThreadPoolExecutor\nfrom user_code import f\n\n"
    tests += (
        "def test_f():\n    with ThreadPoolExecutor(4) as pool:\n        assert list(pool.map(f, [1, 2])) == [3, 4]\n"
    )
    analysis = small(tmp_path, "def f(n):\n    return n + 2 if n else 7\n", tests)
    assert analysis.of("7", "8") == ("survived", [])
    assert analysis.of("2", "3") == ("killed", ["test_it.py::test_f"])


def test_test_that_is_not_collected_any_more_kills(tmp_path: Path) -> None:
    subject = "NAMES = ['a']\n"
    tests = "import pytest\nfrom user_code import NAMES\n\n"
    tests += "@pytest.mark.parametrize('n', NAMES)\ndef test_n(n):\n    assert n\n"
    assert small(tmp_path, subject, tests).of("'a'", "'aXX'") == ("killed", ["test_it.py::test_n[a]"])


def test_fixtures_are_set_up_and_torn_down_as_by_pytest(tmp_path: Path) -> None:
    subject = "def f(x):\n    return x + 2\n"
    tests = (
        "import pytest\nfrom user_code import f\nlog = []\n\n"
        "@pytest.fixture(scope='module')\ndef one():\n    yield 1\n    assert log == ['used', 'plain']\n\n"
        "def test_fixture(one):\n    log.append('used')\n    assert f(one) == 3\n\n"
        "def test_plain():\n    log.append('plain')\n    assert f(2) == 4\n\n"
        "def test_again(one):\n    assert f(one) > 0\n"
    )
    analysis = small(tmp_path, subject, tests)
    assert len(analysis.one("baseline")["passed"]) == 3
    assert analysis.of("x + 2", "x - 2")[1] == [f"test_it.py::test_{n}" for n in ("again", "fixture", "plain")]


def test_first_only_stops_at_the_first_killer(tmp_path: Path) -> None:
    tests = "from user_code import f\n\n" + "".join(f"def test_{n}():\n    assert f({n}) == {n}\n" for n in range(1, 4))
    analysis = small(tmp_path, "def f(x):\n    return x\n", tests, first_only=True)
    assert analysis.of("return x", "return None") == ("killed", ["test_it.py::test_1"])


def test_parts_share_the_mutants_between_them(tmp_path: Path) -> None:
    tests = "from user_code import f\n\ndef test_f():\n    assert f(3) == 9\n"
    subject = "def f(x):\n    return x * 4 - 3 if x > 2 else 5\n"
    parts = [set(small(tmp_path, subject, tests, part=[k, 2]).fates) for k in (0, 1)]
    whole = small(tmp_path, subject, tests)
    assert parts[0] | parts[1] == set(whole.mutants)
    assert not parts[0] & parts[1]
    assert set(small(tmp_path, subject, tests, only=[2, 3]).fates) == {2, 3}


def test_time_limit_leaves_mutants_without_a_fate(tmp_path: Path) -> None:
    tests = "from time import sleep\nfrom user_code import f\n\ndef test_f():\n    sleep(0.6)\n    assert f(3) == 6\n"
    analysis = small(tmp_path, "def f(x):\n    return x + 2 * 4 - 5 * 1\n", tests, seconds=4)
    assert 0 < len(analysis.fates) < len(analysis.mutants)
    assert analysis.frames[-1]["judged"] == len(analysis.fates)


def test_tests_that_cannot_be_collected_give_one_error_and_no_fates(tmp_path: Path) -> None:
    analysis = small(tmp_path, "import os\nos._exit(3)\nA = 5\n", "import user_code\n\ndef test_a():\n    pass\n")
    assert analysis.one("collect_error")["id"] == ""
    assert analysis.fates == {}


def test_package_module_keeps_its_relative_imports_file_and_spec(tmp_path: Path) -> None:
    source = "from . import __name__ as parent\nfrom .other import two\n\n"
    source += "def f():\n    return __file__, __package__, two + 3\n"
    files = {
        "pack/__init__.py": "from .part import f\n",
        "pack/other.py": "two = 2\n",
        "pack/part.py": source,
        "test_it.py": (
            "import inspect, pack, pack.part\n\n"
            "def test_f():\n"
            "    assert pack.f()[0].endswith('pack/part.py')\n"
            "    assert pack.f()[1:] == ('pack', 5)\n"
            "    assert pack.part.parent == 'pack'\n"
            "    assert pack.part.__spec__.name == 'pack.part'\n"
            "    assert inspect.getsource(pack.f).startswith('def f')\n"
        ),
    }
    analysis = analyse(tmp_path, files, module="pack.part", file=str(tmp_path / "pack/part.py"), source=source)
    assert analysis.one("baseline")["failed"] == []
    assert analysis.of("two + 3", "two - 3") == ("killed", ["test_it.py::test_f"])


def test_package_itself_keeps_its_path(tmp_path: Path) -> None:
    source = "from .other import two\n\ndef f():\n    return two + 3\n"
    files = {
        "pack/__init__.py": source,
        "pack/other.py": "two = 2\n",
        "test_it.py": "import pack.other\n\ndef test_f():\n    assert (pack.f(), len(pack.__path__)) == (5, 1)\n",
    }
    analysis = analyse(tmp_path, files, module="pack", file=str(tmp_path / "pack/__init__.py"), source=source)
    assert analysis.of("3", "4") == ("killed", ["test_it.py::test_f"])


def test_mutant_hidden_by_a_cache_that_an_earlier_one_filled_is_killed_all_the_same(tmp_path: Path) -> None:
    subject = "from functools import cache\n\n@cache\ndef f(x):\n    return x + 7 if x else 5\n"
    tests = "from user_code import f\n\ndef test_f():\n    assert (f(0), f(2)) == (5, 9)\n"
    fates = {frame["fate"] for frame in small(tmp_path, subject, tests).fates.values()}
    assert fates == {"killed"}


def test_mutant_that_spoils_the_process_kills_no_other(tmp_path: Path) -> None:
    subject = (
        "seen = []\n\ndef put(x):\n    if x > 5:\n        return 0\n    seen.append(x)\n    return 8\n\n"
        "def get():\n    return len(seen) or 9\n"
    )
    tests = (
        "from user_code import get, put\n\ndef test_put():\n    assert put(6) == 0\n\n"
        "def test_get():\n    assert get() == 9\n"
    )
    analysis = small(tmp_path, subject, tests)
    assert analysis.of("x > 5", "x <= 5") == ("killed", ["test_it.py::test_get", "test_it.py::test_put"])
    assert analysis.of("8", "9") == ("survived", [])
    assert analysis.of("9", "10") == ("killed", ["test_it.py::test_get"])


def test_tables_that_hold_the_modules_own_objects_are_read_again_on_import(tmp_path: Path) -> None:
    subject = "class Point:\n    def __init__(self, x=5):\n        self.x = x\n\n    def __eq__(self, other):\n"
    subject += "        return type(other) is Point and other.x == self.x\n\n    __hash__ = None\n"
    tests = (
        "import pytest\nfrom user_code import Point\n\n"
        "@pytest.mark.parametrize('point, x', [(Point(), 5), (Point(3), 3)])\n"
        "def test_x(point, x):\n    assert point == Point(x)\n"
    )
    killers = small(tmp_path, subject, tests).of("5", "6")[1]
    assert killers == ["test_it.py::test_x[point0-5]"]


def test_module_that_cannot_be_imported_twice_is_judged_in_fresh_processes(tmp_path: Path) -> None:
    subject = "import sys\nassert not hasattr(sys, 'loaded')\nsys.loaded = True\nLIMIT = 5\n"
    tests = "import user_code\n\ndef test_limit():\n    assert user_code.LIMIT == 5\n"
    assert small(tmp_path, subject, tests).of("5", "6") == ("killed", ["test_it.py::test_limit"])
