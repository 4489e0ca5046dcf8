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


def as_somebody(home: Path, python: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
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
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_is_told_their_tier_and_gets_the_verdict(home: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")
    if python is None or inspect_interpreter(Path(python)).version < (3, 11):
        pytest.skip("needs a Python 3.11 that everybody can reach")
    told = as_somebody(home, python, "doctor")
    assert any(line.split()[:3] == ["ok", "tier", "B:"] for line in told.stdout.splitlines()), told.stdout + told.stderr
    ran = as_somebody(home, python, "run", "marks.py", "test_marks.py", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    modules: list[dict[str, Any]] = json.loads(ran.stdout)["modules"]
    assert [module["verdict"] for module in modules] == ["passed"]
    assert "tier B" in ran.stderr
