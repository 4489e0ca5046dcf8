"""The command line as somebody without root has it: a jail without control groups, and everything in their own home."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aitestgen.sandbox.interpreter import inspect_interpreter

pytestmark = pytest.mark.jail
SOMEBODY = 12345
"""Nobody has this user id, nor a name for it."""

CODE = "def grade(points):\n    return 'pass' if points >= 50 else 'fail'\n"
TESTS = "from marks import grade\n\n\ndef test_pass():\n    assert grade(60) == 'pass'\n"


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of an ordinary user, with a module and its tests; not below pytest's, closed to others."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        (folder / "marks.py").write_text(CODE)
        (folder / "test_marks.py").write_text(TESTS)
        os.chown(folder, SOMEBODY, SOMEBODY)
        yield folder


def as_somebody(home: Path, python: str, *arguments: str, **more: str | None) -> "subprocess.CompletedProcess[str]":
    """How the command ends; variables of `more` are added, or taken away where they are None."""
    packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    environment = {
        "PYTHONPATH": os.pathsep.join((str(Path("src").absolute()), packages)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home),
        "TMPDIR": str(home),
    }
    return subprocess.run(
        [python, "-m", "aitestgen", "--debug", *arguments],
        user=SOMEBODY,
        group=SOMEBODY,
        extra_groups=[],
        env={name: value for name, value in (environment | more).items() if value is not None},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def python() -> str:
    """One that somebody else can start."""
    found = shutil.which("python3", path="/usr/bin")
    if os.getuid() != 0 or found is None or inspect_interpreter(Path(found)).version < (3, 11):
        pytest.skip("needs root, to become somebody else, and a Python 3.11 that everybody can reach")
    return found


def test_an_ordinary_user_is_told_their_tier_and_gets_the_verdict(home: Path, python: str) -> None:
    told = as_somebody(home, python, "doctor")
    assert any(line.split()[:3] == ["ok", "tier", "B:"] for line in told.stdout.splitlines()), told.stdout + told.stderr
    ran = as_somebody(home, python, "run", "marks.py", "test_marks.py", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    modules: list[dict[str, Any]] = json.loads(ran.stdout)["modules"]
    assert [module["verdict"] for module in modules] == ["passed"]
    assert "tier B" in ran.stderr


def test_somebody_without_a_home_gets_the_verdict_and_is_told_what_many_modules_need(home: Path, python: str) -> None:
    """As a service of systemd with DynamicUser: no HOME, and no entry in the password database."""
    ran = as_somebody(home, python, "run", "marks.py", "test_marks.py", "--json", HOME=None)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (home / "other.py").write_text(CODE)
    generated = as_somebody(home, python, "generate", "marks.py", "other.py", "--output", "made", HOME=None)
    assert generated.returncode == 2, generated.stdout + generated.stderr
    assert "XDG_CACHE_HOME" in generated.stderr
