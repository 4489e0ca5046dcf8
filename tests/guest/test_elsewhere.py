"""Elsewhere changes a whole process, so each test looks at it from a process of its own."""

import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from tests.deploy.wheels import ROOT, SUPPORTED, find_python

YEAR = 365 * 24 * 3600


def seen_elsewhere(expression: str) -> Any:
    code = (
        "import time, os, json\nreal = time.time()\n"
        "from aitestgen_guest.suite import elsewhere\n"
        "elsewhere.HOME = elsewhere.SETTINGS['HOME'] = os.environ['HOME']\n"
        f"elsewhere.move()\nimport datetime\nprint(json.dumps({expression}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "asked",
    [
        "time.time() - real",
        "time.time_ns() / 1e9 - real",
        "datetime.datetime.now().timestamp() - real",
        "datetime.datetime.now(datetime.timezone.utc).timestamp() - real",
        "time.mktime(time.localtime()) - real",
        "(datetime.date.today() - datetime.date.fromtimestamp(real)).total_seconds()",
    ],
)
def test_asking_for_the_present_gives_another_year(asked: str) -> None:
    assert YEAR < seen_elsewhere(asked) < 2 * YEAR


@pytest.mark.parametrize(
    "fact",
    [
        "type(datetime.datetime(2024, 1, 1)).__name__ == 'datetime'",
        "datetime.datetime(2024, 1, 1) == datetime.datetime.fromisoformat('2024-01-01')",
        "isinstance(datetime.datetime(2024, 1, 1), datetime.date)",
        "isinstance(datetime.datetime.now(), datetime.datetime)",
        "isinstance(datetime.date(2024, 1, 1), datetime.datetime) is False",
        "type(datetime.date(2024, 1, 1)) == datetime.date",
        "issubclass(datetime.datetime, datetime.date)",
        "datetime.datetime(2024, 1, 1) - datetime.datetime(2023, 1, 1) == datetime.timedelta(365)",
        "time.localtime(0).tm_year == 1970",
        "os.environ['TZ'] == 'Pacific/Auckland'",
    ],
)
def test_everything_but_the_present_stays_as_it_was(fact: str) -> None:
    assert seen_elsewhere(fact) is True


def test_a_subclass_of_datetime_still_makes_its_own_objects() -> None:
    assert seen_elsewhere("type(type('Moment', (datetime.datetime,), {})(2024, 1, 1)).__name__") == "Moment"


@pytest.mark.parametrize(
    "bases", ["(datetime.date, metaclass=abc.ABCMeta)", "(datetime.date, abc.ABC)", "(datetime.datetime, enum.Enum)"]
)
def test_classes_with_a_metaclass_may_still_derive_from_dates(bases: str) -> None:
    made = f"exec('import abc, datetime, enum\\nclass Day{bases}:\\n    pass') or 'made'"
    assert seen_elsewhere(made) == "made"


def test_a_file_that_was_just_written_is_as_new_as_the_present(tmp_path: pathlib.Path) -> None:
    file = str(tmp_path / "written")
    assert seen_elsewhere(f"(open({file!r}, 'w').close(), os.stat({file!r}).st_mtime - real)[1]") > YEAR
    assert seen_elsewhere(f"(os.utime({file!r}), os.stat({file!r}).st_mtime_ns / 1e9 - real)[1]") > YEAR


def test_a_file_whose_moment_was_set_keeps_it(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "dated"
    file.touch()
    assert seen_elsewhere(f"(os.utime({str(file)!r}, (7, 5)), os.stat({str(file)!r})[8])[1]") == 5


@pytest.mark.parametrize("version", ["3.10", *SUPPORTED])
def test_a_moved_file_time_leaves_all_else_as_it_was_on_every_python(version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    program = (
        f"import os, sys\nsys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from aitestgen_guest.suite.elsewhere import _with\n"
        "found = os.stat('/')\n"
        "moved = _with(found, {'st_mtime': found.st_mtime + 5, 'st_mtime_ns': found.st_mtime_ns + 5 * 10**9})\n"
        "same = moved[:7] == found[:7] and moved.st_blocks == found.st_blocks\n"
        "print(moved[8] - found[8], moved.st_mtime_ns - found.st_mtime_ns, same)\n"
    )
    said = subprocess.run([python, "-S", "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "5 5000000000 True\n"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("[__import__('pwd').getpwuid(n).pw_name for n in (0, 45_678)]", ["root", "somebody"]),
        ("__import__('grp').getgrgid(45_678).gr_name", "somebody"),
        (
            "[bool(__import__('shutil').which(name, path='/nowhere')) for name in ('zsh', 'no-such-program')]",
            [True, False],
        ),
        ("__import__('shutil').which('env')", "/usr/bin/env"),
    ],
)
def test_numbers_are_somebodys_and_programs_are_installed(asked: str, answer: Any) -> None:
    assert seen_elsewhere(asked) == answer


def test_a_number_that_no_account_can_have_is_nobodys() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        seen_elsewhere("__import__('pwd').getpwuid(-5).pw_name")
